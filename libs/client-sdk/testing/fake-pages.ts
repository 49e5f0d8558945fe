/** The pages of the log and of a snapshot, as the server in memory gives them. */
import {
  SyncError,
  toChangeEvent,
  toWireDocument,
  toWireError,
  type DocumentState,
  type Sequenced,
  type StreamId,
  type StreamingDown,
  type StreamingUpOf,
} from '@json-database-sync/domain';

/** @param events the whole log; those up to `retainedAfter` are not to be had any more */
export function answerChangesSince(
  { last_sequence: after, limit = 100 }: StreamingUpOf<'get_changes_since'>,
  streamId: StreamId,
  events: readonly Sequenced[],
  retainedAfter: number,
): StreamingDown {
  if (after < retainedAfter || after > events.length) {
    return { type: 'error', ...toWireError(new SyncError('cursor_too_old')) };
  }
  const page = events.slice(after, after + limit);
  return {
    type: 'changes',
    stream_id: streamId,
    events: page.map((event) => toChangeEvent(event)),
    latest_sequence: events.length,
    has_more: after + page.length < events.length,
  };
}

/** The cursor carries the sequence and the offset; a changed stream makes the server begin anew. */
export function answerSnapshot(
  { cursor }: StreamingUpOf<'get_snapshot'>,
  streamId: StreamId,
  head: number,
  documents: readonly DocumentState[],
  size: number,
): StreamingDown {
  const [sequence = head, offset = 0] = cursor?.split(':').map(Number) ?? [];
  const from = sequence === head ? offset : 0;
  const page = documents.slice(from, from + size).map((state) => toWireDocument(state));
  const next = from + page.length;
  return {
    type: 'snapshot',
    stream_id: streamId,
    sequence: head,
    documents: page,
    cursor: next < documents.length ? `${head}:${next}` : null,
    total: documents.length,
  };
}
