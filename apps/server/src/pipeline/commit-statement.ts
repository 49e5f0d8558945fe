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
import {
  bodyHash,
  canonicalEvent,
  keyframeDue,
  type CanonicalEvent,
  type ConflictId,
  type StreamId,
} from '@json-database-sync/domain';
import type { PreparedStatement } from '../event-store/prepared-query.js';
import { sha256 } from '../sha256.js';
import type { BatchPlan, PlannedEvent, PlannedMutation } from './batch-plan.js';
import { binaryArray, type ElementType } from './binary-array.js';
import { digestChanges } from './digest-changes.js';
import { cacheKey } from './document-cache.js';

type SqlType = 'uuid' | 'int' | 'text' | 'json' | 'jsonb' | 'timestamptz' | 'bytea';

/** A column of a row list: its name, its SQL type and where its value comes from. */
interface Column<Row> {
  readonly name: string;
  readonly type: SqlType;
  readonly value: (row: Row) => unknown;
}

const column = <Row>(name: string, type: SqlType, value: (row: Row) => unknown): Column<Row> => ({ name, type, value });

interface EventRowSource extends PlannedEvent, CanonicalEvent {
  readonly body: Uint8Array;
}

export interface DocumentRowSource extends PlannedEvent {
  readonly content: string;
}

const EVENT: readonly Column<EventRowSource>[] = [
  column('stream_id', 'uuid', ({ event }) => event.streamId),
  column('place', 'int', ({ place }) => place),
  column('document_id', 'uuid', ({ event }) => event.documentId),
  column('version', 'int', ({ event }) => event.version),
  column('type', 'text', ({ event }) => event.type),
  column('user_id', 'uuid', ({ event }) => event.userId),
  column('client_id', 'uuid', ({ event }) => event.clientId),
  column('mutation_id', 'uuid', ({ event }) => event.mutationId),
  column('revision_id', 'text', ({ event }) => event.revisionId),
  column('vector_clock', 'json', ({ event }) => JSON.stringify(event.vectorClock)),
  column('forward_patch', 'json', ({ forward }) => forward),
  column('reverse_patch', 'json', ({ reverse }) => reverse),
  column('title_from', 'text', ({ event }) => (event.type === 'update' ? (event.title?.from ?? null) : null)),
  column('title_to', 'text', ({ event }) => (event.type === 'update' ? (event.title?.to ?? null) : null)),
  column('cause_kind', 'text', ({ event }) => event.cause?.kind ?? null),
  column('cause_version', 'int', ({ event }) => event.cause?.version ?? null),
  column('characters', 'int', ({ forward, reverse }) => (forward?.length ?? 0) + (reverse?.length ?? 0)),
  column('created_at', 'timestamptz', ({ event }) => event.createdAt),
  column('body_hash', 'bytea', ({ body }) => body),
];

/** In row lists, but not in tables: what numbers a row, and what its hash is chained from. */
const WORKING = ['place', 'body_hash'];

const DOCUMENT: readonly Column<DocumentRowSource>[] = [
  column('stream_id', 'uuid', ({ state }) => state.streamId),
  column('place', 'int', ({ place }) => place),
  column('id', 'uuid', ({ state }) => state.id),
  column('user_id', 'uuid', ({ state }) => state.userId),
  column('title', 'text', ({ state }) => state.title),
  column('content', 'jsonb', ({ content }) => content),
  column('version', 'int', ({ state }) => state.version),
  column('revision_id', 'text', ({ state }) => state.revisionId),
  column('vector_clock', 'json', ({ state }) => JSON.stringify(state.vectorClock)),
  column('characters', 'int', ({ content }) => content.length),
  column('created_at', 'timestamptz', ({ state }) => state.createdAt),
  column('updated_at', 'timestamptz', ({ state }) => state.updatedAt),
  column('deleted_at', 'timestamptz', ({ state }) => state.deletedAt),
];

