/** What is recognised without the schema is what the schema would give; and what servers write is recognised. */
import fc from 'fast-check';
import { isJsonArray, isJsonObject, type JsonValue } from '../json/json-value.js';
import { LIMITS } from '../limits.js';
import { streamingDownSchema } from './streaming-down.js';
import { mutationSchema, streamingUpSchema } from './streaming-up.js';
import { isUsualFrame, isUsualMutate, isUsualMutation } from './usual-frames.js';

const hex = (length: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length });
const uuid = fc.uuid();
const count = fc.oneof(fc.nat(), fc.constant(Number.MAX_SAFE_INTEGER));
const version = fc.oneof(fc.integer({ min: 1, max: 300 }), fc.constant(LIMITS.version));
const revision = fc.tuple(version, hex(16)).map(([generation, hash]) => `${generation}-${hash}`);
const time = fc
  .date({ min: new Date('2000-01-01T00:00:00.000Z'), max: new Date('2099-12-31T23:59:59.999Z'), noInvalidDate: true })
  .map((date) => date.toISOString())
  .filter((text) => !text.includes('-02-29'));
const node = fc.oneof(uuid, fc.string({ minLength: 1, maxLength: 5 }));
const clock = fc.dictionary(node, count, { maxKeys: 4 });
const json: fc.Arbitrary<JsonValue> = fc.jsonValue({ maxDepth: 2 }).map((value) => value as JsonValue);
const title = fc.string({ maxLength: 20 });
const nullOr = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value, { nil: null });

const document = fc.record({
  ...{ id: uuid, user_id: uuid, title, content: json, revision_id: revision, version, vector_clock: clock },
  ...{ created_at: time, updated_at: time, deleted_at: nullOr(time) },
});
const pointer = fc.constantFrom('', '/', '/a', '/a~1b/0', '/~0/-', '/\n');
const operation = fc.oneof(
  fc.record({ op: fc.constantFrom('add', 'replace', 'test'), path: pointer, value: json }),
  fc.record({ op: fc.constant('remove'), path: pointer }),
  fc.record({ op: fc.constantFrom('move', 'copy'), from: pointer, path: pointer }),
);
const patch = fc.array(operation, { maxLength: 3 });
const head = {
  ...{ sequence: count, document_id: uuid, version, user_id: uuid, client_id: uuid, mutation_id: uuid },
  ...{ revision_id: revision, vector_clock: clock, created_at: time },
  cause: nullOr(fc.record({ kind: fc.constantFrom('undo', 'redo', 'revert'), version })),
};
const none = fc.constant(null);
const event = fc.oneof(
  fc.record({ ...head, event_type: fc.constant('create'), forward_patch: document, reverse_patch: none }),
  fc.record({
    ...{ ...head, event_type: fc.constant('update'), forward_patch: patch, reverse_patch: patch },
    title: nullOr(fc.record({ from: title, to: title })),
  }),
  fc.record({ ...head, event_type: fc.constant('delete'), forward_patch: none, reverse_patch: document }),
  fc.record({ ...head, event_type: fc.constant('restore'), forward_patch: document, reverse_patch: nullOr(document) }),
);
const request = { request_id: fc.string({ minLength: 1, maxLength: 5 }) };
const changes = fc
  .record({
    ...{ type: fc.constant('changes'), stream_id: uuid, events: fc.array(event, { maxLength: 3 }) },
    ...{ latest_sequence: count, has_more: fc.boolean() },
  })
  .chain((frame) => fc.record(request, { requiredKeys: [] }).map((extra) => ({ ...frame, ...extra })));
const snapshot = fc
  .record({
    ...{ type: fc.constant('snapshot'), stream_id: uuid, sequence: count },
    ...{ documents: fc.array(document, { maxLength: 3 }), cursor: nullOr(fc.string()), total: count },
  })
  .chain((frame) => fc.record(request, { requiredKeys: [] }).map((extra) => ({ ...frame, ...extra })));
/** As it comes over the wire. */
const onWire = (made: fc.Arbitrary<unknown>): fc.Arbitrary<JsonValue> =>
  made.map((value) => JSON.parse(JSON.stringify(value)) as JsonValue);
const usual = onWire(fc.oneof(changes, snapshot));

const ids = { mutation_id: uuid, stream_id: uuid, document_id: uuid };
const update = { ...ids, kind: fc.constant('update'), base_version: fc.oneof(fc.constant(0), version), patch };
const mutation = onWire(
  fc.oneof(
    fc.record({ ...ids, kind: fc.constant('create'), title, content: json }),
    fc.record(
      { ...update, title },
      { requiredKeys: ['mutation_id', 'stream_id', 'document_id', 'kind', 'base_version', 'patch'] },
    ),
  ),
);
const mutate = onWire(
  fc.record(
    { type: fc.constant('mutate'), mutations: fc.array(mutation, { minLength: 1, maxLength: 3 }), ...request },
    { requiredKeys: ['type', 'mutations'] },
  ),
);

