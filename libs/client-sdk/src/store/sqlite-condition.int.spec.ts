/** Conditions as SQL: against the oracle, over contents and conditions that are made to meet. */
import { formatPointer, type JsonScalar, type JsonValue } from '@json-database-sync/domain';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { arbitraryJson, arbitraryKey, arbitraryNumber } from '../../../../testing/arbitrary-json.js';
import { placesIn } from '../../../../testing/patch-model.js';
import { matches, valueAt } from '../../testing/where-oracle.js';
import { checkedWhere, type Condition, type PathPredicate, type Where } from '../query/condition.js';
import { sqlCondition } from './sqlite-condition.js';

const db = new Database(':memory:');
db.exec('CREATE TABLE contents (content TEXT) STRICT');
afterAll(() => db.close());

function held(content: JsonValue, condition: Condition): boolean {
  const { sql, parameters } = sqlCondition('content', condition);
  db.prepare('DELETE FROM contents').run();
  db.prepare('INSERT INTO contents VALUES (?)').run(JSON.stringify(content));
  const row = db.prepare<unknown[], { held: number | null }>(`SELECT ${sql} AS held FROM contents`).get(...parameters);
  expect([0, 1]).toContain(row?.held);
  return row?.held === 1;
}

const scalar: fc.Arbitrary<JsonScalar> = fc.oneof(
  fc.constantFrom(null, true, false, '', 'x', 'y', '0', '1', 'null', 'true', 0, 1, -0),
  fc.constantFrom('\ue000', '\u{1f600}', '"', '\\', 'é', 'e\u0301'),
  arbitraryNumber,
  arbitraryKey,
);

/** A value that stands in the content at that place, or one that is in its array, or a near miss. */
function wantedAt(content: JsonValue, path: string): fc.Arbitrary<JsonScalar> {
  const value = valueAt(content, checkedWhere({ [path]: null })[0]!.tokens);
  const there = (Array.isArray(value) ? (value as JsonValue[]) : [value]).filter(
    (each): each is JsonScalar => each === null || ['string', 'number', 'boolean'].includes(typeof each),
  );
  const near = there.flatMap((each) => [each, String(each), Number(each)].filter((n) => n === n && n !== Infinity));
  const safe = near.filter((n) => typeof n !== 'number' || !Number.isInteger(n) || Math.abs(n) < 2 ** 53);
  return safe.length === 0 ? scalar : fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...safe) }, scalar);
}

function predicateOf(wanted: fc.Arbitrary<JsonScalar>): fc.Arbitrary<JsonScalar | PathPredicate> {
  const ordered = wanted.map((value) => (typeof value === 'number' || typeof value === 'string' ? value : 'x'));
  const predicate = fc
    .record(
      {
        eq: wanted,
        ne: wanted,
        gt: ordered,
        gte: ordered,
        lt: ordered,
        lte: ordered,
        in: fc.array(wanted, { maxLength: 3 }),
        contains: wanted,
        exists: fc.boolean(),
      },
      { requiredKeys: [] },
    )
    .filter((made) => Object.keys(made).length > 0);
  // One operator alone most of the time: several together seldom hold.
  const single = predicate.map((made) => Object.fromEntries(Object.entries(made).slice(0, 1)));
  return fc.oneof(wanted, single, single, predicate);
}

const contentAndWhere = arbitraryJson.chain((content) => {
  const somewhere = fc.array(arbitraryKey, { maxLength: 3 }).map(formatPointer);
  const path = fc.oneof({ weight: 3, arbitrary: fc.constantFrom('', ...placesIn(content)) }, somewhere);
  const entry = path.chain((at) => predicateOf(wantedAt(content, at)).map((wanted) => [at, wanted] as const));
  return fc
    .array(entry, { minLength: 1, maxLength: 2 })
    .map((entries): [JsonValue, Where] => [content, Object.fromEntries(entries)]);
});

test('SQLite agrees with the oracle about every document and condition', () => {
  const seen = { true: 0, false: 0 };
  fc.assert(
    fc.property(contentAndWhere, ([content, where]) => {
      const condition = checkedWhere(where);
      const expected = matches(content, condition);
      seen[`${expected}`]++;
      expect(held(content, condition)).toBe(expected);
    }),
    { numRuns: 3_000 },
  );
  // Both answers have to be common, or the property says little.
  expect(Math.min(seen.true, seen.false)).toBeGreaterThan(200);
});

test.each<[string, JsonValue, Where, boolean]>([
  ['a number is no text', { a: 1 }, { a: '1' }, false],
  ['null stands there', { a: null }, { a: { exists: true } }, true],
  ['nothing stands there', {}, { a: null }, false],
  ['nothing is not equal to anything', {}, { a: { ne: 1 } }, true],
  ['a digit is a key', { 0: { 1: 'x' } }, { '/0/1': 'x' }, true],
  ['a digit is an index', [['y', 'x']], { '/0/1': 'x' }, true],
  ['a digit with a leading zero is a key only', ['x'], { '/00': 'x' }, false],
  ['an index of more than 32 bits', { 4294967296: 'x', a: ['x'] }, { '/4294967296': 'x' }, true],
  ['a minus is no index', ['x'], { '/-': 'x' }, false],
  ['a negative index is none', ['x'], { '/-1': 'x' }, false],
  ['a member', { a: [1, '2', null] }, { a: { contains: '2' } }, true],
  ['a member of another type', { a: [1, '2', null] }, { a: { contains: '1' } }, false],
  ['a text has no members', { a: 'abc' }, { a: { contains: 'abc' } }, false],
  ['an object has none either', { a: { b: 1 } }, { a: { contains: 1 } }, false],
  ['the smallest difference of two numbers', { a: 0.1 + 0.2 }, { a: { gt: 0.3 } }, true],
  ['code points, not code units', { a: '\u{1f600}' }, { a: { gt: '\ue000' } }, true],
  ['a range', { a: 5 }, { a: { gte: 5, lt: 6 } }, true],
])('%s', (_, content, where, expected) => {
  expect(held(content, checkedWhere(where))).toBe(expected);
});

test('a path of as many indexes as a path may have parts', () => {
  let content: JsonValue = 'deep';
  for (let n = 0; n < 64; n++) content = [content];
  expect(held(content, checkedWhere({ ['/0'.repeat(64)]: 'deep' }))).toBe(true);
});

test.each<[string, unknown]>([
  ['an array', []],
  ['a text', 'a = 1'],
  ['an unknown operator', { a: { like: 'x' } }],
  ['an object as a value', { a: { eq: {} } }],
  ['an empty predicate', { a: {} }],
  ['an order of truths', { a: { gt: true } }],
  ['in with one value', { a: { in: 1 } }],
  ['exists with a number', { a: { exists: 1 } }],
  ['NUL', { a: 'x\0' }],
  ['a number that is none', { a: NaN }],
  ['a bad pointer', { '/a~2': 1 }],
  ['too many parts', { ['/a'.repeat(65)]: 1 }],
  ['too many paths', Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`k${n}`, n]))],
])('%s is no condition', (_, where) => {
  expect(() => checkedWhere(where)).toThrow(
    expect.objectContaining({ code: expect.stringMatching(/^(invalid_argument|unsafe_number)$/) as string }) as Error,
  );
});
