/** A snapshot comes to the same wherever its pages have waited: in memory, in the temporary table, or first in the one. */
import { createHash } from 'node:crypto';
import {
  documentIdSchema,
  documentInText,
  revisionIdSchema,
  streamIdSchema,
  userIdSchema,
  type DocumentState,
} from '@json-database-sync/domain';
import type { Database } from 'better-sqlite3';
import fc from 'fast-check';
import { openDatabase, parseDatabaseLocation } from './open-database.js';
import { SqliteChecks } from './sqlite-checks.js';
import { SqliteStage } from './sqlite-stage.js';

const STREAM = streamIdSchema.parse('0190a000-0000-7000-8000-00000000000a');
const T0 = '2026-01-01T00:00:00.000Z';

const document = fc
  .record({
    n: fc.nat(12),
    version: fc.integer({ min: 1, max: 3 }),
    title: fc.constantFrom('', 'a "title"', '😀'),
    deleted: fc.boolean(),
    content: fc.jsonValue({ maxDepth: 1 }),
  })
  .map(({ n, version, title, deleted, content }): DocumentState => {
    const text = JSON.stringify(content);
    const hash = createHash('sha256').update(text).digest('hex').slice(0, 16);
    return {
      ...{ id: documentIdSchema.parse(`0190d000-0000-7000-8000-${String(n).padStart(12, '0')}`), streamId: STREAM },
      ...{ userId: userIdSchema.parse(STREAM), title, content: JSON.parse(text) as DocumentState['content'], version },
      ...{ revisionId: revisionIdSchema.parse(`${version}-${hash}`), vectorClock: { desk: version } },
      ...{ createdAt: T0, updatedAt: T0, deletedAt: deleted ? T0 : null },
    };
  });
const pages = fc.array(fc.array(document, { maxLength: 5 }), { maxLength: 4 });

class Place {
  readonly db: Database = openDatabase(parseDatabaseLocation(':memory:'));
  readonly checks = new SqliteChecks(this.db, (text) => createHash('sha256').update(text).digest('hex'));
  readonly stage: SqliteStage;

  constructor(memoryCharacters: number) {
    this.stage = new SqliteStage(this.db, this.checks, memoryCharacters);
  }

  take(snapshot: readonly (readonly DocumentState[])[]): void {
    this.stage.clear();
    for (const page of snapshot) this.stage.add(page.map(documentInText));
    this.db.transaction(() => this.stage.swapIn(STREAM))();
  }

  documents(): unknown[] {
    return this.db.prepare('SELECT * FROM documents ORDER BY id').all();
  }
}

test('whether it waits in memory, in the table, or in both', () => {
  fc.assert(
    fc.property(fc.array(pages, { minLength: 1, maxLength: 3 }), fc.integer({ min: 1, max: 400 }), (all, some) => {
      const places = [0, some, 1_000_000].map((characters) => new Place(characters));
      const [first, ...others] = places;
      for (const snapshot of all) {
        for (const place of places) place.take(snapshot);
        for (const place of others) expect(place.documents()).toEqual(first?.documents());
        const sizes = new Set(places.map(({ stage }) => stage.size()));
        expect([...sizes]).toEqual([new Set(snapshot.flat().map(({ id }) => id)).size]);
        for (const { checks } of places) expect(checks.recount(STREAM)).toBe(true);
      }
      for (const { db } of places) db.close();
    }),
    { numRuns: 60 },
  );
}, 60_000);

test('a content that is written otherwise is the same; one that is damaged gives way', () => {
  const place = new Place(1_000);
  const [usual, damaged] = fc.sample(document, { numRuns: 2, seed: 3 }).map((state, n) => ({
    ...{ ...documentInText(state), content: '{"a":[1,2]}' },
    id: documentIdSchema.parse(`0190d000-0000-7000-8000-${String(n).padStart(12, '0')}`),
  }));
  const take = (content: string): unknown[] => {
    place.stage.clear();
    place.stage.add([{ ...usual!, content }, damaged!]);
    place.db.transaction(() => place.stage.swapIn(STREAM))();
    return place.db.prepare('SELECT change_counter, content FROM documents ORDER BY id').raw().all();
  };
  const before = take('{"a":[1,2]}');
  place.db.prepare('UPDATE documents SET content = ? WHERE id = ?').run('{"a":[1', damaged!.id);
  const [first, second] = take('{"a": [1, 2]}');
  expect(first).toEqual(before[0]);
  expect(second).toEqual([2, '{"a":[1,2]}']);
  expect(take('{"a": [1, 3]}')).toEqual([[3, '{"a": [1, 3]}'], second]);
  place.db.close();
});
