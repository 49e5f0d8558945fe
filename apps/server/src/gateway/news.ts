/** Subscribes a connection to a stream's news, from where the stream stands, without missing what happens meanwhile. */
import type { DocumentState, StreamId } from '@json-database-sync/domain';
import type { EventStore } from '../event-store/event-store.js';
import type { CommittedBatch } from '../feed/committed-batch.js';
import type { Feed } from '../feed/feed.js';
import { StreamCursor, type CursorPort } from '../feed/stream-cursor.js';

/** How a dialect tells news. */
export interface NewsTeller {
  tellBatch(batch: CommittedBatch): void;
  /** Tells a page of the log after `sequence`; gives the sequence that it came to. */
  tellFromLog(streamId: StreamId, sequence: number): Promise<number>;
  tellDocument(state: DocumentState): void;
}

export interface NewsSubscription {
  /** Where the stream stood: news begin right after it. */
  readonly sequence: number;
  /** News are held back until this is called, so that the answer to the subscription goes first. */
  begin(): void;
  end(): void;
}

export async function subscribeToNews(
  streamId: StreamId,
  { feed, store }: { readonly feed: Feed; readonly store: EventStore },
  socket: Pick<CursorPort, 'ready' | 'drained' | 'failed'>,
  teller: NewsTeller,
): Promise<NewsSubscription> {
  let cursor: StreamCursor | undefined;
  let headMeanwhile = 0;
  // Subscribed before the head is read: an event is then part of the head, or it is handed over, or both.
  const unsubscribe = feed.subscribe(streamId, {
    onCommitted: (batch) => {
      if (cursor) cursor.onCommitted(batch);
      else headMeanwhile = Math.max(headMeanwhile, batch.lastSequence);
    },
    onHead: (_streamId, sequence) => {
      if (cursor) cursor.onHead(sequence);
      else headMeanwhile = Math.max(headMeanwhile, sequence);
    },
    onDocument: (state) => {
      if (cursor) teller.tellDocument(state);
    },
  });
  let ended = false;
  try {
    const sequence = await store.lastSequence(streamId);
    return {
      sequence,
      begin: () => {
        if (ended) return;
        cursor = new StreamCursor(streamId, sequence, {
          ready: () => socket.ready(),
          drained: () => socket.drained(),
          failed: (error) => socket.failed(error),
          send: (batch) => teller.tellBatch(batch),
          sendFromLog: (stream, after) => teller.tellFromLog(stream, after),
        });
        cursor.onHead(headMeanwhile);
      },
      end: () => {
        ended = true;
        unsubscribe();
        cursor?.end();
      },
    };
  } catch (error) {
    unsubscribe();
    throw error;
  }
}
