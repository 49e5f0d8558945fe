/** The JSON that `--json` prints. These shapes are a promise to scripts: the package's read-me has them. */
import type { ChangeNotice, ChangeRecord, ConflictRecord, Document, SyncStatus } from '@json-database-sync/client';
import type { SyncOutcome } from '../sync/outcome.js';
import { taskOf, type Task } from '../task/task.js';

export function documentJson(task: Task): object {
  const { document } = task;
  return {
    id: task.id,
    kind: task.kind,
    title: task.title,
    description: task.description,
    status: task.status,
    priority: task.priority,
    tags: task.tags,
    due: task.due,
    sync: task.sync,
    version: document.version,
    revision_id: document.revisionId,
    user_id: document.userId,
    created_at: document.createdAt,
    updated_at: document.updatedAt,
    deleted_at: document.deletedAt,
    content: document.content,
  };
}

export function syncJson(outcome: SyncOutcome, pending: number): object {
  return { state: outcome.state, pending, reason: 'reason' in outcome ? outcome.reason : null };
}

export function changeRecordJson(record: ChangeRecord): object {
  return {
    version: record.version,
    sequence: record.sequence,
    type: record.type,
    user_id: record.userId,
    client_id: record.clientId,
    this_device: record.local,
    created_at: record.createdAt,
    title: record.title ?? null,
    patch: record.patch,
    mutation_id: record.mutationId,
    cause: record.cause,
    pending: record.pending ?? false,
  };
}

/** `change` is what was lost, whole: enough to make it again. */
export function conflictJson(conflict: ConflictRecord): object {
  return {
    id: conflict.id,
    document_id: conflict.documentId,
    mutation_id: conflict.mutationId,
    reason: conflict.reason,
    error: conflict.error,
    base_version: conflict.baseVersion,
    change: conflict.change,
    dropped: conflict.dropped,
    dropped_title: conflict.droppedTitle,
    made_at: conflict.madeAt,
    created_at: conflict.createdAt,
    dismissed_at: conflict.dismissedAt,
    applied_at: conflict.appliedAt,
  };
}

export function statusJson(status: SyncStatus): object {
  return {
    database: status.databasePath,
    server: status.url,
    connection: status.connection,
    user_id: status.userId,
    client_id: status.clientId,
    documents: status.documents,
    pending: status.pending,
    conflicts: status.conflicts,
    caught_up: status.caughtUp,
    cursor: status.cursor,
    server_sequence: status.serverSequence,
    verified_sequence: status.verifiedSequence,
    verified_at: status.verifiedAt,
    repaired_documents: status.repairedDocuments,
    repaired_at: status.repairedAt,
    last_sync_at: status.lastSyncAt,
    last_error: status.lastError,
  };
}

/** One line of `watch`. The document is null when it is not there any more. */
export function changeLineJson(
  notice: ChangeNotice['documents'][number],
  document: Document | undefined,
  at: Date,
): object {
  return {
    type: 'change',
    at: at.toISOString(),
    id: notice.id,
    kind: notice.kind,
    origin: notice.origin,
    document: document ? documentJson(taskOf(document)) : null,
  };
}
