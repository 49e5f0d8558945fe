/**
 * Writing a document: one transaction that puts the change into the outbox and stores the document as it looks with it.
 * When `write` has returned both are durable, online or not.
 */
import { SyncError, newMutationId, type DocumentId, type MutationId } from '@json-database-sync/domain';
import { timestamp, type Platform } from '../platform/platform.js';
import type { PendingChange } from '../replica/pending.js';
import type { ChangeMark, CurrentDocument, DocumentView, LocalStore } from '../store/local-store.js';
import { assertSendable } from './check-input.js';
import type { Document } from './types.js';

export class DocumentWriter {
  constructor(
    private readonly context: {
      readonly store: LocalStore;
      readonly platform: Platform;
      /** This process's mark on the outbox rows that it writes. */
      readonly owner: string;
      /** A change of this process has been committed. */
      readonly written: () => void;
    },
  ) {}

  /** @param usualKind what it is to whoever watches, where `work` does not say otherwise */
  write(
    id: DocumentId,
    usualKind: ChangeMark['kind'],
    work: (
      current: CurrentDocument | undefined,
      mutationId: MutationId,
    ) => { change: PendingChange; view: DocumentView; kind?: ChangeMark['kind'] } | null,
  ): Document {
    const { store, platform, owner } = this.context;
    let wrote = true;
    const document = store.transaction((): CurrentDocument => {
      const current = store.documents.current(id);
      const mutationId = newMutationId(platform.now(), () => platform.randomBytes16());
      const made = work(current, mutationId);
      if (!made) {
        wrote = false;
        if (!current) throw notFound(id);
        return current;
      }
      assertSendable(made.change);
      const { streamId } = store.identity();
      store.outbox.add({
        mutationId,
        streamId,
        documentId: id,
        baseVersion: current?.version ?? 0,
        change: made.change,
        createdAt: timestamp(platform),
        owner,
      });
      // What is pending already has gone into `current`; nothing of others can have come in between.
      store.documents.putView(id, streamId, made.view, { kind: made.kind ?? usualKind, origin: 'local' });
      return { ...(current ?? fresh(id, streamId)), ...made.view, pending: true };
    });
    if (wrote) this.context.written();
    return toDocument(document);
  }
}

export function notFound(id: string): SyncError {
  return new SyncError('document_not_found', undefined, { details: { document_id: id } });
}

function fresh(id: DocumentId, streamId: CurrentDocument['streamId']) {
  return { id, streamId, version: 0, revisionId: null, userId: null, conflicted: false };
}

/** The application's own object: it may do with it what it likes. */
export function toDocument(document: CurrentDocument): Document {
  return {
    id: document.id,
    title: document.title,
    content: document.content,
    version: document.version,
    revisionId: document.revisionId,
    userId: document.userId,
    createdAt: document.createdAt,
    updatedAt: document.updatedAt,
    deletedAt: document.deletedAt,
    pending: document.pending,
    conflicted: document.conflicted,
  };
}
