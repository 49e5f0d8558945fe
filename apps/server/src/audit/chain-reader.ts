/** Reads streams' chains from one end to the other, page by page, on one connection and so in one snapshot. */
import { LIMITS, type ChainedEvent } from '@json-database-sync/domain';
import type { QueryRunner } from 'typeorm';
import { EVENT_COLUMNS } from '../event-store/rows.js';
import { recordText, type HashedRow } from './audit-record.js';

const PAGE = 500;
/**
 * Numbers in a page of a chain. Where old events are packed by document, a page opens every pack that it touches, and so
 * a longer one costs less an event; where events are large, a shorter one is cut off less.
 */
const CHAIN_PAGE = { first: 500, shortest: 50, longest: 5_000 };
const NIL = '00000000-0000-0000-0000-000000000000';

const eventColumns = [...EVENT_COLUMNS, 'hash'].map((column) => `e.${column}`).join(', ');

/** A page also ends when its patches have grown to the bound. Behind a hole it begins with the next event that there is. */
const READ_CHAIN = `
  WITH start (sequence) AS MATERIALIZED (SELECT next_sequence($1, $2))
  SELECT ${eventColumns} FROM (
    SELECT ${eventColumns}, sum(e.characters) OVER (ORDER BY e.sequence) - e.characters AS before
      FROM start s CROSS JOIN LATERAL events_of_stream($1, s.sequence, s.sequence + $3::int - 1) e
  ) e WHERE e.before < ${LIMITS.pageCharacters} ORDER BY e.sequence`;

const STREAM_PAGE = `SELECT id, last_sequence, head_hash FROM streams WHERE id > $1 ORDER BY id LIMIT ${PAGE}`;
const ONE_STREAM = `SELECT id, last_sequence, head_hash FROM streams WHERE id = $1`;

const STREAMS_WITHOUT_ROW = `
  SELECT e.stream_id AS id FROM (SELECT stream_id FROM events UNION SELECT stream_id FROM event_packs) e
   WHERE NOT EXISTS (SELECT FROM streams s WHERE s.id = e.stream_id) ORDER BY 1 LIMIT ${PAGE}`;

/** A stream, and what its row says of its last event. */
export interface StreamHead {
  readonly streamId: string;
  readonly sequence: number;
  readonly hash: string;
}

/** A stream's events in sequence order. */
export async function* readChain(runner: QueryRunner, streamId: string): AsyncGenerator<ChainedEvent> {
  let after = '0';
  let length = CHAIN_PAGE.first;
  for (;;) {
    const rows = (await runner.query(READ_CHAIN, [streamId, after, length])) as HashedRow[];
    for (const row of rows) yield toChainedEvent(row);
    const last = rows.at(-1);
    if (!last) return;
    after = last.sequence;
    length = rows.length < length / 2 ? Math.ceil(length / 2) : length * 2;
    length = Math.min(CHAIN_PAGE.longest, Math.max(CHAIN_PAGE.shortest, length));
  }
}

/** Every stream, by id; or the one that is named, if there is such a stream. */
export async function* readHeads(runner: QueryRunner, only?: string): AsyncGenerator<StreamHead> {
  let after = NIL;
  for (;;) {
    const rows = (await runner.query(only ? ONE_STREAM : STREAM_PAGE, [only ?? after])) as HeadRow[];
    for (const row of rows) {
      yield { streamId: row.id, sequence: Number(row.last_sequence), hash: row.head_hash.toString('hex') };
    }
    const last = rows.at(-1);
    if (!last || only) return;
    after = last.id;
  }
}

interface HeadRow {
  readonly id: string;
  readonly last_sequence: string;
  readonly head_hash: Buffer;
}

/** Ids of streams that have events and no row. */
export async function streamsWithoutRow(runner: QueryRunner): Promise<string[]> {
  const rows = (await runner.query(STREAMS_WITHOUT_ROW)) as { id: string }[];
  return rows.map(({ id }) => id);
}

export function toChainedEvent(row: HashedRow): ChainedEvent {
  return {
    sequence: Number(row.sequence),
    hash: row.hash.toString('hex'),
    record: recordText(row),
    streamId: row.stream_id,
    documentId: row.document_id,
    version: row.version,
  };
}