/** The document whole, at the versions where that is due. */
const KEYFRAME: readonly Column<PlannedEvent>[] = [
  column('stream_id', 'uuid', ({ state }) => state.streamId),
  column('document_id', 'uuid', ({ state }) => state.id),
  column('version', 'int', ({ state }) => state.version),
  column('user_id', 'uuid', ({ state }) => state.userId),
  column('title', 'text', ({ state }) => state.title),
  column('content', 'json', ({ contentText }) => contentText),
  column('revision_id', 'text', ({ state }) => state.revisionId),
  column('vector_clock', 'json', ({ state }) => JSON.stringify(state.vectorClock)),
  column('created_at', 'timestamptz', ({ state }) => state.createdAt),
  column('updated_at', 'timestamptz', ({ state }) => state.updatedAt),
  column('deleted_at', 'timestamptz', ({ state }) => state.deletedAt),
];

const MUTATION: readonly Column<PlannedMutation>[] = [
  column('stream_id', 'uuid', ({ state }) => state.streamId),
  column('place', 'int', ({ place }) => place),
  column('mutation_id', 'uuid', ({ submission }) => submission.author.mutationId),
  column('document_id', 'uuid', ({ state }) => state.id),
  column('status', 'text', ({ status }) => status),
  column('version', 'int', ({ state }) => state.version),
  column('conflict_id', 'uuid', ({ conflict }) => conflict?.id ?? null),
];

const CONFLICT: readonly Column<PlannedMutation>[] = [
  column('stream_id', 'uuid', ({ state }) => state.streamId),
  column('id', 'uuid', ({ conflict }) => conflict?.id),
  column('document_id', 'uuid', ({ state }) => state.id),
  column('user_id', 'uuid', ({ submission }) => submission.author.userId),
  column('client_id', 'uuid', ({ submission }) => submission.author.clientId),
  column('mutation_id', 'uuid', ({ submission }) => submission.author.mutationId),
  column('base_version', 'int', ({ conflict }) => conflict?.baseVersion),
  column('server_version', 'int', ({ conflict }) => conflict?.serverVersion),
  column('strategy', 'text', ({ conflict }) => conflict?.strategy),
  column('reason', 'text', ({ conflict }) => conflict?.reason),
  column('command', 'json', ({ submission }) => JSON.stringify(submission.command)),
  column('dropped', 'json', ({ conflict }) => JSON.stringify(conflict?.dropped)),
  column('dropped_title', 'text', ({ conflict }) => conflict?.droppedTitle ?? null),
];

/** A loss that a mutation has brought back. */
interface AppliedConflict {
  readonly planned: PlannedMutation;
  readonly conflictId: ConflictId;
}

const APPLIED: readonly Column<AppliedConflict>[] = [
  column('stream_id', 'uuid', ({ planned }) => planned.state.streamId),
  column('id', 'uuid', ({ conflictId }) => conflictId),
  column('document_id', 'uuid', ({ planned }) => planned.state.id),
  column('mutation_id', 'uuid', ({ planned }) => planned.submission.author.mutationId),
];

/** The row lists in the order of their parameters, by the table that they go to. */
export const INSERTIONS: readonly {
  readonly table: string;
  readonly columns: readonly { readonly name: string; readonly type: SqlType }[];
}[] = [
  { table: 'events', columns: EVENT },
  { table: 'documents', columns: DOCUMENT },
  { table: 'mutations', columns: MUTATION },
  { table: 'conflicts', columns: CONFLICT },
  { table: 'keyframes', columns: KEYFRAME },
];

/**
 * `$1` to `$4`: the streams, how many events each gets, the time of the commit, and what each stream's digest changes by.
 * The row lists follow.
 */
