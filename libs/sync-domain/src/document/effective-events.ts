/**
 * Which events of a document still stand. History is never rewritten: undoing is an event too, and what it names is
 * taken back for as long as the undo itself stands.
 *
 * Invariant: whether an event stands is decided by later events alone, so that the newest events, however few, are
 * enough to judge those among them.
 */
import type { UserId } from '../ids.js';
import type { DocumentEvent } from './change-event.js';

/** @returns the versions of the events that an effective later undo or redo names */
export function takenBack(events: readonly DocumentEvent[]): ReadonlySet<number> {
  const gone = new Set<number>();
  for (const { version, cause } of events.toReversed()) {
    if (isTakingBack(cause) && !gone.has(version)) gone.add(cause.version);
  }
  return gone;
}

/** The changes of this user that stand and are no undo, redo or creation, newest first. */
export function ownChanges(events: readonly DocumentEvent[], userId: UserId): DocumentEvent[] {
  const gone = takenBack(events);
  const own = events.filter(
    (event) =>
      event.userId === userId && event.type !== 'create' && !isTakingBack(event.cause) && !gone.has(event.version),
  );
  return own.reverse();
}

/** The undos by this user that stand, newest first. */
export function ownUndos(events: readonly DocumentEvent[], userId: UserId): DocumentEvent[] {
  const gone = takenBack(events);
  const own = events.filter(
    (event) => event.userId === userId && event.cause?.kind === 'undo' && !gone.has(event.version),
  );
  return own.reverse();
}

/**
 * What came after an event and has to be reckoned with in taking it back: what stands, without the undos of what came
 * after it as well, since those and what they take back come to nothing between them.
 */
export function standingAfter(target: number, events: readonly DocumentEvent[]): DocumentEvent[] {
  const gone = takenBack(events);
  return events.filter(
    ({ version, cause }) => version > target && !gone.has(version) && !(isTakingBack(cause) && cause.version > target),
  );
}

/** A revert makes a change of its own: it takes nothing back that could be told from the rest. */
function isTakingBack(cause: DocumentEvent['cause']): cause is NonNullable<DocumentEvent['cause']> {
  return cause !== null && cause.kind !== 'revert';
}
