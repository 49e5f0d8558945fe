/** What an end is found for is JSON that both gates take, in the spelling that is promised; and what PostgreSQL writes is found. */
import fc from 'fast-check';
import { arbitraryJson } from '../../../../testing/arbitrary-json.js';
import { hasLoneSurrogate } from './exact-values.js';
import { isJsonArray, isJsonObject, type JsonValue } from './json-value.js';
import { parseJson } from './parse-json.js';
import { PlainJsonReader, hasControlCharacter } from './plain-json.js';

const DEPTH = 8;

function endOf(text: string): number {
  return new PlainJsonReader(text, DEPTH).endOfValue(0);
}

/** As PostgreSQL writes `jsonb`, where keys are ASCII. */
function spaced(value: JsonValue): string {
  if (isJsonArray(value)) return `[${value.map(spaced).join(', ')}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const keys = Object.keys(value).sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
  return `{${keys.map((key) => `${JSON.stringify(key)}: ${spaced(value[key]!)}`).join(', ')}}`;
}

/** Signs that make JSON, in any order: mostly none, and now and then something next to it. */
const signs = fc.constantFrom(
  ...'{}[],:"" \\\\u0019dbntae-.eE+truefalsnull/xé',
  '"a"',
  '"b":',
  '\\u0000',
  '\\ud800',
  '\n',
);
const nearly = fc
  .tuple(
    arbitraryJson,
    fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), signs, fc.boolean()), { maxLength: 3 }),
  )
  .map(([value, changes]) =>
    changes.reduce((text, [at, sign, replaces]) => {
      const index = Math.floor(at * text.length);
      return text.slice(0, index) + sign + text.slice(index + (replaces ? 1 : 0));
    }, spaced(value)),
  );

test('an end that is found is that of JSON, which is written so', () => {
  let found = 0;
  fc.assert(
    fc.property(nearly, (text) => {
      if (hasControlCharacter(text) || hasLoneSurrogate(text)) return;
      const end = endOf(text);
      if (end < 0) return;
      found++;
      const value = text.slice(0, end);
      const parsed = parseJson(value, { maxDepth: DEPTH });
      if (!parsed.ok) throw new Error(`${value}: ${parsed.reason}`);
      const unspaced = spaced(parsed.value);
      expect(value.replaceAll(/([:,]) /g, '$1')).toBe(unspaced.replaceAll(/([:,]) /g, '$1'));
    }),
    { numRuns: 20_000 },
  );
  expect(found).toBeGreaterThan(1_000);
});

test.each([
  '{}',
  '[]',
  '"é\\n\\u0001 \\\\"',
  '{"a": 1, "b": [true, false, null, -0.5], "aa": {"z": {}}}',
  '{"":1,"a":"x,y: {z","b":""}',
  '[123456789012345, 0.000001, -12.75]',
  '[[[[[[[[1]]]]]]]]',
])('it is found for %s, whatever follows', (text) => {
  expect(endOf(text)).toBe(text.length);
  expect(endOf(`${text},"more":1}`)).toBe(text.length);
});

test.each([
  ['the same key twice', '{"a": 1, "a": 2}'],
  ['the same key, spelled otherwise', '{"a": 1, "\\u0061": 2}'],
  ['keys in another order', '{"bb": 1, "a": 2}'],
  ['too many levels', '[[[[[[[[[1]]]]]]]]]'],
  ['an exponent', '1e5'],
  ['many digits', '1234567890123456'],
  ['a zero that says nothing', '1.50'],
  ['minus zero', '-0'],
  ['a leading zero', '01'],
  ['less than a millionth', '0.0000005'],
  ['a NUL', '"\\u0000"'],
  ['half of a pair', '"\\ud83d"'],
  ['an escape that need not be', '"\\/"'],
  ['a letter as a code', '"\\u0041"'],
  ['an open string', '"abc'],
  ['an open list', '[1, 2'],
  ['a comma too many', '[1, ]'],
  ['a bracket of the other kind', '[1}'],
  ['nothing', ''],
  ['no value', 'nil'],
])('it is not said for %s', (_what, text) => {
  expect(endOf(text)).toBe(-1);
});

test('control characters are seen wherever they stand', () => {
  expect(hasControlCharacter('{"a": "b\u0000"}')).toBe(true);
  expect(hasControlCharacter('{"a": "b\\n\u007f é"}')).toBe(false);
});
