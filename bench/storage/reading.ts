/** How long it takes to read old history over the wire, as clients do. */
import { performance } from 'node:perf_hooks';
import { WireClient } from '../harness/wire-client.js';
import { median } from '../harness/benchmark.js';

export interface ReadingTimes {
  /** A page of a hundred changes of the stream, in milliseconds; the median over the whole log. */
  readonly changesPage: number;
  /** A hundred versions of one document. */
  readonly history: number;
  /** A document as it was at a version. */
  readonly version: number;
}

const PAGE = 100;

export async function readingTimes(url: string, userId: string, documentIds: readonly string[]): Promise<ReadingTimes> {
  const reader = await WireClient.open(url, userId, userId);
  const timed = async (message: Record<string, unknown>): Promise<number> => {
    const began = performance.now();
    await reader.ask({ stream_id: userId, ...message });
    return performance.now() - began;
  };
  const changes: number[] = [];
  const { latest_sequence: latest } = await reader.ask({
    type: 'get_changes_since',
    stream_id: userId,
    last_sequence: 0,
    limit: 1,
  });
  for (let after = 0; after < Number(latest); after += PAGE) {
    changes.push(await timed({ type: 'get_changes_since', last_sequence: after, limit: PAGE }));
  }
  const history: number[] = [];
  const version: number[] = [];
  for (const document_id of documentIds) {
    history.push(await timed({ type: 'get_history', document_id, limit: PAGE }));
    version.push(await timed({ type: 'get_document_at', document_id, version: 50 }));
  }
  await reader.close();
  return { changesPage: median(changes), history: median(history), version: median(version) };
}
