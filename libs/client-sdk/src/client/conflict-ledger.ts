/**
 * The changes that lost: those of this database, offline too, and those of the whole stream where there is a server.
 */
import {
  SyncError,
  authorsView,
  conflictIdSchema,
  reapply,
  type ConflictDetail,
  type ConflictId,
  type DocumentId,
  type JsonValue,
  type Loss,
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
    const conflictId = conflictIdSchema.parse(checkedConflictId(id));
    const own = this.store.conflicts.get(conflictId);
    const lost = own ? this.ownLoss(own) : await this.fetchLoss(conflictId);
    return this.documents.bringBack(lost.documentId, (current) => {
      // Read again: another process may have brought it back meanwhile.
      if (lost.isApplied || this.store.conflicts.get(conflictId)?.appliedAt) {
        throw new SyncError('version_mismatch', 'what was lost has been brought back');
      }
      // Twice would put an item of a list there twice. If this one loses in turn, it can be brought back once more.
      if (this.isBeingApplied(lost)) throw new SyncError('version_mismatch', 'what was lost is being brought back');
      return changeFor(lost, current);
    });
  }

  private ownLoss(conflict: StoredConflict): BringableLoss {
    const { id, documentId, change, dropped, droppedTitle, appliedAt } = conflict;
    const patch = change.kind === 'update' ? change.patch : [];
    const loss = () => ({ patch, dropped, droppedTitle, base: this.baseOf(conflict) });
    return { id: conflictIdSchema.parse(id), documentId, kind: change.kind, loss, isApplied: appliedAt !== null };
  }

  /** Another client's, which only the server has. */
  private async fetchLoss(id: ConflictId): Promise<BringableLoss> {
    const { conflict, base } = await this.fetch(id);
    const { document_id: documentId, change, dropped, dropped_title: droppedTitle, status } = conflict;
    const loss = () => ({ patch: change.patch ?? [], dropped, droppedTitle, base: base?.content ?? null });
    return { id, documentId, kind: change.kind, loss, isApplied: status === 'applied' };
  }

  private isBeingApplied({ id, documentId }: BringableLoss): boolean {
    return this.store.outbox
      .ofDocument(documentId)
      .some(({ change }) => (change.kind === 'update' || change.kind === 'delete') && change.appliesConflict === id);
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

/** A loss, one's own or another's, with what it takes to bring it back. */
interface BringableLoss {
  readonly id: ConflictId;
  readonly documentId: DocumentId;
  /** Of the change that lost. */
  readonly kind: string;
  /** To be asked for inside the transaction that brings it back. */
  readonly loss: () => Loss;
  readonly isApplied: boolean;
}

function changeFor({ id: appliesConflict, kind, loss }: BringableLoss, current: CurrentDocument): PendingChange {
  if (kind === 'delete') return { kind, appliesConflict };
  if (kind !== 'update') {
    throw new SyncError('invalid_argument', `a lost ${kind} cannot be brought back; make it anew`);
  }
  const again = reapply(current, loss());
  if (!again) throw new SyncError('version_mismatch', 'what was lost has no place in the document any more');
  const { patch, title } = again;
  return { kind, patch, ...(title !== current.title && { title }), appliesConflict };
}
