/** What a batch writes, as the rows and columns of the commit statement. */
import {
  bodyHash,
  canonicalEvent,
  keyframeDue,
  type CanonicalEvent,
  type ConflictId,
} from '@json-database-sync/domain';
import { toBringBack } from '../conflicts/brought-back.js';
import { sha256 } from '../sha256.js';
import type { BatchPlan, PlannedEvent, PlannedMutation } from './batch-plan.js';
import { digestChanges } from './digest-changes.js';
import { cacheKey } from './document-cache.js';

export type SqlType = 'uuid' | 'int' | 'text' | 'json' | 'jsonb' | 'timestamptz' | 'bytea';

/** A column of a row list: its name, its SQL type and where its value comes from. */
export interface Column<Row> {
  readonly name: string;
  readonly type: SqlType;
  readonly value: (row: Row) => unknown;
}

const column = <Row>(name: string, type: SqlType, value: (row: Row) => unknown): Column<Row> => ({ name, type, value });

export interface EventRowSource extends PlannedEvent, CanonicalEvent {
  readonly body: Uint8Array;
}

export interface DocumentRowSource extends PlannedEvent {
  readonly content: string;
}

export const EVENT: readonly Column<EventRowSource>[] = [
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
  column('characters', 'int', charactersOf),
  column('created_at', 'timestamptz', ({ event }) => event.createdAt),
  column('body_hash', 'bytea', ({ body }) => body),
];

/** In row lists, but not in tables: what numbers a row, and what its hash is chained from. */
export const WORKING = ['place', 'body_hash'];

export const DOCUMENT: readonly Column<DocumentRowSource>[] = [
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
export const KEYFRAME: readonly Column<PlannedEvent>[] = [
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

export const MUTATION: readonly Column<PlannedMutation>[] = [
  column('stream_id', 'uuid', ({ state }) => state.streamId),
  column('place', 'int', ({ place }) => place),
  column('mutation_id', 'uuid', ({ submission }) => submission.author.mutationId),
  column('document_id', 'uuid', ({ state }) => state.id),
  column('status', 'text', ({ status }) => status),
  column('version', 'int', ({ state }) => state.version),
  column('conflict_id', 'uuid', ({ conflict }) => conflict?.id ?? null),
];

export const CONFLICT: readonly Column<PlannedMutation>[] = [
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

export const APPLIED: readonly Column<AppliedConflict>[] = [
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

/** Only the last state of a document in the batch is written. */
export function documentRows(plan: BatchPlan): DocumentRowSource[] {
  const last = new Map<string, PlannedEvent>();
  for (const planned of plan.events) last.set(cacheKey(planned.event), planned);
  return [...last.values()].map((planned) => ({ ...planned, content: planned.contentText }));
}

/** The events with their texts and their hashes. */
export function eventRows({ events }: Pick<BatchPlan, 'events'>): EventRowSource[] {
  return events.map((planned) => {
    const { event, before, state, contentText, place } = planned;
    const { record, forward, reverse } = canonicalEvent(event, contentText);
    return { event, before, state, contentText, place, record, forward, reverse, body: bodyHash(record, sha256) };
  });
}

/** Length of both patches as JSON text. */
export function charactersOf({ forward, reverse }: Pick<EventRowSource, 'forward' | 'reverse'>): number {
  return (forward?.length ?? 0) + (reverse?.length ?? 0);
}

export function commitParameters(
  plan: BatchPlan,
  events: readonly EventRowSource[],
  documents: readonly DocumentRowSource[],
  now: string,
): unknown[] {
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
  const lost = planned.conflict ? null : toBringBack(planned.submission.command);
  return lost === null ? [] : [{ planned, conflictId: lost.conflictId }];
}

function arrays<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): unknown[][] {
  return columns.map(({ value }) => rows.map(value));
}
