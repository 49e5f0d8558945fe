/** Full text over the local database: what is found, what no longer is, and that no text can break it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  documentInText,
  type DocumentId,
  type DocumentState,
  type JsonValue,
  type RevisionId,
  type StreamId,
  type UserId,
} from '@json-database-sync/domain';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { FakePlatform } from '../../testing/fake-platform.js';
import { nodePlatform } from '../platform/node-platform.js';
import { APPLICATION_ID, MIGRATIONS } from '../store/sqlite-schema.js';
import { SqliteStore } from '../store/sqlite-store.js';
import { SyncClient } from './sync-client.js';
import type { SearchOptions } from './types.js';

let client: SyncClient;
beforeEach(async () => {
  client = await SyncClient.open({ database: ':memory:' });
});
afterEach(() => client.close());

const create = async (title: string, content: JsonValue = {}) => (await client.documents.create({ title, content })).id;
const found = (text: string, options?: SearchOptions) =>
  client.documents.search(text, options).map(({ title }) => title);

test('words of the title and of every text in the content, however deep; neither keys nor other values', async () => {
  await create('Groceries', { items: [{ name: 'Oat milk' }, 'bread'], done: true, count: 42 });
  await create('Letter', 'Dear Ada');
  for (const text of ['groceries', 'milk', 'bread', 'oat groceries']) expect(found(text)).toEqual(['Groceries']);
  for (const text of ['items', 'name', 'true', '42', 'milk ada']) expect(found(text)).toEqual([]);
  expect(found('ada')).toEqual(['Letter']);
});

test('the beginning of a word is enough, and case and accents make no difference', async () => {
  await create('Über den Wolken', { text: 'Crème brûlée, well-known' });
  for (const text of ['wolk', 'UBER', 'über', 'creme', 'CRÈ bru', 'well-kn', 'known'])
    expect(found(text)).toHaveLength(1);
  expect(found('olken')).toEqual([]);
});

test('the best first: the title counts more; in pages, with a condition', async () => {
  await create('other', { text: `milk ${'and much else '.repeat(20)}`, kind: 'b' });
  await create('milk', { kind: 'a' });
  await create('another', { text: 'milk', kind: 'a' });
  expect(found('milk')).toEqual(['milk', 'another', 'other']);
  expect(found('milk', { limit: 1, offset: 1 })).toEqual(['another']);
  expect(found('milk', { where: { kind: 'a' } })).toEqual(['milk', 'another']);
  expect(() => found('milk', { limit: -1 })).toThrow('limit has to be a whole number');
});

test('what is found follows every change, and deleted documents are not found', async () => {
  const id = await create('first', { text: 'alpha' });
  await client.documents.update(id, { content: { text: 'beta' } });
  expect([found('alpha'), found('beta')]).toEqual([[], ['first']]);
  await client.documents.update(id, { title: 'second' });
  expect([found('first'), found('second beta')]).toEqual([[], ['second']]);
  await client.documents.delete(id);
  expect(found('second')).toEqual([]);
  await client.documents.restore(id);
  expect(found('beta')).toEqual(['second']);
});

test.each([
  '"',
  '""',
  "'",
  '*',
  '-',
  '(',
  ')',
  'NEAR(a b)',
  'AND',
  'OR NOT',
  'title:',
  '^',
  '{title} : x',
  'a AND',
  '\0',
  'a\0b',
  '\ud800',
  '%',
  '\\',
  ';--',
  '!!!',
  '😀',
  ' \n\t ',
  '',
])('%j is no syntax', async (text) => {
  await create('b', { text: 'a' });
  expect(() => found(text)).not.toThrow();
});

test('any text that a document holds is found by that text', async () => {
  const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter((s) => /[a-z0-9]/i.test(s));
  await fc.assert(
    fc.asyncProperty(text, fc.string({ unit: 'binary', maxLength: 30 }), async (held, hostile) => {
      const id = await create('', [{ held }]);
      expect(client.documents.search(held, { limit: 10_000 }).map((document) => document.id)).toContain(id);
      expect(() => found(hostile)).not.toThrow();
      await client.documents.delete(id);
    }),
    { numRuns: 200 },
  );
});

test('what is too long to search for is refused, as is what is no text', () => {
  for (const text of ['x'.repeat(1_001), 'x '.repeat(51), 5 as never]) {
    expect(() => found(text)).toThrow(expect.objectContaining({ code: 'invalid_argument' }) as Error);
  }
});

describe('the index', () => {
  const STREAM = '0190a000-0000-7000-8000-00000000000a' as StreamId;
  const WORDS = ['alpha', 'beta', 'gamma', 'delta'] as const;
  const T = '2026-01-01T00:00:00.000Z';
  const id = (n: number) => `0190d000-0000-7000-8000-${String(n).padStart(12, '0')}` as DocumentId;
  const mark = { kind: 'updated', origin: 'remote' } as const;

  interface Step {
    readonly way: 'confirm' | 'confirm under a view' | 'view' | 'no view' | 'snapshot';
    readonly n: number;
    readonly title: string;
    readonly word: string;
    readonly deleted: boolean;
  }
  const step: fc.Arbitrary<Step> = fc.record({
    way: fc.constantFrom('confirm', 'confirm under a view', 'view', 'no view', 'snapshot'),
    n: fc.nat(3),
    title: fc.constantFrom(...WORDS),
    word: fc.constantFrom(...WORDS),
    deleted: fc.boolean(),
  });

  const stateOf = ({ n, title, word, deleted }: Step, version: number): DocumentState => ({
    id: id(n),
    streamId: STREAM,
    userId: STREAM as string as UserId,
    title,
    content: { deep: [{ word }] },
    version,
    revisionId: `${version}-0123456789abcdef` as RevisionId,
    vectorClock: {},
    createdAt: T,
    updatedAt: T,
    deletedAt: deleted ? T : null,
  });

  const plain = (n: number): Step => ({ way: 'confirm', n, title: 'alpha', word: 'beta', deleted: false });

  function run(store: SqliteStore, made: Step, version: number): void {
    const state = stateOf(made, version);
    const view = { ...state, title: 'view', deletedAt: null };
    if (made.way === 'snapshot') {
      store.snapshots.clear();
      store.snapshots.add([documentInText(state)]);
    }
    store.transaction(() => {
      if (made.way === 'confirm') store.documents.putConfirmed(state, null, mark);
      else if (made.way === 'confirm under a view') store.documents.putConfirmed(state, view, mark);
      else if (made.way === 'view') store.documents.putView(state.id, STREAM, state, mark);
      else if (made.way === 'no view') store.documents.putView(state.id, STREAM, null, mark);
      else store.snapshots.swapIn(STREAM);
    });
  }

  test('holds what the application sees, whichever way it came in', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const store = SqliteStore.open(':memory:', nodePlatform);
        for (const [n, made] of steps.entries()) run(store, made, n + 1);
        const seen = store.documents
          .list({})
          .map(({ id, title, content }) => ({ id, text: JSON.stringify([title, content]) }));
        for (const word of [...WORDS, 'view']) {
          const byWords = store.documents.find({ condition: [], words: [word] }).map((document) => document.id);
          const expected = seen.filter(({ text }) => text.includes(word)).map((document) => document.id);
          expect(byWords.toSorted()).toEqual(expected.toSorted());
          for (const each of [0, 1, 2, 3].map(id)) {
            expect(store.documents.findsAnyOf([each], { condition: [], words: [word] })).toBe(expected.includes(each));
          }
        }
        store.close();
      }),
      { numRuns: 150 },
    );
  });

  test('a part of it at a time, and what is left before a search', () => {
    const store = SqliteStore.open(':memory:', nodePlatform);
    const made = Array.from({ length: 450 }, (_, n) => ({ ...stateOf(plain(n), 1), title: `t${n} same` }));
    store.transaction(() => {
      for (const state of made) store.documents.putConfirmed(state, null, mark);
    });
    expect(store.documents.prepareSearch()).toBe(true);
    expect(store.documents.prepareSearch()).toBe(true);
    expect(store.documents.find({ condition: [], words: ['same'] })).toHaveLength(450);
    expect(store.documents.prepareSearch()).toBe(false);
    expect(store.documents.find({ condition: [], words: ['t449'] }).map((document) => document.id)).toEqual([id(449)]);
    store.close();
  });

  test('all of it, part by part, soon after nothing changes any more', async () => {
    const platform = new FakePlatform();
    const store = SqliteStore.open(':memory:', platform);
    const quiet = await SyncClient.open(
      { database: ':memory:' },
      {
        platform,
        transport: { connect: () => ({ send: () => undefined, close: () => undefined }) },
        openStore: () => store,
      },
    );
    store.snapshots.add(Array.from({ length: 950 }, (_, n) => documentInText(stateOf(plain(n), 1))));
    store.transaction(() => store.snapshots.swapIn(stateOf(plain(0), 1).streamId));
    await platform.advance(250);
    expect(store.documents.prepareSearch()).toBe(true);
    await platform.advance(500);
    expect(store.documents.prepareSearch()).toBe(false);
    await quiet.close();
  });

  test('the many documents of a snapshot, which all have one change counter', () => {
    const store = SqliteStore.open(':memory:', nodePlatform);
    const made = Array.from({ length: 450 }, (_, n) => ({ ...stateOf(plain(n), 1), title: 'same' }));
    store.snapshots.add(made.map(documentInText));
    store.transaction(() => store.snapshots.swapIn(made[0]!.streamId));
    expect(store.documents.prepareSearch()).toBe(true);
    expect(store.documents.find({ condition: [], words: ['same'] })).toHaveLength(450);
    store.close();
  });

  test('a row that vanished and comes back under the change counter that it had', () => {
    const folder = mkdtempSync(join(tmpdir(), 'client-sdk-search-'));
    const file = join(folder, 'damaged.sqlite3');
    try {
      const store = SqliteStore.open(file, nodePlatform);
      const put = (title: string) => store.documents.putConfirmed({ ...stateOf(plain(1), 1), title }, null, mark);
      const ids = (word: string) => store.documents.find({ condition: [], words: [word] }).map(({ title }) => title);
      put('before');
      expect(ids('before')).toEqual(['before']);
      const other = new Database(file);
      other.exec('DELETE FROM documents');
      other.close();
      put('after');
      expect([ids('before'), ids('after')]).toEqual([[], ['after']]);
      store.close();
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test('is filled for a database from before, and outlives VACUUM', () => {
    const folder = mkdtempSync(join(tmpdir(), 'client-sdk-search-'));
    const file = join(folder, 'old.sqlite3');
    try {
      const db = new Database(file);
      db.exec(MIGRATIONS[0]!);
      db.pragma(`application_id = ${APPLICATION_ID}`);
      db.pragma('user_version = 1');
      const insert = db.prepare(
        `INSERT INTO documents (id, stream_id, change_counter, change_kind, change_origin, version, title, content,
           created_at, updated_at, deleted_at, view_present, view_title, view_content, view_created_at, view_updated_at)
         VALUES (?, 's', 1, 'created', 'local', ?, ?, ?, '${T}', '${T}', ?, ?, ?, ?, '${T}', '${T}')`,
      );
      insert.run(id(1), 1, 'alpha', '{"text":"beta"}', null, 0, null, null);
      insert.run(id(2), 1, 'alpha', '{"text":"beta"}', T, 0, null, null);
      insert.run(id(3), 1, 'alpha', '{"text":"beta"}', null, 1, 'gamma', '["beta"]');
      insert.run(id(4), 0, null, null, null, 0, null, null);
      db.prepare('DELETE FROM documents WHERE id = ?').run(id(2));
      insert.run(id(5), 1, 'delta', '{}', null, 0, null, null);
      insert.run(id(6), 1, 'alpha', '{}', T, 0, null, null);
      db.close();
      SqliteStore.open(file, nodePlatform).close();
      const again = new Database(file);
      again.exec('VACUUM');
      again.close();
      const store = SqliteStore.open(file, nodePlatform);
      const ids = (word: string) =>
        store.documents.find({ condition: [], words: [word] }).map((document) => document.id);
      expect(['alpha', 'beta', 'gamma', 'delta'].map(ids)).toEqual([[id(1)], [id(1), id(3)], [id(3)], [id(5)]]);
      store.documents.putConfirmed(
        { ...stateOf({ way: 'confirm', n: 1, title: 'gamma', word: 'x', deleted: false }, 2) },
        null,
        mark,
      );
      expect([ids('alpha'), ids('gamma').toSorted()]).toEqual([[], [id(1), id(3)]]);
      store.close();
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
