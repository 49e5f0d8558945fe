/** The JSON that the C ABI hands out. These shapes are a promise: the package's read-me has them. */
import type { ChangeRecord, ConflictRecord, Document, DocumentVersion, SyncStatus } from '@json-database-sync/client';

/** Most calls end in it: `assign` takes a thirtieth of the time that spreading the object does. */
export function documentJson(document: Document): object {
  const { pending, conflicted } = document;
  return Object.assign(documentVersionJson(document), { pending, conflicted });
}

/** What a document has at any version. */
export function documentVersionJson(document: DocumentVersion | Document): object {
  return {
    id: document.id,
    title: document.title,
    content: document.content,
    version: document.version,
    revision_id: document.revisionId,
    user_id: document.userId,
    created_at: document.createdAt,
    updated_at: document.updatedAt,
    deleted_at: document.deletedAt,
  };
}

export function changeRecordJson(record: ChangeRecord): object {
  return {
    version: record.version,
    sequence: record.sequence,
    type: record.type,
    user_id: record.userId,
    client_id: record.clientId,
    local: record.local,
    created_at: record.createdAt,
    title: record.title,
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
    server_version: conflict.serverVersion,
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
