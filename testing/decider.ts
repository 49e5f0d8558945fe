/**
 * For specs of the decider: histories made of events (not of decisions, so that a fault in `decide` cannot hide in its
 * own premises), and what a server would hand to `decide` for a command.
 */
import { createHash } from 'node:crypto';
import {
  advanceClock,
  applyWithReverse,
  clientIdSchema,
  decide,
  documentIdSchema,
  evolve,
  fingerprint,
  historyNeeded,
  mutationIdSchema,
  streamIdSchema,
  userIdSchema,
  type ClientId,
  type Decision,
  type DecisionContext,
  type DocumentCommand,
  type DocumentEvent,
  type DocumentState,
  type JsonPatch,
  type JsonPatchOperation,
  type JsonValue,
  type UpdateDocumentCommand,
} from '@json-database-sync/domain';

export const STREAM = streamIdSchema.parse('00000000-0000-4000-8000-000000000001');
export const DOCUMENT = documentIdSchema.parse('00000000-0000-4000-8000-0000000000d0');
export const ALICE = userIdSchema.parse('00000000-0000-4000-8000-00000000a11c');
export const BOB = userIdSchema.parse('00000000-0000-4000-8000-000000000b0b');
/** Two clients; `LAPTOP` is the author of commands unless a spec says otherwise. */
export const LAPTOP = clientIdSchema.parse('00000000-0000-4000-8000-0000000000c1');
export const PHONE = clientIdSchema.parse('00000000-0000-4000-8000-0000000000c2');

export const sha256Hex = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');

/** An hour a version, so that every event has a time of its own. */
export const timeOf = (version: number): string => new Date(Date.UTC(2026, 0, 1, version)).toISOString();

/** The time that commands are decided at. */
export const NOW = '2027-01-01T00:00:00.000Z';

export const mutationOf = (version: number) =>
  mutationIdSchema.parse(`00000000-0000-4000-8000-${String(version).padStart(12, '0')}`);

/** Operations in short. */
export const set = (path: string, value: JsonValue): JsonPatchOperation => ({ op: 'replace', path, value });
export const put = (path: string, value: JsonValue): JsonPatchOperation => ({ op: 'add', path, value });

/** An update by the streaming dialect unless said otherwise: it names its base and knows its own changes. */
export const update = (
  baseVersion: number | null,
  patch: JsonPatch,
  change: Partial<UpdateDocumentCommand> = {},
): UpdateDocumentCommand => ({
  kind: 'update',
  streamId: STREAM,
  documentId: DOCUMENT,
  baseVersion,
  knowsOwnChanges: true,
  patch,
  ...change,
});

/** Makes the next event of a document. */
export type Happening = (state: DocumentState | undefined) => DocumentEvent;

export const created =
  (content: JsonValue, title = 'Groceries', by: ClientId = LAPTOP): Happening =>
  () => {
    const head = headOf(undefined, content, by);
    const forward: DocumentState = {
      id: DOCUMENT,
      streamId: STREAM,
      userId: ALICE,
      title,
      content,
      version: 1,
      revisionId: head.revisionId,
      vectorClock: head.vectorClock,
      createdAt: head.createdAt,
      updatedAt: head.createdAt,
      deletedAt: null,
    };
    return { ...head, type: 'create', forward, reverse: null };
  };

export const updated =
  (by: ClientId, patch: JsonPatch, title?: string): Happening =>
  (state) => {
    const before = existing(state);
    const { value, reverse } = applyWithReverse(before.content, patch);
    const change = title === undefined ? null : { from: before.title, to: title };
    return { ...headOf(before, value, by), type: 'update', forward: patch, reverse, title: change };
  };

export const deleted =
  (by: ClientId): Happening =>
  (state) => {
    const before = existing(state);
    return { ...headOf(before, before.content, by), type: 'delete', forward: null, reverse: before };
  };

export const restored =
  (by: ClientId): Happening =>
  (state) => {
    const before = existing(state);
    const head = headOf(before, before.content, by);
    const { version, revisionId, vectorClock, createdAt: updatedAt } = head;
    const forward = { ...before, version, revisionId, vectorClock, updatedAt, deletedAt: null };
    return { ...head, type: 'restore', forward, reverse: null };
  };

/** The same by somebody else. */
export const byBob =
  (happening: Happening): Happening =>
  (state) => ({ ...happening(state), userId: BOB });

export interface History {
  readonly events: readonly DocumentEvent[];
  /** By version: the first is what was there before the creation. */
  readonly states: readonly (DocumentState | undefined)[];
  readonly state: DocumentState | undefined;
}

export function history(...happenings: readonly Happening[]): History {
  const events: DocumentEvent[] = [];
  const states: (DocumentState | undefined)[] = [undefined];
  for (const happening of happenings) {
    const event = happening(states.at(-1));
    events.push(event);
    states.push(evolve(states.at(-1), event));
  }
  return { events, states, state: states.at(-1) };
}

/** The context as a server makes it up: the events that `historyNeeded` asks for, unless said otherwise. */
export function contextFor(
  { events, state }: History,
  command: DocumentCommand,
  change: Partial<DecisionContext> = {},
): DecisionContext {
  const from = historyNeeded(state, command);
  return {
    now: NOW,
    userId: ALICE,
    clientId: LAPTOP,
    mutationId: mutationOf(999),
    strategy: 'server_wins',
    sha256Hex,
    since: from === null ? [] : events.filter((event) => event.version > from),
    lost: [],
    ...change,
  };
}

export function decideAfter(past: History, command: DocumentCommand, change?: Partial<DecisionContext>): Decision {
  return decide(past.state, command, contextFor(past, command, change));
}

/** The history with the event that the command comes to. */
export function continued(past: History, command: DocumentCommand, change?: Partial<DecisionContext>): History {
  const decision = decideAfter(past, command, change);
  if (decision.outcome !== 'accepted' || !decision.event)
    throw new Error(`${command.kind}: ${JSON.stringify(decision)}`);
  const { event, state } = decision;
  return { events: [...past.events, event], states: [...past.states, state], state };
}

function existing(state: DocumentState | undefined): DocumentState {
  if (!state) throw new Error('a history begins with `created`');
  return state;
}

function headOf(before: DocumentState | undefined, content: JsonValue, by: ClientId) {
  const version = (before?.version ?? 0) + 1;
  return {
    streamId: STREAM,
    documentId: DOCUMENT,
    version,
    userId: ALICE,
    clientId: by,
    mutationId: mutationOf(version),
    revisionId: fingerprint(content, version, sha256Hex).revisionId,
    vectorClock: advanceClock(before?.vectorClock ?? {}, by),
    createdAt: timeOf(version),
    cause: null,
  };
}
