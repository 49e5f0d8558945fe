/** What is read as text is what the schema would give; and what servers write is read. */
import fc from 'fast-check';
import { arbitraryJson } from '../../../../testing/arbitrary-json.js';
import { isJsonArray, isJsonObject, type JsonValue } from '../json/json-value.js';
import { parseJson } from '../json/parse-json.js';
import { LIMITS } from '../limits.js';
import { inText, readSnapshotInText, type SnapshotInText } from './snapshot-in-text.js';
import { streamingDownSchema } from './streaming-down.js';

const hex = (length: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length });
const version = fc.integer({ min: 1, max: 300 });
const time = fc.constantFrom('2026-01-31T12:00:00.000Z', '2026-02-28T23:59:59.999Z');
const title = fc.oneof(
  fc.string({ maxLength: 8, unit: 'binary' }).map((text) => text.replaceAll('\0', '')),
  fc.constantFrom('a "title"', ',"content":', 'x'.repeat(LIMITS.titleCharacters)),
);
/** Looks like what follows on a content. */
const MISLEADING = '1-0123456789abcdef';
const content = fc.oneof(
  arbitraryJson,
  arbitraryJson.map((value): JsonValue => ({ value, revision_id: MISLEADING })),
  fc.constant<JsonValue>(',"revision_id":"'),
);
const document = fc.record({
  ...{ id: fc.uuid(), user_id: fc.uuid(), title, content },
  revision_id: fc.tuple(version, hex(16)).map(([generation, hash]) => `${generation}-${hash}`),
  version,
  vector_clock: fc.oneof(
    fc.uuid().map((node) => ({ [node]: 1 })),
    fc.dictionary(fc.constantFrom('desk', 'phone'), fc.nat(5), { maxKeys: 3 }),
  ),
  ...{ created_at: time, updated_at: time, deleted_at: fc.option(time, { nil: null }) },
});

interface Page {
  readonly documents: readonly Readonly<Record<string, JsonValue>>[];
  readonly cursor: string | null;
  readonly request: string | undefined;
}
const page: fc.Arbitrary<Page> = fc.record({
  documents: fc.array(document, { maxLength: 3 }),
  cursor: fc.option(fc.constantFrom('10.2.x', ',"documents":['), { nil: null }),
  request: fc.option(fc.constantFrom('r1', 'é"'), { nil: undefined }),
});

/** As our server does: PostgreSQL writes the content. */
function written({ documents, cursor, request }: Page, write: (content: JsonValue) => string = spaced): string {
  const stream = '0190a000-0000-7000-8000-00000000000a';
  const head = {
    type: 'snapshot',
    stream_id: stream,
    sequence: 7,
    cursor,
    total: 9,
    ...(request && { request_id: request }),
  };
  const texts = documents.map((each) => {
    const members = Object.entries(each).map(
      ([key, value]) => `${JSON.stringify(key)}:${key === 'content' ? write(value) : JSON.stringify(value)}`,
    );
    return `{${members.join(',')}}`;
  });
  return `${JSON.stringify(head).slice(0, -1)},"documents":[${texts.join(',')}]}`;
}

function spaced(value: JsonValue): string {
  if (isJsonArray(value)) return `[${value.map(spaced).join(', ')}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const keys = Object.keys(value).sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
  return `{${keys.map((key) => `${JSON.stringify(key)}: ${spaced(value[key]!)}`).join(', ')}}`;
}

/** The texts in it as values, since the same value may be written in two ways. */
function read(frame: SnapshotInText) {
  const documents = frame.documents.map(({ content, vectorClock, ...rest }) => ({
    ...rest,
    content: JSON.parse(content) as JsonValue,
    vectorClock: JSON.parse(vectorClock) as JsonValue,
  }));
  return { ...frame, documents };
}

function bySchema(text: string): ReturnType<typeof read> | null {
  const json = parseJson(text, { maxDepth: LIMITS.frameDepth });
  const frame = json.ok ? streamingDownSchema.safeParse(json.value) : undefined;
  const received = frame?.success ? inText(frame.data) : undefined;
  return received?.type === 'snapshot' ? read(received) : null;
}

describe('a snapshot in text', () => {
  test('is read as servers write it, whatever the documents hold', () => {
    fc.assert(
      fc.property(page, fc.boolean(), (made, usual) => {
        const text = written(made, usual ? spaced : (content) => JSON.stringify(content));
        const frame = readSnapshotInText(text);
        // What looks like the end of a content may be taken for it: then it is left to the schema.
        if (frame === null && text.includes(`,"revision_id":"${MISLEADING}"`)) return;
        expect(frame && read(frame)).toEqual(bySchema(text));
      }),
      { numRuns: 2_000 },
    );
  });

  test('is what the schema makes of it, whatever is wrong or strange about it', () => {
    let taken = 0;
    const sign = fc.constantFrom(
      ...'{}[],:"\\0x-.eE9 Z',
      '\n',
      '\\u0000',
      '"id":',
      ',"documents":[',
      '{}',
      'null',
      '\ud800',
    );
    const change = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), sign, fc.nat(2));
    fc.assert(
      fc.property(page, fc.array(change, { minLength: 1, maxLength: 2 }), (made, changes) => {
        const text = changes.reduce((before, [at, put, cut]) => {
          const index = Math.floor(at * before.length);
          return before.slice(0, index) + put + before.slice(index + cut);
        }, written(made));
        const frame = readSnapshotInText(text);
        if (!frame) return;
        taken++;
        expect(read(frame)).toEqual(bySchema(text));
      }),
      { numRuns: 10_000 },
    );
    expect(taken).toBeGreaterThan(30);
  });

  test.each([
    ['another frame', '{"type":"pong"}'],
    ['members in another order', '{"documents":[],"type":"snapshot"}'],
    ['no JSON', '{"type":"snapshot",'],
    ['nothing', ''],
  ])('is nothing else: %s', (_what, text) => {
    expect(readSnapshotInText(text)).toBeNull();
  });

  test.each([
    '{"0190d0aa-0000-7000-8000-000000000001":007}',
    '{"0190d0aa-0000-7000-8000-000000000001":1e}',
    '{"a":01}',
  ])('does not take a clock that is no JSON: %s', (clock) => {
    const sound = fc.sample(document, { numRuns: 1, seed: 1 })[0];
    const made: Page = { documents: [{ ...sound!, vector_clock: { a: 1 } }], cursor: null, request: undefined };
    const text = written(made);
    expect(readSnapshotInText(text)).not.toBeNull();
    expect(readSnapshotInText(text.replace('{"a":1}', clock))).toBeNull();
  });

  test('keeps the content as it is written', () => {
    const content = { b: 1, a: [1, { c: null }] };
    const made: Page = {
      documents: [{ ...fc.sample(document, { numRuns: 1, seed: 1 })[0], content }],
      cursor: null,
      request: undefined,
    };
    const [usual] = readSnapshotInText(written(made))?.documents ?? [];
    expect(usual?.content).toBe('{"a": [1, {"c": null}], "b": 1}');
    const [other] = readSnapshotInText(written(made, () => '{"b":1.0,"a":[1,{"c":null}]}'))?.documents ?? [];
    expect(other?.content).toBe('{"b":1,"a":[1,{"c":null}]}');
  });
});
