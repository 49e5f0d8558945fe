/**
 * The one statement that commits a batch, atomically and in one round trip.
 *
 * - `locked` takes the touched streams' rows in id order, so that two nodes cannot deadlock; the rows stay locked until
 *   the commit, which is why sequence order is commit order and a stream's numbers have no gap.
 * - `chained` gives each event its hash, from the head of the locked row on, and `heads` each stream its new head.
 * - `counted` advances each counter once a batch and gives the number that the batch's events count on from. It also brings
 *   the stream's digest up to date: what that changes by is known from the documents before and after, and the version
 *   guard sees to it that they were so.
 * - The rest are the rows. `events_document_version` refuses a batch that was decided on a version that another node has
 *   moved past, and `mutations_key` one that holds a mutation carried out before: the whole batch is then decided again.
 *   Old events are in packs, where that constraint does not see them; the newest of a document never is. A batch that would
 *   end before the newest is refused by the document's row, whose version must grow.
 */
import type { PreparedStatement } from '../event-store/prepared-query.js';
import type { StreamId } from '@json-database-sync/domain';
import { binaryArray, type ElementType } from './binary-array.js';
import {
  APPLIED,
  CONFLICT,
  DOCUMENT,
  EVENT,
  KEYFRAME,
  MUTATION,
  WORKING,
  type Column,
  type SqlType,
} from './commit-rows.js';

const FIXED_PARAMETERS = 4;

/** What a batch holds. PostgreSQL takes time for each part of a statement, also where there is nothing for it to do. */
interface Contents {
  /** No stream gets more than one event: then each is chained by itself, without a window over the stream's events. */
  readonly single: boolean;
  readonly conflicts: boolean;
  readonly keyframes: boolean;
  readonly applied: boolean;
}

/**
 * `$1` to `$4`: the streams, how many events each gets, the time of the commit, and what each stream's digest changes by.
 * The row lists follow.
 */
function buildText(batch: Contents): string {
  let parameter = FIXED_PARAMETERS;
  /** A row list as a table `r`, one array parameter a column. */
  const rows = <Row>(columns: readonly Column<Row>[]): string => {
    const arrays = columns.map(({ type }) => `$${++parameter}::${sentAs(type)}[]`);
    return `unnest(${arrays.join(', ')}) AS r (${columns.map(({ name }) => name).join(', ')})`;
  };
  const stored = <Row>(columns: readonly Column<Row>[]): readonly Column<Row>[] =>
    columns.filter(({ name }) => !WORKING.includes(name));
  const listed = <Row>(columns: readonly Column<Row>[]): string =>
    stored(columns)
      .map(({ name }) => name)
      .join(', ');
  const selected = <Row>(columns: readonly Column<Row>[]): string =>
    stored(columns)
      .map(({ name, type }) => (type === 'json' || type === 'jsonb' ? `r.${name}::${type}` : `r.${name}`))
      .join(', ');
  const replaced = DOCUMENT.map(({ name }) => name).filter(
    (name) => !['stream_id', 'place', 'id', 'user_id', 'created_at', 'version'].includes(name),
  );

  return `
    WITH locked AS MATERIALIZED (
      SELECT id, head_hash FROM streams WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE
    ), chained AS MATERIALIZED (
      SELECT r.*, ${
        batch.single
          ? 'sha256(l.head_hash || r.body_hash)'
          : 'event_chain(l.head_hash, r.body_hash) OVER (PARTITION BY r.stream_id ORDER BY r.place)'
      } AS hash
        FROM ${rows(EVENT)} JOIN locked l ON l.id = r.stream_id
    ), heads AS ${batch.single ? '' : 'MATERIALIZED'} (
      SELECT ${batch.single ? '' : 'DISTINCT ON (stream_id)'} stream_id AS id, hash FROM chained
      ${batch.single ? '' : 'ORDER BY stream_id, place DESC'}
    ), counted AS (
      UPDATE streams s SET last_sequence = s.last_sequence + n.count, head_hash = coalesce(h.hash, s.head_hash),
             state_digest = s.state_digest # n.digest
        FROM unnest($1::uuid[], $2::int[], $4::bigint[]) AS n (id, count, digest) JOIN locked USING (id) LEFT JOIN heads h USING (id)
       WHERE s.id = n.id
      RETURNING s.id, s.last_sequence - n.count AS base
    ), new_events AS (
      INSERT INTO events (sequence, hash, ${listed(EVENT)})
      SELECT c.base + r.place, r.hash, ${selected(EVENT)} FROM chained r JOIN counted c ON c.id = r.stream_id
    ), new_documents AS (
      INSERT INTO documents (last_sequence, ${listed(DOCUMENT)})
      SELECT c.base + r.place, ${selected(DOCUMENT)} FROM ${rows(DOCUMENT)} JOIN counted c ON c.id = r.stream_id
      ON CONFLICT (stream_id, id) DO UPDATE
         SET last_sequence = excluded.last_sequence,
             version = CASE WHEN documents.version < excluded.version THEN excluded.version END,
             ${replaced.map((name) => `${name} = excluded.${name}`).join(', ')}
    ), new_mutations AS (
      INSERT INTO mutations (sequence, created_at, ${listed(MUTATION)})
      SELECT c.base + r.place, $3, ${selected(MUTATION)} FROM ${rows(MUTATION)} JOIN counted c ON c.id = r.stream_id
    )${optional(
      batch.conflicts,
      () => `, new_conflicts AS (
      INSERT INTO conflicts (created_at, ${listed(CONFLICT)})
      SELECT $3, ${selected(CONFLICT)} FROM ${rows(CONFLICT)}
    )`,
    )}${optional(
      batch.keyframes,
      () => `, new_keyframes AS (
      INSERT INTO keyframes (${listed(KEYFRAME)})
      SELECT ${selected(KEYFRAME)} FROM ${rows(KEYFRAME)} JOIN counted c ON c.id = r.stream_id
    )`,
    )}${optional(
      batch.applied,
      () => `, applied_conflicts AS (
      UPDATE conflicts c SET status = 'applied', resolved_at = $3, resolved_by_mutation = r.mutation_id
        FROM ${rows(APPLIED)}
       WHERE c.stream_id = r.stream_id AND c.id = r.id AND c.document_id = r.document_id AND c.status <> 'applied'
    )`,
    )}
    SELECT id, base FROM counted`;
}

