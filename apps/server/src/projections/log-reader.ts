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
/** Packs read at once, of up to a million characters each. */
const PACKS = 4;
const NIL = '00000000-0000-0000-0000-000000000000';

const eventColumns = EVENT_COLUMNS.map((column) => `e.${column}`).join(', ');
const documentColumns = DOCUMENT_COLUMNS.map((column) => `d.${column}`).join(', ');

/** The unique constraint's index gives this order. A page also ends when its patches have grown to the bound. */
const ROW_PAGE = `
  SELECT ${eventColumns} FROM (
    SELECT ${eventColumns}, sum(e.characters) OVER (ORDER BY e.stream_id, e.document_id, e.version) - e.characters AS before
      FROM events e WHERE (e.stream_id, e.document_id, e.version) > ($1, $2, $3)
     ORDER BY e.stream_id, e.document_id, e.version LIMIT ${PAGE}
  ) e WHERE e.before < ${LIMITS.pageCharacters} ORDER BY e.stream_id, e.document_id, e.version`;

/** Whole packs; a page always ends with the last event of one. */
const PACKED_PAGE = `
  SELECT ${eventColumns} FROM (
    SELECT p.stream_id, p.document_id, p.last_version FROM event_packs p
     WHERE (p.stream_id, p.document_id, p.last_version) > ($1, $2, $3)
     ORDER BY p.stream_id, p.document_id, p.last_version LIMIT ${PACKS}
  ) p JOIN packed_events e ON e.stream_id = p.stream_id AND e.document_id = p.document_id
                          AND e.pack_last_version = p.last_version
   ORDER BY e.stream_id, e.document_id, e.version`;

const DOCUMENT_PAGE = `
  SELECT ${documentColumns} FROM (
    SELECT ${documentColumns}, sum(d.characters) OVER (ORDER BY d.stream_id, d.id) - d.characters AS before
      FROM documents d WHERE (d.stream_id, d.id) > ($1, $2)
     ORDER BY d.stream_id, d.id LIMIT ${PAGE}
  ) d WHERE d.before < ${LIMITS.pageCharacters} ORDER BY d.stream_id, d.id`;

/** The next version that there is: a fault may have left a hole before it. */
const NEXT_OF_ONE = `
  SELECT least((SELECT min(e.version) FROM events e WHERE e.stream_id = $1 AND e.document_id = $2 AND e.version > $3),
               (SELECT min(e.version) FROM packed_events e WHERE e.stream_id = $1 AND e.document_id = $2
                   AND e.version > $3 AND e.pack_last_version =
                       (SELECT min(p.last_version) FROM event_packs p
                         WHERE p.stream_id = $1 AND p.document_id = $2 AND p.last_version > $3))) AS version`;

const EVENTS_OF_ONE = `
  SELECT ${eventColumns} FROM events_of_document($1, $2, $3, $4) e ORDER BY e.version`;

/** Every event, by stream, document and version: rows and packs, each in this order, laid into each other. */
export async function* readEvents(runner: QueryRunner): AsyncGenerator<Sequenced> {
  const sources = [readPages(runner, PACKED_PAGE), readPages(runner, ROW_PAGE)] as const;
  const heads = [await nextRow(sources[0]), await nextRow(sources[1])];
  for (;;) {
    const [packed, row] = heads;
    const from = packed && (!row || precedes(packed, row)) ? 0 : 1;
    const next = heads[from];
    if (!next) return;
    yield toEvent(next);
    heads[from] = await nextRow(sources[from]);
  }
}

async function* readPages(runner: QueryRunner, page: string): AsyncGenerator<EventRow> {
  let after: readonly [string, string, number] = [NIL, NIL, 0];
  for (;;) {
    const rows = (await runner.query(page, [...after])) as EventRow[];
    yield* rows;
    const last = rows.at(-1);
    if (!last) return;
    after = [last.stream_id, last.document_id, last.version];
  }
}

async function nextRow(rows: AsyncGenerator<EventRow>): Promise<EventRow | undefined> {
  const step = await rows.next();
  return step.done === true ? undefined : step.value;
}

/** PostgreSQL orders uuids as their lower-case texts are ordered. */
function precedes(a: EventRow, b: EventRow): boolean {
  if (a.stream_id !== b.stream_id) return a.stream_id < b.stream_id;
  if (a.document_id !== b.document_id) return a.document_id < b.document_id;
  return a.version < b.version;
}

/** One document's events, by version. */
export async function* readEventsOf(runner: QueryRunner, key: DocumentKey): AsyncGenerator<Sequenced> {
  const names = [key.streamId, key.documentId];
  let after = 0;
  for (;;) {
    const [next] = (await runner.query(NEXT_OF_ONE, [...names, after])) as { version: number | null }[];
    const first = next?.version ?? null;
    if (first === null) return;
    const rows = (await runner.query(EVENTS_OF_ONE, [...names, first, first + PAGE - 1])) as EventRow[];
    for (const row of rows) yield toEvent(row);
    after = first + PAGE - 1;
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
  const of = streamId === undefined ? '' : 'WHERE stream_id = $1';
  const rows: unknown = await runner.query(
    `SELECT (SELECT count(*) FROM events ${of})
          + (SELECT coalesce(sum(last_version - first_version + 1), 0) FROM event_packs ${of}) AS count`,
    streamId === undefined ? [] : [streamId],
  );
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
      FULL JOIN (SELECT stream_id, sum(count)::bigint AS count, min(first) AS first, max(last) AS last
                   FROM (SELECT stream_id, 1 AS count, sequence AS first, sequence AS last FROM events
                         UNION ALL
                         SELECT stream_id, last_version - first_version + 1, first_sequence, last_sequence FROM event_packs) e
                  GROUP BY stream_id) e ON e.stream_id = s.id
     WHERE s.id IS NULL OR s.last_sequence <> coalesce(e.last, 0) OR coalesce(e.first, 1) <> 1
        OR coalesce(e.count, 0) <> coalesce(e.last, 0)
     ORDER BY 1`)) as BadCounterRow[];
  return rows.map(
    (row) =>
      `stream ${row.stream_id}: ${row.count ?? 0} events from ${row.first ?? '-'} to ${row.last ?? '-'}, ` +
      (row.last_sequence === null ? 'and no such stream' : `while its counter is at ${row.last_sequence}`),
  );
}
