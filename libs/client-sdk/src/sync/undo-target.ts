/**
 * An undo of a change that was pending when the undo was made (and so the redo of a pending undo) names it by its
 * mutation. It can be sent once the change has its version: without one the server would take back whatever is the user's
 * latest change by then, which may be another, where this one was lost.
 */
import { undoneVersion } from '../replica/pending-command.js';
import type { PendingMutation } from '../replica/pending.js';
import type { LocalStore } from '../store/local-store.js';

/**
 * @returns the change as it is to be sent; `waits` while what it takes back is on its way; `moot` where that has come to
 * nothing, and there is nothing to take back; `untold` where it cannot be told which version that has, or whether it has
 * one: a snapshot has taken the place of the events
 */
export function readyToSend(
  store: LocalStore,
  mutation: PendingMutation,
): PendingMutation | 'waits' | 'moot' | 'untold' {
  const { change, documentId, baseVersion } = mutation;
  if ((change.kind !== 'undo' && change.kind !== 'redo') || change.target === undefined) return mutation;
  const target = store.outbox.get(change.target);
  // One that is settling has its event here: only what it lost is not known yet.
  if (target && target.state !== 'settling') return 'waits';
  const confirmedVersion = store.documents.current(documentId)?.version ?? 0;
  const events = store.events.after(documentId, baseVersion);
  const version = undoneVersion(change, events);
  if (version !== undefined) return { ...mutation, change: { ...change, version } };
  return events.length === Math.max(0, confirmedVersion - baseVersion) ? 'moot' : 'untold';
}
