/** Reads the log and its projection from one end to the other, page by page, on one connection and so in one snapshot. */
import { LIMITS, type Sequenced } from '@json-database-sync/domain';
import type { QueryRunner } from 'typeorm';
import {
  DOCUMENT_COLUMNS,
  EVENT_COLUMNS,
  toEvent,
  toStoredDocument,
  type DocumentRow,
  type EventRow,
  type StoredDocument,
} from '../event-store/rows.js';
import type { DocumentKey } from './replay.js';

const PAGE = 500;
const NIL = '00000000-0000-0000-0000-000000000000';

const eventColumns = EVENT_COLUMNS.map((column) => `e.${column}`).join(', ');
const documentColumns = DOCUMENT_COLUMNS.map((column) => `d.${column}`).join(', ');

/** The unique constraint's index gives this order. A page also ends when its patches have grown to the bound. */
const EVENT_PAGE = `
  SELECT ${eventColumns} FROM (
    SELECT ${eventColumns}, sum(e.characters) OVER (ORDER BY e.stream_id, e.document_id, e.version) - e.characters AS before
      FROM events e WHERE (e.stream_id, e.document_id, e.version) > ($1, $2, $3)
     ORDER BY e.stream_id, e.document_id, e.version LIMIT ${PAGE}
  ) e WHERE e.before < ${LIMITS.pageCharacters} ORDER BY e.stream_id, e.document_id, e.version`;

const DOCUMENT_PAGE = `
  SELECT ${documentColumns} FROM (
    SELECT ${documentColumns}, sum(d.characters) OVER (ORDER BY d.stream_id, d.id) - d.characters AS before
      FROM documents d WHERE (d.stream_id, d.id) > ($1, $2)
     ORDER BY d.stream_id, d.id LIMIT ${PAGE}
  ) d WHERE d.before < ${LIMITS.pageCharacters} ORDER BY d.stream_id, d.id`;

const EVENTS_OF_ONE = `
  SELECT ${eventColumns} FROM events e
   WHERE e.stream_id = $1 AND e.document_id = $2 AND e.version > $3 ORDER BY e.version LIMIT ${PAGE}`;

/** Every event, by stream, document and version. */
export async function* readEvents(runner: QueryRunner): AsyncGenerator<Sequenced> {
  let after: readonly [string, string, number] = [NIL, NIL, 0];
  for (;;) {
    const rows = (await runner.query(EVENT_PAGE, [...after])) as EventRow[];
    for (const row of rows) yield toEvent(row);
    const last = rows.at(-1);
    if (!last) return;
    after = [last.stream_id, last.document_id, last.version];
  }
}

/** One document's events, by version. */
export async function* readEventsOf(runner: QueryRunner, key: DocumentKey): AsyncGenerator<Sequenced> {
  let after = 0;
  for (;;) {
    const rows = (await runner.query(EVENTS_OF_ONE, [key.streamId, key.documentId, after])) as EventRow[];
    for (const row of rows) yield toEvent(row);
    const last = rows.at(-1);
    if (!last) return;
    after = last.version;
  }
}

/** Every document of the projection, by stream and id. */
export async function* readDocuments(runner: QueryRunner): AsyncGenerator<StoredDocument> {
  let after: readonly [string, string] = [NIL, NIL];
  for (;;) {
    const rows = (await runner.query(DOCUMENT_PAGE, [...after])) as DocumentRow[];
    for (const row of rows) yield toStoredDocument(row);
    const last = rows.at(-1);
    if (!last) return;
    after = [last.stream_id, last.id];
  }
}

/** @param streamId only of this stream */
export async function countEvents(runner: QueryRunner, streamId?: string): Promise<number> {
  const rows = await (streamId === undefined
    ? runner.query('SELECT count(*) AS count FROM events')
    : runner.query('SELECT count(*) AS count FROM events WHERE stream_id = $1', [streamId]));
  const [row] = rows as { count: string }[];
  return Number(row?.count ?? 0);
}

interface BadCounterRow {
  stream_id: string;
  last_sequence: string | null;
  count: string | null;
  first: string | null;
  last: string | null;
}

/** Streams whose numbers are not 1, 2, 3, ... up to their counter, each described in a sentence. */
export async function findNumberingFaults(runner: QueryRunner): Promise<string[]> {
  const rows = (await runner.query(`
    SELECT coalesce(s.id, e.stream_id) AS stream_id, s.last_sequence, e.count, e.first, e.last
      FROM streams s
      FULL JOIN (SELECT stream_id, count(*) AS count, min(sequence) AS first, max(sequence) AS last
                   FROM events GROUP BY stream_id) e ON e.stream_id = s.id
     WHERE s.id IS NULL OR s.last_sequence <> coalesce(e.last, 0) OR coalesce(e.first, 1) <> 1
        OR coalesce(e.count, 0) <> coalesce(e.last, 0)
     ORDER BY 1`)) as BadCounterRow[];
  return rows.map(
    (row) =>
      `stream ${row.stream_id}: ${row.count ?? 0} events from ${row.first ?? '-'} to ${row.last ?? '-'}, ` +
      (row.last_sequence === null ? 'and no such stream' : `while its counter is at ${row.last_sequence}`),
  );
}
