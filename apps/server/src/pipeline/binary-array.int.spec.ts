/** What goes to PostgreSQL in binary is read there as the same values sent as text are. */
import fc from 'fast-check';
import { Client } from 'pg';
import { createTestDatabase, type TestDatabase } from '../../../../testing/test-database.js';
import { binaryArray, type ElementType } from './binary-array.js';

let database: TestDatabase;
let client: Client;
beforeAll(async () => {
  database = await createTestDatabase();
  client = new Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

const orNull = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<readonly (T | null)[]> =>
  fc.array(fc.option(values), { maxLength: 30 });

/** Text that PostgreSQL can store: no NUL. */
const text = fc.string({ unit: 'grapheme' }).map((any) => any.replaceAll('\0', ''));
const time = fc
  .date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true })
  .map((date) => date.toISOString());

const cases: readonly (readonly [ElementType, fc.Arbitrary<readonly unknown[]>])[] = [
  ['uuid', orNull(fc.uuid())],
  ['int', orNull(fc.integer())],
  ['bigint', orNull(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String))],
  ['text', orNull(fc.oneof(text, fc.json()))],
  ['timestamptz', orNull(time)],
  ['bytea', orNull(fc.uint8Array().map((bytes) => Buffer.from(bytes)))],
];

it.each(cases)('%s', async (type, values) => {
  await fc.assert(
    fc.asyncProperty(values, async (list) => {
      const { rows } = await client.query<{ same: boolean; length: number }>(
        `SELECT $1::${type}[] = $2::${type}[] AS same, cardinality($1::${type}[]) AS length`,
        [binaryArray(type, list), list],
      );
      expect(rows).toEqual([{ same: true, length: list.length }]);
    }),
    { numRuns: 200 },
  );
});

it.each([
  ['uuid', 'not a uuid'],
  ['uuid', '0190d0aa-0000-7000-8000-00000000100g'],
  ['uuid', '0190d0aa00007000800000000000100a1234'],
  ['int', '7'],
  ['int', 2 ** 31],
  ['text', 7],
  ['timestamptz', 'yesterday'],
  ['bytea', 'text'],
] as const)('refuses as %s: %p', (type, value) => {
  expect(() => binaryArray(type, [value])).toThrow();
});
