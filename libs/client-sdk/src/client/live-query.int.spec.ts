/** Live queries: when they are run again, and with what they call back. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClientId, Mutation } from '@json-database-sync/domain';
import { waitFor } from '../../../../testing/wait-for.js';
import { startChild } from '../../testing/child-processes.js';
import { FakePlatform } from '../../testing/fake-platform.js';
import { FakeServer } from '../../testing/fake-server.js';
import { nodePlatform } from '../platform/node-platform.js';
import { SqliteStore } from '../store/sqlite-store.js';
import { SyncClient } from './sync-client.js';
import type { LiveOptions } from './types.js';

let client: SyncClient;
/** How often any query has read documents. */
let runs: number;

beforeEach(async () => {
  runs = 0;
  const openStore = (database: string): SqliteStore => {
    const store = SqliteStore.open(database, nodePlatform);
    const find = store.documents.find.bind(store.documents);
    store.documents.find = (query) => {
      runs++;
      return find(query);
    };
    return store;
  };
  client = await SyncClient.open({ database: ':memory:' }, { openStore });
});
afterEach(() => client.close());

const create = async (title: string, content: object) =>
  (await client.documents.create({ title, content: content as never })).id;

function watch(options: LiveOptions, of = client) {
  const told: string[][] = [];
  const live = of.documents.live(options, (documents) => told.push(documents.map(({ title }) => title)));
  return { told, live, now: () => live.current.map(({ title }) => title) };
}

test('it is run again when a document comes into the result, changes in it, or leaves it; and not else', async () => {
  const a = await create('a', { status: 'open' });
  const b = await create('b', { status: 'done' });
  const { told, now } = watch({ where: { status: 'open' } });
  expect([now(), told, runs]).toEqual([['a'], [], 1]);

  await client.documents.update(b, { title: 'b2' });
  const c = await create('c', { status: 'new' });
  await client.documents.delete(c);
  expect([told.length, runs]).toEqual([0, 1]);

  await client.documents.update(b, { merge: { status: 'open' } });
  await client.documents.update(a, { title: 'a2' });
  await client.documents.update(a, { merge: { status: 'done' } });
  await client.documents.delete(b);
  await client.documents.restore(b);
  expect(told).toEqual([['a', 'b2'], ['a2', 'b2'], ['b2'], [], ['b2']]);
  expect([runs, now()]).toEqual([6, ['b2']]);
});

test('by words, with an order and a limit', async () => {
  await create('milk', { n: 1 });
  const { told, now } = watch({ search: 'mil', orderBy: 'title', limit: 2 });
  await create('millet', {});
  await create('bread', {});
  await create('mild', {});
  expect(told).toEqual([
    ['milk', 'millet'],
    ['mild', 'milk'],
  ]);
  expect([now(), runs]).toEqual([['mild', 'milk'], 3]);
});

test('after stop, and after closing, nobody is called', async () => {
  const first = watch({});
  const second = watch({});
  first.live.stop();
  await create('a', {});
  expect([first.told, second.told]).toEqual([[], [['a']]]);
  await client.close();
  expect(second.now()).toEqual(['a']);
  expect(() => client.documents.live({}, () => undefined)).toThrow('closed');
});

test('a listener may write, and one that throws harms nobody', async () => {
  client.documents.live({ where: { done: true } }, () => {
    throw new Error('on purpose');
  });
  client.documents.live({ where: { done: true, seen: { exists: false } } }, (documents) => {
    for (const { id } of documents) void client.documents.update(id, { merge: { seen: true } });
  });
  const { now } = watch({ where: { seen: true } });
  await create('a', { done: true });
  expect(now()).toEqual(['a']);
});

test('where a result cannot be read it is told as an error, and the next change reads it again', async () => {
  const errors: string[] = [];
  client.on('error', ({ code }) => errors.push(code));
  const { told } = watch({ where: { status: 'open' } });
  const { store } = client as unknown as { store: SqliteStore };
  const find = store.documents.find;
  store.documents.find = () => {
    throw new Error('on purpose');
  };
  await create('a', { status: 'open' });
  store.documents.find = find;
  expect([told, errors]).toEqual([[], ['storage_failed']]);
  await create('b', { status: 'done' });
  expect(told).toEqual([['a']]);
});

test.each<[string, LiveOptions]>([
  ['a condition that is none', { where: { a: { like: 1 } as never } }],
  ['an order that is none', { orderBy: 'content' as never }],
  ['words that are none', { search: 5 as never }],
])('%s is refused at once', (_, options) => {
  expect(() => watch(options)).toThrow(expect.objectContaining({ code: 'invalid_argument' }) as Error);
});

test('changes of the server, and of our own as they are confirmed', async () => {
  const platform = new FakePlatform(3);
  const server = new FakeServer(platform);
  const online = await SyncClient.open(
    { database: ':memory:', url: 'ws://server.test/ws', token: 'secret' },
    { platform, transport: server },
  );
  try {
    const { told, live } = watch({ where: { status: 'open' } }, online);
    const { id } = await online.documents.create({ title: 'a', content: { status: 'open' } });
    expect(live.current[0]).toMatchObject({ pending: true, version: 0 });
    const synced = online.synced();
    await platform.advance(5_000);
    await synced;
    expect(live.current[0]).toMatchObject({ pending: false, version: 1 });
    const before = server.head;
    const mutation = {
      kind: 'update',
      mutation_id: '0190c000-0000-7000-8000-00000000cafe',
      stream_id: server.streamId,
      document_id: id,
      base_version: 1,
      patch: [{ op: 'replace', path: '/status', value: 'done' }],
    };
    server.commit(mutation as unknown as Mutation, '0190b000-0000-7000-8000-000000000001' as ClientId);
    server.broadcast(before);
    await platform.advance(1_000);
    expect(live.current).toEqual([]);
    expect(told.at(-1)).toEqual([]);
  } finally {
    await online.close();
  }
});

test('changes of another process on the same file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'client-sdk-live-'));
  const database = join(folder, 'shared.sqlite3');
  const shared = await SyncClient.open({ database });
  try {
    const { told, now } = watch({ where: { n: 2 } }, shared);
    const child = startChild('writer.ts', database, 'other', '2');
    expect((await child.exit).code).toBe(0);
    // It counts each of its two documents up by one: the first to 2, the second from 2.
    await waitFor('the writes of the other process', () => told.at(-1)?.join() === 'other 1');
    expect(now()).toEqual(['other 1']);
  } finally {
    await shared.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
