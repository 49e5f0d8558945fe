/** Reads what a document's view depends on and works it out anew. To be called inside a transaction. */
import type { DocumentEvent, DocumentId, DocumentState } from '@json-database-sync/domain';
import { viewOf, type LostOperation, type ReplicaInput } from '../replica/replica.js';
import type { Author } from '../replica/pending.js';
import type { DocumentView, Identity, LocalStore } from '../store/local-store.js';

/** Whom pending changes are by: before the first sign-in nobody has a user id, and nothing depends on it. */
export function authorOf({ clientId, userId }: Identity): Author {
  return { clientId, userId: userId ?? (clientId as string as Author['userId']) };
}

/** The view to store on top of `confirmed`: null where it is the same. */
export function renewedView(
  store: LocalStore,
  id: DocumentId,
  confirmed: DocumentState | undefined,
): DocumentView | null {
  const pending = store.outbox.ofDocument(id).filter((mutation) => mutation.state !== 'settling');
  if (pending.length === 0) return null;
  const view = viewOf({ ...replicaInput(store, id, confirmed), pending });
  return view === undefined || view === confirmed ? null : view;
}

/** What a document's view depends on, but for what is pending. */
export function replicaInput(
  store: LocalStore,
  id: DocumentId,
  confirmed: DocumentState | undefined,
): Omit<ReplicaInput, 'pending'> {
  const version = confirmed?.version ?? 0;
  return {
    confirmed,
    author: authorOf(store.identity()),
    strategy: store.strategy(),
    alreadyLost: lostOperations(store, id),
    eventsAfter: (after) => {
      const events = store.events.after(id, after);
      return events.length === version - after ? events : null;
    },
    newestEvents: (limit) => newestEvents(store, id, version, limit),
  };
}

/** Up to a version, at most so many, oldest first: as far as the local log has them without a gap. */
export function newestEvents(store: LocalStore, id: DocumentId, version: number, limit: number): DocumentEvent[] {
  const events = store.events.before(id, version + 1, limit);
  // A snapshot may have taken the log's place for a while: what is older than the gap does not join on.
  const gap = events.findIndex((event, index) => event.version !== version - index);
  return (gap < 0 ? events : events.slice(0, gap)).reverse();
}

/** Of the document's recent losses, the dismissed ones included: dismissing one does not undo it. */
function lostOperations(store: LocalStore, id: DocumentId): LostOperation[] {
  const losses = store.conflicts.list({ includeDismissed: true, documentId: id, limit: RECENT_LOSSES });
  return losses.flatMap(({ serverVersion, dropped }) =>
    dropped.flatMap(({ operation }) => (operation && serverVersion !== null ? [{ operation, serverVersion }] : [])),
  );
}

/** Older ones lost before anything that is pending now was made. */
const RECENT_LOSSES = 20;
