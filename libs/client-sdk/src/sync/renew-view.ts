/** Reads what a document's view depends on and works it out anew. To be called inside a transaction. */
import type { DocumentId, DocumentState } from '@json-database-sync/domain';
import { viewOf, type LostOperation } from '../replica/replica.js';
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
  const view = viewOf({
    confirmed,
    pending,
    author: authorOf(store.identity()),
    strategy: store.strategy(),
    alreadyLost: lostOperations(store, id),
    eventsAfter: (version) => {
      const events = store.events.after(id, version);
      return events.length === (confirmed?.version ?? 0) - version ? events : null;
    },
  });
  return view === undefined || view === confirmed ? null : view;
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
