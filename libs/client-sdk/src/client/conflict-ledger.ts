/**
 * The changes that lost: those of this database, offline too, and those of the whole stream where there is a server.
 */
import {
  SyncError,
  authorsView,
  conflictIdSchema,
  reapply,
  type ConflictDetail,
  type JsonValue,
  type StreamingDownOf,
  type WireConflict,
} from '@json-database-sync/domain';
import { timestamp, type Platform } from '../platform/platform.js';
import type { PendingChange } from '../replica/pending.js';
import type { CurrentDocument, LocalStore } from '../store/local-store.js';
import type { StoredConflict } from '../store/stored-conflict.js';
import type { SyncEngine } from '../sync/engine.js';
import { refreshDocument } from '../sync/fold-changes.js';
import { checkedConflictId } from './check-input.js';
import type { Documents } from './documents.js';
import type { Document } from './types.js';

export class ConflictLedger {
  constructor(
    private readonly store: LocalStore,
    private readonly platform: Platform,
    private readonly engine: SyncEngine,
    private readonly documents: Documents,
  ) {}

  dismiss(id: string): void {
    const { store, platform } = this;
    store.transaction(() => {
      const documentId = store.conflicts.dismiss(checkedConflictId(id), timestamp(platform));
      if (documentId !== undefined) refreshDocument(store, documentId);
    });
    this.engine.conflictDismissed();
  }

  async apply(id: string): Promise<Document> {
    const conflict = this.store.conflicts.get(checkedConflictId(id));
    if (!conflict) throw new SyncError('document_not_found', 'there is no such conflict in this database');
    return this.documents.bringBack(conflict.documentId, (current) => {
      // Read again: another process may have brought it back meanwhile.
      const now = this.store.conflicts.get(conflict.id);
      if (now?.appliedAt) throw new SyncError('version_mismatch', 'what was lost has been brought back');
      return this.changeFor(conflict, current);
    });
  }

  private changeFor(conflict: StoredConflict, current: CurrentDocument): PendingChange {
    const { change } = conflict;
    const appliesConflict = conflictIdSchema.parse(conflict.id);
    if (change.kind === 'delete') return { kind: 'delete', appliesConflict };
    if (change.kind !== 'update') {
      throw new SyncError('invalid_argument', `a lost ${change.kind} cannot be brought back; make it anew`);
    }
    const { dropped, droppedTitle } = conflict;
    const again = reapply(current, { patch: change.patch, dropped, droppedTitle, base: this.baseOf(conflict) });
    if (!again) throw new SyncError('version_mismatch', 'what was lost has no place in the document any more');
    const { patch, title } = again;
    return { kind: 'update', patch, ...(title !== current.title && { title }), appliesConflict };
  }

  /** The content that the change was made on, where the local log reaches back to it. */
  private baseOf({ documentId, baseVersion, serverVersion }: StoredConflict): JsonValue | null {
    const { store } = this;
    const confirmed = store.documents.confirmed(documentId);
    if (!confirmed || baseVersion > confirmed.version) return null;
    const events = store.events.after(documentId, baseVersion);
    if (events.length !== confirmed.version - baseVersion) return null;
    const { clientId } = store.identity();
    const until = serverVersion ?? confirmed.version;
    const view = authorsView(confirmed, events, (event) => event.clientId === clientId && event.version <= until);
    return view?.content ?? null;
  }

  /** @throws SyncError `connection_lost` */
  async fetchAll(): Promise<WireConflict[]> {
    const conflicts: WireConflict[] = [];
    let cursor: WireConflict['id'] | null = null;
    do {
      const frame: StreamingDownOf<'conflicts'> = await this.engine.ask(
        { type: 'list_conflicts', stream_id: this.store.identity().streamId, ...(cursor && { cursor }) },
        'conflicts',
      );
      conflicts.push(...frame.conflicts);
      ({ cursor } = frame);
    } while (cursor !== null);
    return conflicts;
  }

  /** @throws SyncError `connection_lost`, `document_not_found` */
  async fetch(id: string): Promise<ConflictDetail> {
    const conflictId = conflictIdSchema.parse(checkedConflictId(id));
    const streamId = this.store.identity().streamId;
    const frame = await this.engine.ask(
      { type: 'get_conflict', stream_id: streamId, conflict_id: conflictId },
      'conflict',
    );
    const { conflict, base, current, would_be } = frame;
    return { conflict, base, current, would_be };
  }
}
