/** Whether the server's log is still the one that is known here: a server restored from a backup has another. */
import type { StreamId, StreamingDownOf, WireError } from '@json-database-sync/domain';
import type { LocalStore } from '../store/local-store.js';

/**
 * The server's log ends before our cursor or has another event there: it was restored from an older backup. A change
 * of ours may have been sent again and stand at the same place, with something else before it: its time tells.
 * @param asked the cursor, whose own event was asked for as well
 */
export function isAnotherLog(
  { store, streamId }: { readonly store: LocalStore; readonly streamId: StreamId },
  asked: number,
  frame: StreamingDownOf<'changes'>,
): boolean {
  // It has answered changes of ours, perhaps, at sequences that it has not come to: what is waited for never comes.
  if (frame.latest_sequence < Math.max(asked, lastAnswered(store, streamId))) return true;
  const theirs = frame.events.find((event) => event.sequence === asked);
  if (!theirs) return false;
  const ours = store.events.at(streamId, asked);
  if (ours) return ours.mutationId !== theirs.mutation_id || ours.createdAt !== theirs.created_at;
  // Known by a snapshot only: then its document is as that event left it, unless more has come in meanwhile.
  if (store.position(streamId).cursor !== asked) return false;
  const document = store.documents.confirmed(theirs.document_id);
  return document?.revisionId !== theirs.revision_id || document.updatedAt !== theirs.created_at;
}

/** Refused since the server's log ends before this cursor: it was restored from an older backup. */
export function endsBefore(cursor: number, { details }: WireError): boolean {
  const latest = details?.['latest_sequence'];
  return typeof latest === 'number' && latest < cursor;
}

/** The furthest sequence at which a change of ours was settled that has not come down yet; 0 where there is none. */
function lastAnswered({ outbox }: LocalStore, streamId: StreamId): number {
  const waiting = outbox.documentIds(streamId).flatMap((id) => outbox.ofDocument(id));
  return Math.max(0, ...waiting.map(({ ackedSequence }) => ackedSequence ?? 0));
}
