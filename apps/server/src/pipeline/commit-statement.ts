/**
 * The one statement that commits a batch, atomically and in one round trip.
 *
 * - `locked` takes the touched streams' rows in id order, so that two nodes cannot deadlock; the rows stay locked until
 *   the commit, which is why sequence order is commit order and a stream's numbers have no gap. A single stream's row is
 *   taken by `counted` itself.
 * - `counted` advances each counter once a batch and gives the number that the batch's events count on from. It also brings
 *   the stream's digest up to date: what that changes by is known from the documents before and after, and the version
 *   guard sees to it that they were so.
 * - Each event gets its hash from the head of the locked row on, and each stream its new head: in `counted` where no stream
 *   gets more than one event, by `chained` and `heads` otherwise.
 * - A change that comes alone is sent value by value, not as a list of one: a tenth less work for PostgreSQL.
 * - The rest are the rows. `events_document_version` refuses a batch that was decided on a version that another node has
 *   moved past, and `mutations_key` one that holds a mutation carried out before: the whole batch is then decided again.
 *   Old events are in packs, where that constraint does not see them; the newest of a document never is. A batch that would
 *   end before the newest is refused by the document's row, whose version must grow.
 */
import type { StreamId } from '@json-database-sync/domain';
import type { PreparedStatement } from '../event-store/prepared-query.js';
import { binaryArray, binaryRows } from './binary-values.js';
import {
  APPLIED,
  COMMIT_ROW,
  COMMIT_STREAM,
  CONFLICT,
  DOCUMENT,
  EVENT,
  KEYFRAME,
  MUTATION,
  type Column,
  type CommitInput,
  type CommitRow,
  type Insertion,
  type StreamRow,
} from './commit-rows.js';

/** `$1`: the streams' ids; `$2`: the time of the commit; `$3`: the streams; `$4`: the rows. The rarer lists follow. */
const LIST_PARAMETERS = 4;
/** Of a lone change: `$1`: the stream's id; `$2`: the time of the commit; then the values of both rows. */
const LONE_PARAMETERS = 2 + COMMIT_STREAM.length + COMMIT_ROW.length;

/** What a batch holds. PostgreSQL takes time for each part of a statement, also where there is nothing for it to do. */
interface Contents {
  /** One change alone; streams with one event each at most; or any. */
  readonly streams: keyof typeof COUNTED;
  readonly conflicts: boolean;
  readonly keyframes: boolean;
  readonly applied: boolean;
}

const LOCKED = `locked AS MATERIALIZED (
      SELECT id, head_hash FROM streams WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE
    ), `;

const COUNTED_SINGLE = (source: string): string => `counted AS (
      UPDATE streams s SET last_sequence = s.last_sequence + n.count,
             head_hash = CASE WHEN n.body_hash IS NULL THEN s.head_hash ELSE sha256(s.head_hash || n.body_hash) END,
             state_digest = s.state_digest # n.digest
        FROM ${source}
      RETURNING s.id, s.last_sequence - n.count AS base, s.head_hash AS hash
    )`;

/** One row of values, as a subselect that PostgreSQL dissolves. */
const loneRow = (columns: readonly { readonly name: string; readonly type: string }[], before: number): string =>
  `(SELECT ${columns.map(({ name, type }, at) => `$${before + at + 1}::${type} AS ${name}`).join(', ')})`;

const COUNTED = {
  lone: COUNTED_SINGLE(`${loneRow(COMMIT_STREAM, 2)} n WHERE s.id = $1::uuid`),
  single: `${LOCKED}${COUNTED_SINGLE('unnest($3::commit_stream[]) n JOIN locked USING (id) WHERE s.id = n.id')}`,
  chained: `${LOCKED}chained AS MATERIALIZED (
      SELECT r.*, event_chain(l.head_hash, r.body_hash) OVER (PARTITION BY r.stream_id ORDER BY r.place) AS hash
        FROM batch r JOIN locked l ON l.id = r.stream_id WHERE r.${EVENT.present} IS NOT NULL
    ), heads AS MATERIALIZED (
      SELECT DISTINCT ON (stream_id) stream_id AS id, hash FROM chained ORDER BY stream_id, place DESC
    ), counted AS (
      UPDATE streams s SET last_sequence = s.last_sequence + n.count, head_hash = coalesce(h.hash, s.head_hash),
             state_digest = s.state_digest # n.digest
        FROM unnest($3::commit_stream[]) n JOIN locked USING (id) LEFT JOIN heads h USING (id)
       WHERE s.id = n.id
      RETURNING s.id, s.last_sequence - n.count AS base
    )`,
} as const;

const BATCH = 'MATERIALIZED (SELECT * FROM unnest($4::commit_row[]))';