/** What may stand in the place of something else: nearly right, mostly. */
const strange: fc.Arbitrary<JsonValue> = fc.oneof(
  fc.constantFrom<JsonValue>(null, true, -1, 0, 1.5, 2 ** 53, '', [], {}, '/~2', 'a', 'update', 'snapshot', 'changes'),
  fc.constantFrom('2026-02-29T00:00:00.000Z', '2028-02-29T00:00:00.000Z', '2026-04-31T00:00:00.000Z'),
  fc.constantFrom('2026-01-01T00:00:00Z', '2026-01-01T24:00:00.000Z', '2026-01-01T00:00:00.000123Z'),
  fc.constantFrom('0190A000-0000-7000-8000-00000000000A', '0190a000-0000-7000-8000-00000000000g', 'x'.repeat(1001)),
  fc.constantFrom('0-0123456789abcdef', '01-0123456789abcdef', '1-0123456789abcdeF'),
  json,
);

interface Damage {
  /** Which of the places in the frame, as a part of them all. */
  readonly at: number;
  readonly kind: 'replace' | 'remove' | 'add';
  readonly value: JsonValue;
  readonly name: string;
}
const damage: fc.Arbitrary<Damage> = fc.record({
  at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  kind: fc.constantFrom('replace', 'remove', 'add'),
  value: strange,
  name: fc.constantFrom('extra', '__proto__', 'cause', 'title', 'request_id', 'from'),
});

function damaged(frame: JsonValue, { at, kind, value, name }: Damage): JsonValue {
  const places = countPlaces(frame);
  let left = Math.floor(at * places);
  const walk = (here: JsonValue): JsonValue => {
    if (isJsonArray(here)) {
      return here.flatMap((item) => (left-- === 0 ? (kind === 'remove' ? [] : [value]) : [walk(item)]));
    }
    if (!isJsonObject(here)) return here;
    return Object.fromEntries(
      Object.entries(here).flatMap(([key, member]): [string, JsonValue][] => {
        if (left-- !== 0) return [[key, walk(member)]];
        if (kind === 'remove') return [];
        return kind === 'replace'
          ? [[key, value]]
          : [
              [key, walk(member)],
              [name, value],
            ];
      }),
    );
  };
  return walk(frame);
}

function countPlaces(value: JsonValue): number {
  if (isJsonArray(value)) return value.reduce<number>((sum, item) => sum + 1 + countPlaces(item), 0);
  if (!isJsonObject(value)) return 0;
  return Object.values(value).reduce<number>((sum, item) => sum + 1 + countPlaces(item), 0);
}

describe('a usual frame', () => {
  test('is recognised as servers write it', () => {
    fc.assert(fc.property(usual, isUsualFrame), { numRuns: 1_000 });
  });

  test('is what the schema makes of it, whatever is wrong or strange about it', () => {
    let recognised = 0;
    fc.assert(
      fc.property(usual, fc.array(damage, { maxLength: 2 }), (frame, damages) => {
        const value = damages.reduce(damaged, frame);
        if (!isUsualFrame(value)) return;
        recognised += damages.length > 0 ? 1 : 0;
        expect(streamingDownSchema.parse(value)).toEqual(value);
      }),
      { numRuns: 5_000 },
    );
    expect(recognised).toBeGreaterThan(100);
  });

  test('of a client is recognised, and so are its mutations', () => {
    fc.assert(fc.property(mutate, isUsualMutate), { numRuns: 300 });
    fc.assert(fc.property(mutation, isUsualMutation), { numRuns: 1_000 });
  });

  test('of a client is what the schema makes of it, whatever is wrong or strange about it', () => {
    let recognised = 0;
    const holds = (
      made: fc.Arbitrary<JsonValue>,
      isUsual: (value: JsonValue) => boolean,
      schema: { parse: (value: unknown) => unknown },
    ): void =>
      fc.assert(
        fc.property(made, fc.array(damage, { maxLength: 2 }), (sound, damages) => {
          const value = damages.reduce(damaged, sound);
          if (!isUsual(value)) return;
          recognised += damages.length > 0 ? 1 : 0;
          expect(schema.parse(value)).toEqual(value);
        }),
        { numRuns: 5_000 },
      );
    holds(mutate, isUsualMutate, streamingUpSchema);
    holds(mutation, isUsualMutation, mutationSchema);
    expect(recognised).toBeGreaterThan(100);
  });

  test.each<[string, JsonValue]>([
    ['a pointer that is too long', [{ op: 'remove', path: `/${'x'.repeat(LIMITS.pointerCharacters)}` }]],
    ['too many operations', Array.from({ length: LIMITS.patchOperations + 1 }, () => ({ op: 'remove', path: '/a' }))],
  ])('of a client keeps the limits: %s', (_what, patch) => {
    const id = '0190a000-0000-7000-8000-00000000000a';
    const head = { mutation_id: id, stream_id: id, document_id: id, kind: 'update', base_version: 1 };
    expect(isUsualMutation({ ...head, patch: [{ op: 'remove', path: '/a' }] })).toBe(true);
    expect(isUsualMutation({ ...head, patch })).toBe(false);
  });

  test('of a client has no more mutations than a frame may', () => {
    const frame = (count: number) => ({ type: 'mutate', mutations: Array.from({ length: count }, () => null) });
    expect(isUsualMutate(frame(LIMITS.mutationsPerFrame))).toBe(true);
    expect(isUsualMutate(frame(LIMITS.mutationsPerFrame + 1))).toBe(false);
    expect(isUsualMutate(frame(0))).toBe(false);
  });

  test.each<[string, JsonValue]>([
    ['another type', { type: 'pong' }],
    ['no object', [1]],
    ['nothing', null],
  ])('is nothing else: %s', (_what, value) => {
    expect(isUsualFrame(value)).toBe(false);
  });
});
