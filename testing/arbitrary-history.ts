/**
 * Whole lives of a document for property tests: several clients, each at a version of its own, send commands of every
 * kind through `decide`. Every step is kept with what the server knew when it decided.
 */
import {
  advanceClock,
  canonicalJson,
  decide,
  formatPointer,
  type ClientId,
  type Decision,
  type DecisionContext,
  type DocumentCommand,
  type DocumentEvent,
  type DocumentState,
  type JsonPatch,
  type JsonPatchOperation,
  type JsonValue,
  type VectorClock,
} from '@json-database-sync/domain';
import fc from 'fast-check';
import { arbitraryJson, arbitraryKey, arbitraryObject } from './arbitrary-json.js';
import { contextFor, DOCUMENT, LAPTOP, mutationOf, PHONE, STREAM, timeOf, type History } from './decider.js';
import { modelApply, placesIn } from './patch-model.js';

const CLIENTS: readonly ClientId[] = [LAPTOP, PHONE];

/** Few places on purpose, so that concurrent changes meet. */
const writing = fc.record({
  op: fc.constantFrom('add', 'add', 'remove', 'replace', 'replace', 'move', 'copy', 'test'),
  place: fc.nat({ max: 12 }),
  other: fc.nat({ max: 12 }),
  token: fc.oneof(arbitraryKey, fc.constantFrom('-', '0')),
  asChild: fc.boolean(),
  value: fc.oneof(fc.constantFrom<JsonValue>('x', 1), arbitraryJson),
});
type Writing = typeof writing extends fc.Arbitrary<infer T> ? T : never;

const command = fc.record({
  kind: fc.constantFrom('update', 'update', 'update', 'update', 'update', 'delete', 'restore', 'create'),
  client: fc.nat({ max: CLIENTS.length - 1 }),
  /** Versions that the author is behind; null: it names no base. */
  behind: fc.option(fc.nat({ max: 4 }), { freq: 5 }),
  knowsOwnChanges: fc.boolean(),
  clock: fc.constantFrom('none', 'none', 'none', 'of the base', 'unrelated'),
  writings: fc.array(writing, { maxLength: 5 }),
  title: fc.option(fc.constantFrom('Groceries', 'Errands', 'Plans'), { freq: 2, nil: undefined }),
});
type CommandSeed = typeof command extends fc.Arbitrary<infer T> ? T : never;

/** One command, what it was decided on and what it came to. */
export interface Step {
  readonly before: DocumentState | undefined;
  readonly command: DocumentCommand;
  readonly context: DecisionContext;
  readonly decision: Decision;
}

export interface Life extends History {
  readonly steps: readonly Step[];
}

/** How the stream of a life settles what overlaps. */
export type Settling = Pick<DecisionContext, 'strategy' | 'resolver'>;

export const arbitraryLifeUnder = (settling: Settling): fc.Arbitrary<Life> =>
  fc
    .tuple(arbitraryObject, fc.array(command, { minLength: 1, maxLength: 14 }))
    .map(([content, seeds]) => live(content, seeds, settling));

export const arbitraryLife = arbitraryLifeUnder({ strategy: 'server_wins' });

function live(content: JsonValue, seeds: readonly CommandSeed[], settling: Settling): Life {
  const events: DocumentEvent[] = [];
  const states: (DocumentState | undefined)[] = [undefined];
  const steps: Step[] = [];
  const take = (next: DocumentCommand, clientId: ClientId): void => {
    const before = states.at(-1);
    const past: History = { events, states, state: before };
    const round = steps.length + 1;
    const author = { now: timeOf(round), clientId, mutationId: mutationOf(round) };
    const context = contextFor(past, next, { ...author, ...settling });
    const decision = decide(before, next, context);
    steps.push({ before, command: next, context, decision });
    if (decision.outcome !== 'accepted' || !decision.event) return;
    events.push(decision.event);
    states.push(decision.state);
  };
  take({ kind: 'create', streamId: STREAM, documentId: DOCUMENT, title: 'Groceries', content }, LAPTOP);
  for (const seed of seeds) take(commandFrom(seed, states), CLIENTS[seed.client]!);
  return { events, states, state: states.at(-1), steps };
}

function commandFrom(seed: CommandSeed, states: readonly (DocumentState | undefined)[]): DocumentCommand {
  const head = { streamId: STREAM, documentId: DOCUMENT };
  const base = Math.max(1, states.length - 1 - (seed.behind ?? 0));
  const known = states[base]!;
  const baseVersion = seed.behind === null ? null : base;
  const { knowsOwnChanges } = seed;
  switch (seed.kind) {
    case 'create':
      return { ...head, kind: 'create', title: seed.title ?? known.title, content: known.content };
    case 'delete':
      return { ...head, kind: 'delete', baseVersion, knowsOwnChanges };
    case 'restore':
      return { ...head, kind: 'restore' };
    default: {
      const vectorClock = clockFrom(seed, known);
      return {
        ...head,
        kind: 'update',
        baseVersion,
        knowsOwnChanges,
        patch: patchFrom(known.content, seed.writings),
        ...(seed.title !== undefined && { title: seed.title }),
        ...(vectorClock && { vectorClock }),
      };
    }
  }
}

function clockFrom(seed: CommandSeed, known: DocumentState): VectorClock | undefined {
  if (seed.clock === 'none') return undefined;
  return advanceClock(seed.clock === 'of the base' ? known.vectorClock : {}, CLIENTS[seed.client]!);
}

/** Operations that apply one after the other to what the author knew; those that do not are left out. */
function patchFrom(content: JsonValue, writings: readonly Writing[]): JsonPatch {
  const patch: JsonPatchOperation[] = [];
  let current = content;
  for (const next of writings) {
    const operation = operationFrom(current, next);
    const after = operation && modelApply(current, [operation]);
    // Copies of copies would make the checks the slowest part of the test.
    if (!operation || after === undefined || canonicalJson(after).length > 3_000) continue;
    patch.push(operation);
    current = after;
  }
  return patch;
}

function operationFrom(content: JsonValue, { op, place, other, token, asChild, value }: Writing): JsonPatchOperation {
  const places = placesIn(content);
  const existing = places[place % places.length]!;
  const path = asChild ? `${existing}${formatPointer([token])}` : existing;
  switch (op) {
    case 'add':
      return { op, path, value };
    case 'move':
    case 'copy':
      return { op, from: places[other % places.length]!, path };
    case 'remove':
      return { op, path: existing };
    case 'test':
      return { op, path: existing, value };
    default:
      return { op: 'replace', path: existing, value };
  }
}
