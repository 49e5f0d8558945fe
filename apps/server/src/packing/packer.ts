/**
 * Walks the log from one end to the other and packs what is old, document by document, in small steps with rests between
 * them: at any moment it holds one short transaction, and leaves PostgreSQL to those who write.
 */
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import type { PoolClient } from 'pg';
import type { DataSource } from 'typeorm';
import type { DocumentKey } from '../event-store/event-store.js';
import type { DocumentId, StreamId } from '@json-database-sync/domain';
import { SMALLEST_PACK } from './choose-pack.js';
import { packDocument, type Packed } from './pack-document.js';

/** Entries of the index that are looked at in one step. */
const PAGE = 5_000;
/** How long it rests after a step, as a multiple of what the step took. */
const REST = 1;
const LONGEST_REST_MS = 1_000;
/** A step takes milliseconds: whoever holds the field for so long is stuck. */
const ATTEMPTS = 100;
const ATTEMPT_PAUSE_MS = 50;
const NIL = '00000000-0000-0000-0000-000000000000';

/** Documents and how many rows they have: from the index alone. */
const COUNT_ROWS = {
  name: 'packing_count_rows',
  text: `SELECT stream_id, document_id, count(*)::int AS count FROM (
           SELECT stream_id, document_id FROM events WHERE (stream_id, document_id) > ($1, $2)
            ORDER BY stream_id, document_id, version LIMIT ${PAGE}
         ) e GROUP BY stream_id, document_id ORDER BY stream_id, document_id`,
};

interface Counted {
  stream_id: StreamId;
  document_id: DocumentId;
  count: number;
}

export interface PackingOptions {
  /** Only events that were committed before this. */
  readonly before: Date;
  /** Asked before each step: true ends the walk. */
  readonly stopped?: () => boolean;
  /** True: where another packer is at work, it is waited for, step by step. False: the field is left to it. */
  readonly waits?: boolean;
  /** False: as fast as it goes, for when nobody else is there. */
  readonly rests?: boolean;
  /** Told of each document that something was packed of, and of what could not be. */
  readonly onPacked?: (events: number) => void;
  readonly onFailure?: (key: DocumentKey, error: unknown) => void;
}

export interface PackingReport {
  /** Events that were moved into packs. */
  readonly events: number;
  /** False where it was stopped, or another packer was at work. */
  readonly finished: boolean;
}

export async function packOldEvents(dataSource: DataSource, options: PackingOptions): Promise<PackingReport> {
  let after: Pick<Counted, 'stream_id' | 'document_id'> | null = null;
  let events = 0;
  for (;;) {
    const page: Counted[] = await step(dataSource, options, (client) => countRows(client, after));
    for (const [index, { stream_id, document_id, count }] of page.entries()) {
      // The page may have ended within its last document: that one begins the next page, unless it fills one alone.
      const cut = index === page.length - 1 && index > 0 && full(page);
      if (cut) continue;
      after = { stream_id, document_id };
      if (count <= SMALLEST_PACK) continue;
      for (;;) {
        if (options.stopped?.() === true) return { events, finished: false };
        const packed = await packOne({ streamId: stream_id, documentId: document_id }, dataSource, options);
        if (packed === 'busy') return { events, finished: false };
        if (packed === 0) break;
        events += packed;
        options.onPacked?.(packed);
      }
    }
    if (!full(page)) return { events, finished: true };
    if (options.stopped?.() === true) return { events, finished: false };
  }
}

/** A document that cannot be packed is told of and left as it is. */
async function packOne(key: DocumentKey, dataSource: DataSource, options: PackingOptions): Promise<Packed> {
  try {
    for (let attempt = 1; ; attempt += 1) {
      const packed = await step(dataSource, options, (client) => packDocument(client, key, options.before));
      if (packed !== 'busy' || options.waits !== true || attempt === ATTEMPTS) return packed;
      await delay(ATTEMPT_PAUSE_MS);
    }
  } catch (error) {
    if (!options.onFailure) throw error;
    options.onFailure(key, error);
    return 0;
  }
}

async function countRows(
  client: PoolClient,
  after: Pick<Counted, 'stream_id' | 'document_id'> | null,
): Promise<Counted[]> {
  const values = [after?.stream_id ?? NIL, after?.document_id ?? NIL];
  return (await client.query<Counted>({ ...COUNT_ROWS, values })).rows;
}

function full(page: readonly Counted[]): boolean {
  return page.reduce((sum, { count }) => sum + count, 0) === PAGE;
}

/** On a connection of the pool that is given back before the rest. */
async function step<T>(
  dataSource: DataSource,
  { rests = true }: PackingOptions,
  work: (client: PoolClient) => Promise<T>,
): Promise<T> {
  const began = performance.now();
  const runner = dataSource.createQueryRunner();
  try {
    return await work((await runner.connect()) as PoolClient);
  } finally {
    await runner.release();
    if (rests) await delay(Math.min(LONGEST_REST_MS, REST * (performance.now() - began)));
  }
}