const optional = (wanted: boolean, text: () => string): string => (wanted ? text() : '');

/** Json goes as text and is cast one by one. */
function sentAs(type: SqlType): ElementType {
  return type === 'json' || type === 'jsonb' ? 'text' : type;
}

const statements = new Map<string, PreparedStatement>();

function statementWith(batch: Contents): PreparedStatement {
  const name = ['commit', ...Object.entries(batch).flatMap(([part, wanted]) => (wanted ? [part] : []))].join('_');
  const known = statements.get(name) ?? { name, text: buildText(batch) };
  statements.set(name, known);
  return known;
}

/**
 * The statement for what there is, and its parameters as they are sent.
 * @param parameters as `commitParameters` gives them
 */
export function commitCall(parameters: readonly unknown[]): { statement: PreparedStatement; values: unknown[] } {
  const [streams, counts, now, digests] = parameters;
  const values = [encode('uuid', streams), encode('int', counts), now, encode('bigint', digests)];
  let at = FIXED_PARAMETERS;
  const take = (columns: readonly { readonly type: SqlType }[], isOptional: boolean): boolean => {
    const arrays = parameters.slice(at, at + columns.length);
    at += columns.length;
    const [first] = arrays;
    if (isOptional && Array.isArray(first) && first.length === 0) return false;
    values.push(...arrays.map((array, index) => encode(sentAs(columns[index]?.type ?? 'text'), array)));
    return true;
  };
  for (const columns of [EVENT, DOCUMENT, MUTATION]) take(columns, false);
  const batch = {
    single: Array.isArray(counts) && counts.every((count) => count <= 1),
    conflicts: take(CONFLICT, true),
    keyframes: take(KEYFRAME, true),
    applied: take(APPLIED, true),
  };
  return { statement: statementWith(batch), values };
}

function encode(type: ElementType, array: unknown): Buffer {
  if (!Array.isArray(array)) throw new TypeError('a parameter of the commit is no list');
  return binaryArray(type, array);
}

/** A row of the statement's answer. */
export interface CountedRow {
  readonly id: StreamId;
  /** The stream's last sequence before the batch; bigint comes as text. */
  readonly base: string;
}