function buildText(batch: Contents): string {
  const isLone = batch.streams === 'lone';
  let parameter = isLone ? LONE_PARAMETERS : LIST_PARAMETERS;
  /** A row list as a table `r`, one array parameter a column. */
  const list = <Row>(columns: readonly Column<Row>[]): string => {
    const arrays = columns.map(({ type }) => `$${++parameter}::${type}[]`);
    return `unnest(${arrays.join(', ')}) AS r (${names(columns)})`;
  };
  const replaced = Object.keys(DOCUMENT.columns).filter(
    (name) => !['stream_id', 'id', 'user_id', 'created_at', 'version'].includes(name),
  );
  const isChained = batch.streams === 'chained';

  return `
    WITH batch AS ${isLone ? `NOT MATERIALIZED ${loneRow(COMMIT_ROW, 2 + COMMIT_STREAM.length)}` : BATCH}, ${COUNTED[batch.streams]}, new_events AS (
      INSERT INTO events (sequence, hash, ${targets(EVENT)})
      SELECT c.base + r.place, ${isChained ? 'r.hash' : 'c.hash'}, ${sources(EVENT)}
        FROM ${isChained ? 'chained' : 'batch'} r JOIN counted c ON c.id = r.stream_id
       WHERE r.${EVENT.present} IS NOT NULL
    ), new_documents AS (
      INSERT INTO documents (last_sequence, ${targets(DOCUMENT)})
      SELECT c.base + r.place, ${sources(DOCUMENT)} FROM batch r JOIN counted c ON c.id = r.stream_id
       WHERE r.${DOCUMENT.present} IS NOT NULL
      ON CONFLICT (stream_id, id) DO UPDATE
         SET last_sequence = excluded.last_sequence,
             version = CASE WHEN documents.version < excluded.version THEN excluded.version END,
             ${replaced.map((name) => `${name} = excluded.${name}`).join(', ')}
    ), new_mutations AS (
      INSERT INTO mutations (sequence, created_at, ${targets(MUTATION)})
      SELECT c.base + r.place, $2::timestamptz, ${sources(MUTATION)} FROM batch r JOIN counted c ON c.id = r.stream_id
    )${optional(
      batch.conflicts,
      () => `, new_conflicts AS (
      INSERT INTO conflicts (created_at, ${names(CONFLICT)})
      SELECT $2::timestamptz, ${selected(CONFLICT)} FROM ${list(CONFLICT)}
    )`,
    )}${optional(
      batch.keyframes,
      () => `, new_keyframes AS (
      INSERT INTO keyframes (${names(KEYFRAME)})
      SELECT ${selected(KEYFRAME)} FROM ${list(KEYFRAME)} JOIN counted c ON c.id = r.stream_id
    )`,
    )}${optional(
      batch.applied,
      () => `, applied_conflicts AS (
      UPDATE conflicts c SET status = 'applied', resolved_at = $2::timestamptz, resolved_by_mutation = r.mutation_id
        FROM ${list(APPLIED)}
       WHERE c.stream_id = r.stream_id AND c.id = r.id AND c.document_id = r.document_id AND c.status <> 'applied'
    )`,
    )}
    SELECT id, base FROM counted`;
}

const optional = (wanted: boolean, text: () => string): string => (wanted ? text() : '');
const names = (columns: readonly { readonly name: string }[]): string => columns.map(({ name }) => name).join(', ');
const selected = (columns: readonly { readonly name: string }[]): string =>
  columns.map(({ name }) => `r.${name}`).join(', ');
const targets = ({ columns }: Insertion): string => Object.keys(columns).join(', ');
const sources = ({ columns }: Insertion): string =>
  Object.values(columns)
    .map((name) => `r.${name}`)
    .join(', ');

const statements = new Map<string, PreparedStatement>();

function statementWith(batch: Contents): PreparedStatement {
  const { streams, conflicts, keyframes, applied } = batch;
  const name = `commit_${streams}${conflicts ? '_conflicts' : ''}${keyframes ? '_keyframes' : ''}${applied ? '_applied' : ''}`;
  const known = statements.get(name);
  if (known) return known;
  const made = { name, text: buildText(batch) };
  statements.set(name, made);
  return made;
}

/** The statement for what there is, and its parameters as they are sent. */
export function commitCall(input: CommitInput): { statement: PreparedStatement; values: unknown[] } {
  const { streams, rows, conflicts, keyframes, applied } = input;
  const [stream, row] = rows.length === 1 ? [streams[0], rows[0]] : [];
  const isLone = stream !== undefined && row !== undefined;
  const values = isLone ? loneValues(input.now, stream, row) : listValues(input);
  const add = <Row>(columns: readonly Column<Row>[], list: readonly Row[]): boolean => {
    if (list.length === 0) return false;
    values.push(...columns.map(({ type, value }) => binaryArray(type, list.map(value))));
    return true;
  };
  const single = streams.every(({ count }) => count <= 1);
  const contents = {
    streams: isLone ? 'lone' : single ? 'single' : 'chained',
    conflicts: add(CONFLICT, conflicts),
    keyframes: add(KEYFRAME, keyframes),
    applied: add(APPLIED, applied),
  } as const;
  return { statement: statementWith(contents), values };
}

function loneValues(now: string, stream: StreamRow, row: CommitRow): unknown[] {
  return [
    stream.id,
    now,
    ...COMMIT_STREAM.map(({ value }) => value(stream)),
    ...COMMIT_ROW.map(({ value }) => value(row)),
  ];
}

function listValues({ now, streams, rows }: CommitInput): unknown[] {
  const ids = streams.map(({ id }) => id);
  return [binaryArray('uuid', ids), now, binaryRows(COMMIT_STREAM, streams), binaryRows(COMMIT_ROW, rows)];
}

/** A row of the statement's answer. */
export interface CountedRow {
  readonly id: StreamId;
  /** The stream's last sequence before the batch; bigint comes as text. */
  readonly base: string;
}
