/** What goes to PostgreSQL in binary is read there as the same values sent as text are. */
import fc from 'fast-check';
import { Client } from 'pg';
import { createTestDatabase, type TestDatabase } from '../../../../testing/test-database.js';
import { binaryArray, binaryRows, type SqlType } from './binary-values.js';

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
/** JSON whose strings PostgreSQL can store. */
const storable = fc.json().filter((json) => !json.includes('\\u'));
const time = fc
  .date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true })
  .map((date) => date.toISOString());

const cases: readonly (readonly [SqlType, fc.Arbitrary<readonly unknown[]>])[] = [
  ['uuid', orNull(fc.uuid())],
  ['int', orNull(fc.integer())],
  ['bigint', orNull(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }))],
  ['text', orNull(fc.oneof(text, fc.json()))],
  ['jsonb', orNull(storable)],
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

describe('composite values', () => {
  const fields = [
    { type: 'uuid', value: (row: Row) => row.id },
    { type: 'text', value: (row: Row) => row.name },
    { type: 'json', value: (row: Row) => row.value },
    { type: 'jsonb', value: (row: Row) => row.value },
    { type: 'timestamptz', value: (row: Row) => row.at },
  ] as const;
  interface Row {
    readonly id: string;
    readonly name: string | null;
    readonly value: string | null;
    readonly at: string;
  }

  it('come as the rows that they are', async () => {
    await client.query(`CREATE TYPE sample AS (id uuid, name text, value json, again jsonb, at timestamptz)`);
    const row = fc.record({ id: fc.uuid(), name: fc.option(text), value: fc.option(storable), at: time });
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 30 }), async (rows) => {
        const { rows: read } = await client.query<Record<string, string | null>>(
          `SELECT id::text, name, value::text, again = value::jsonb AS again, at = ($2::timestamptz[])[ordinality] AS at
             FROM unnest($1::sample[]) WITH ORDINALITY`,
          [binaryRows(fields, rows), rows.map(({ at }) => at)],
        );
        expect(read).toEqual(
          rows.map(({ id, name, value }) => ({ id, name, value, again: value === null ? null : true, at: true })),
        );
      }),
      { numRuns: 200 },
    );
  });
});
