/** The stream as it was, from a replay of its events: what the server in memory answers about its past. */
import {
  SyncError,
  evolve,
  stateAtVersion,
  toChangeEvent,
  toWireDocument,
  toWireError,
  versionAtTime,
  type DocumentState,
  type Sequenced,
  type StreamId,
  type StreamingDown,
  type StreamingUpOf,
} from '@json-database-sync/domain';

/** Documents on one page. */
const PAGE = 2;

/** @param events the whole log; those up to `retainedAfter` are not to be had any more */
export function answerStreamAt(
  frame: StreamingUpOf<'get_stream_at'>,
  streamId: StreamId,
  events: readonly Sequenced[],
  retainedAfter: number,
): StreamingDown {
  const { timestamp, include_deleted: includeDeleted = false } = frame;
  const [fixed, after = ''] = frame.cursor?.split('.') ?? [];
  const asked = frame.sequence ?? events.filter((event) => event.createdAt <= (timestamp ?? '')).length;
  const sequence = fixed === undefined ? asked : Number(fixed);
  if (sequence > events.length) return refusal('version_mismatch');
  if (sequence < retainedAfter) return refusal('history_too_long');
  const documents = documentsAt(events, sequence).filter(({ id }) => id > after);
  const page = documents.slice(0, PAGE);
  return {
    type: 'stream_at',
    stream_id: streamId,
    sequence,
    documents: page.filter(({ deletedAt }) => includeDeleted || deletedAt === null).map((each) => toWireDocument(each)),
    cursor: page.length < documents.length ? `${sequence}.${page.at(-1)?.id ?? ''}` : null,
  };
}

export function answerHistory(frame: StreamingUpOf<'get_history'>, log: readonly Sequenced[]): StreamingDown {
  const before = frame.before_version ?? Infinity;
  const events = log.filter((event) => event.documentId === frame.document_id && event.version < before);
  return {
    type: 'history',
    stream_id: frame.stream_id,
    document_id: frame.document_id,
    events: events
      .toReversed()
      .slice(0, frame.limit ?? 50)
      .map((event) => toChangeEvent(event)),
    has_more: false,
  };
}

export function answerDocumentAt(frame: StreamingUpOf<'get_document_at'>, log: readonly Sequenced[]): StreamingDown {
  const events = log.filter((event) => event.documentId === frame.document_id);
  const version = frame.version ?? versionAtTime(events, frame.timestamp!);
  const state = stateAtVersion({ anchor: undefined, events, version });
  if (!state) return refusal('document_not_found');
  const document = toWireDocument(state);
  return { type: 'document_at', stream_id: frame.stream_id, document_id: state.id, version, document };
}

/** As slowly and obviously as it goes. In the order of the ids, deleted ones included. */
export function documentsAt(events: readonly Sequenced[], sequence: number): DocumentState[] {
  const documents = new Map<string, DocumentState>();
  for (const event of events.slice(0, sequence)) {
    documents.set(event.documentId, evolve(documents.get(event.documentId), event));
  }
  return [...documents.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

function refusal(code: 'version_mismatch' | 'history_too_long' | 'document_not_found'): StreamingDown {
  return { type: 'error', ...toWireError(new SyncError(code)) };
}
