/** What a batch writes, as the rows and columns of the commit statement (`commit-statement.ts`). */
import {
  bodyHash,
  canonicalEvent,
  keyframeDue,
  type CanonicalEvent,
  type ConflictId,
  type StreamId,
} from '@json-database-sync/domain';
import { toBringBack } from '../conflicts/brought-back.js';
import { sha256 } from '../sha256.js';
import type { BatchPlan, PlannedEvent, PlannedMutation } from './batch-plan.js';
import type { Field, SqlType } from './binary-values.js';
import { digestChanges } from './digest-changes.js';
import { cacheKey } from './document-cache.js';

/** A column of a row list: its name, its SQL type and where its value comes from. */
export interface Column<Row> extends Field<Row> {
  readonly name: string;
}

const column = <Row>(name: string, type: SqlType, value: (row: Row) => unknown): Column<Row> => ({ name, type, value });

export interface EventRowSource extends PlannedEvent, CanonicalEvent {
  readonly body: Uint8Array;
}

/** A stream of the batch. */
export interface StreamRow {
  readonly id: StreamId;
  /** How many events it gets. */
  readonly count: number;
  /** What its digest changes by. */
  readonly digest: bigint;
  /** Of its event, where it gets just one. */
  readonly body: Uint8Array | null;
}

export const COMMIT_STREAM: readonly Column<StreamRow>[] = [
  column('id', 'uuid', ({ id }) => id),
  column('count', 'int', ({ count }) => count),
  column('digest', 'bigint', ({ digest }) => digest),
  column('body_hash', 'bytea', ({ body }) => body),
];

/** A mutation with what it made: its event, and the document where no later event of the batch is the document's. */
export interface CommitRow {
  readonly mutation: PlannedMutation;
  readonly event: EventRowSource | null;
  readonly document: EventRowSource | null;
}

/** `place` numbers a row in its stream; `body_hash` is what its hash is chained from. */
export const COMMIT_ROW: readonly Column<CommitRow>[] = [
  column('stream_id', 'uuid', ({ mutation }) => mutation.state.streamId),
  column('place', 'int', ({ mutation }) => mutation.place),
  column('document_id', 'uuid', ({ mutation }) => mutation.state.id),
  column('version', 'int', ({ mutation }) => mutation.state.version),
  column('mutation_id', 'uuid', ({ mutation }) => mutation.submission.author.mutationId),
  column('status', 'text', ({ mutation }) => mutation.status),
  column('conflict_id', 'uuid', ({ mutation }) => mutation.conflict?.id ?? null),
  column('event_type', 'text', ({ event }) => event?.event.type),
  column('author_id', 'uuid', ({ event }) => event?.event.userId),
  column('client_id', 'uuid', ({ event }) => event?.event.clientId),
  column('revision_id', 'text', ({ event }) => event?.event.revisionId),
  column('vector_clock', 'json', ({ event }) => event && JSON.stringify(event.event.vectorClock)),
  column('forward_patch', 'json', ({ event }) => event?.forward),
  column('reverse_patch', 'json', ({ event }) => event?.reverse),
  column('title_from', 'text', ({ event }) => titleOf(event)?.from),
  column('title_to', 'text', ({ event }) => titleOf(event)?.to),
  column('cause_kind', 'text', ({ event }) => event?.event.cause?.kind),
  column('cause_version', 'int', ({ event }) => event?.event.cause?.version),
  column('event_characters', 'int', ({ event }) => event && charactersOf(event)),
  column('event_at', 'timestamptz', ({ event }) => event?.event.createdAt),
  column('body_hash', 'bytea', ({ event }) => event?.body),
  column('owner_id', 'uuid', ({ document }) => document?.state.userId),
  column('title', 'text', ({ document }) => document?.state.title),
  column('content', 'jsonb', ({ document }) => document?.contentText),
  column('content_characters', 'int', ({ document }) => document?.contentText.length),
  column('created_at', 'timestamptz', ({ document }) => document?.state.createdAt),
  column('updated_at', 'timestamptz', ({ document }) => document?.state.updatedAt),
  column('deleted_at', 'timestamptz', ({ document }) => document?.state.deletedAt),
];

/** What goes to a table from the rows that have something for it, by the table's columns; each says the row's. */
export interface Insertion {
  readonly table: string;
  /** Null in the rows that have nothing for the table. */
  readonly present: string;
  readonly columns: Readonly<Record<string, string>>;
}

/** The clock, version and revision after an event are its document's. */
const SHARED = { stream_id: 'stream_id', version: 'version', revision_id: 'revision_id', vector_clock: 'vector_clock' };