function buildText(): string {
  let parameter = 4;
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
      SELECT r.*, event_chain(l.head_hash, r.body_hash) OVER (PARTITION BY r.stream_id ORDER BY r.place) AS hash
        FROM ${rows(EVENT)} JOIN locked l ON l.id = r.stream_id
    ), heads AS MATERIALIZED (
      SELECT DISTINCT ON (stream_id) stream_id AS id, hash FROM chained ORDER BY stream_id, place DESC
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
    ), new_conflicts AS (
      INSERT INTO conflicts (created_at, ${listed(CONFLICT)})
      SELECT $3, ${selected(CONFLICT)} FROM ${rows(CONFLICT)}
    ), new_keyframes AS (
      INSERT INTO keyframes (${listed(KEYFRAME)})
      SELECT ${selected(KEYFRAME)} FROM ${rows(KEYFRAME)} JOIN counted c ON c.id = r.stream_id
    ), applied_conflicts AS (
      UPDATE conflicts c SET status = 'applied', resolved_at = $3, resolved_by_mutation = r.mutation_id
        FROM ${rows(APPLIED)}
       WHERE c.stream_id = r.stream_id AND c.id = r.id AND c.document_id = r.document_id AND c.status <> 'applied'
    )
    SELECT id, base FROM counted`;
}

export const COMMIT: PreparedStatement = { name: 'commit_batch', text: buildText() };

/** Json goes as text and is cast one by one. */
function sentAs(type: SqlType): ElementType {
  return type === 'json' || type === 'jsonb' ? 'text' : type;
}

/** What each parameter is an array of; null for the time of the commit, which is none. */
const ELEMENT_TYPES: readonly (ElementType | null)[] = [
  'uuid',
  'int',
  null,
  'bigint',
  ...[...INSERTIONS.map(({ columns }) => columns), APPLIED].flatMap((columns) =>
    columns.map(({ type }) => sentAs(type)),
  ),
];

/** The parameters as they are sent. */
export function encodeParameters(parameters: readonly unknown[]): unknown[] {
  return parameters.map((parameter, index) => {
    const type = ELEMENT_TYPES[index];
    return type && Array.isArray(parameter) ? binaryArray(type, parameter) : parameter;
  });
}

/** Only the last state of a document in the batch is written. */
export function documentRows(plan: BatchPlan): DocumentRowSource[] {
  const last = new Map<string, PlannedEvent>();
  for (const planned of plan.events) last.set(cacheKey(planned.event), planned);
  return [...last.values()].map((planned) => ({ ...planned, content: planned.contentText }));
}

export function commitParameters(plan: BatchPlan, documents: readonly DocumentRowSource[], now: string): unknown[] {
  const events = plan.events.map((planned): EventRowSource => {
    const canonical = canonicalEvent(planned.event, planned.contentText);
    return { ...planned, ...canonical, body: bodyHash(canonical.record, sha256) };
  });
  const conflicts = plan.mutations.filter(({ conflict }) => conflict !== null);
  return [
    [...plan.streams.keys()],
    [...plan.streams.values()],
    now,
    digestChanges(plan),
    ...arrays(EVENT, events),
    ...arrays(DOCUMENT, documents),
    ...arrays(MUTATION, plan.mutations),
    ...arrays(CONFLICT, conflicts),
    ...arrays(
      KEYFRAME,
      plan.events.filter(({ event }) => keyframeDue(event.version)),
    ),
    ...arrays(APPLIED, plan.mutations.flatMap(appliedBy)),
  ];
}

/** One that lost in turn has a conflict of its own, and what it was to bring back stays open. */
function appliedBy(planned: PlannedMutation): AppliedConflict[] {
  const { command } = planned.submission;
  const conflictId = command.kind === 'update' || command.kind === 'delete' ? command.appliesConflict : undefined;
  return conflictId === undefined || planned.conflict ? [] : [{ planned, conflictId }];
}

function arrays<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): unknown[][] {
  return columns.map(({ value }) => rows.map(value));
}

/** A row of the statement's answer. */
export interface CountedRow {
  readonly id: StreamId;
  /** The stream's last sequence before the batch; bigint comes as text. */
  readonly base: string;
}