export const EVENT = {
  table: 'events',
  present: 'event_type',
  columns: {
    ...SHARED,
    document_id: 'document_id',
    type: 'event_type',
    user_id: 'author_id',
    client_id: 'client_id',
    mutation_id: 'mutation_id',
    forward_patch: 'forward_patch',
    reverse_patch: 'reverse_patch',
    title_from: 'title_from',
    title_to: 'title_to',
    cause_kind: 'cause_kind',
    cause_version: 'cause_version',
    characters: 'event_characters',
    created_at: 'event_at',
  },
} as const satisfies Insertion;

export const DOCUMENT = {
  table: 'documents',
  present: 'content',
  columns: {
    ...SHARED,
    id: 'document_id',
    user_id: 'owner_id',
    title: 'title',
    content: 'content',
    characters: 'content_characters',
    created_at: 'created_at',
    updated_at: 'updated_at',
    deleted_at: 'deleted_at',
  },
} as const satisfies Insertion;

export const MUTATION = {
  table: 'mutations',
  present: 'status',
  columns: {
    stream_id: 'stream_id',
    mutation_id: 'mutation_id',
    document_id: 'document_id',
    status: 'status',
    version: 'version',
    conflict_id: 'conflict_id',
  },
} as const satisfies Insertion;

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
export interface AppliedConflict {
  readonly planned: PlannedMutation;
  readonly conflictId: ConflictId;
}

export const APPLIED: readonly Column<AppliedConflict>[] = [
  column('stream_id', 'uuid', ({ planned }) => planned.state.streamId),
  column('id', 'uuid', ({ conflictId }) => conflictId),
  column('document_id', 'uuid', ({ planned }) => planned.state.id),
  column('mutation_id', 'uuid', ({ planned }) => planned.submission.author.mutationId),
];

/** The events with their texts and their hashes. */
export function eventRows({ events }: Pick<BatchPlan, 'events'>): EventRowSource[] {
  return events.map((planned) => {
    const { event, before, state, contentText, place } = planned;
    const { record, forward, reverse } = canonicalEvent(event, contentText);
    return { event, before, state, contentText, place, record, forward, reverse, body: bodyHash(record, sha256) };
  });
}

function titleOf(row: EventRowSource | null) {
  return row?.event.type === 'update' ? row.event.title : null;
}

/** Length of both patches as JSON text. */
export function charactersOf({ forward, reverse }: Pick<EventRowSource, 'forward' | 'reverse'>): number {
  return (forward?.length ?? 0) + (reverse?.length ?? 0);
}

/** All that a batch writes. */
export interface CommitInput {
  readonly now: string;
  readonly streams: readonly StreamRow[];
  readonly rows: readonly CommitRow[];
  readonly conflicts: readonly PlannedMutation[];
  readonly keyframes: readonly PlannedEvent[];
  readonly applied: readonly AppliedConflict[];
}

/** @param events those of the plan, as `eventRows` gives them: one for each mutation that stored one, in their order */
export function commitInput(plan: BatchPlan, events: readonly EventRowSource[], now: string): CommitInput {
  const last = new Map<string, EventRowSource>();
  for (const row of events) last.set(cacheKey(row.event), row);
  let next = 0;
  const rows = plan.mutations.map((mutation): CommitRow => {
    const event = mutation.stored ? (events[next++] ?? null) : null;
    return { mutation, event, document: event && last.get(cacheKey(event.event)) === event ? event : null };
  });
  return {
    now,
    streams: streamRows(plan, events),
    rows,
    conflicts: plan.mutations.filter(({ conflict }) => conflict !== null),
    keyframes: plan.events.filter(({ event }) => keyframeDue(event.version)),
    applied: plan.mutations.flatMap(appliedBy),
  };
}

function streamRows(plan: BatchPlan, events: readonly EventRowSource[]): StreamRow[] {
  const bodies = new Map(events.map(({ event, body }) => [event.streamId, body]));
  const digests = digestChanges(plan);
  return [...plan.streams].map(([id, count], index) => ({
    id,
    count,
    digest: digests[index] ?? 0n,
    body: count === 1 ? (bodies.get(id) ?? null) : null,
  }));
}

/** One that lost in turn has a conflict of its own, and what it was to bring back stays open. */
function appliedBy(planned: PlannedMutation): AppliedConflict[] {
  const lost = planned.conflict ? null : toBringBack(planned.submission.command);
  return lost === null ? [] : [{ planned, conflictId: lost.conflictId }];
}
