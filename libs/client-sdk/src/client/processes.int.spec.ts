/** Several processes on one database file, and processes that are killed: real ones. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from '../../../../testing/wait-for.js';
import { startChild } from '../../testing/child-processes.js';
import { FakePlatform } from '../../testing/fake-platform.js';
import { FakeServer } from '../../testing/fake-server.js';
import { nodePlatform } from '../platform/node-platform.js';
import { SyncClient } from './sync-client.js';

let folder: string;
let database: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'client-sdk-processes-'));
  database = join(folder, 'shared.sqlite3');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const written = (output: string) => [...output.matchAll(/^wrote (\S+)$/gm)].map((match) => match[1]!);

test('processes that make one new file at the same moment all succeed, and all their writes are there', async () => {
  const children = ['a', 'b', 'c'].map((name) => startChild('writer.ts', database, name, '20'));
  for (const child of children) {
    expect(await child.exit).toEqual({ code: 0, signal: null });
    expect(child.stderr()).not.toContain('Error');
  }
  const client = await SyncClient.open({ database });
  expect(client.status()).toMatchObject({ documents: 60, pending: 120 });
  for (const child of children) {
    for (const id of written(child.stdout())) expect(client.documents.get(id)).toMatchObject({ pending: true });
  }
  await client.close();
});

test('two processes counting up one document lose no step', async () => {
  const client = await SyncClient.open({ database });
  await client.documents.create({ id: '0190d000-0000-7000-8000-00000000ffff', content: { n: 0 } });
  const children = [1, 2].map(() => startChild('writer.ts', database, 'increment', '50'));
  for (const child of children) expect((await child.exit).code).toBe(0);
  expect(client.documents.get('0190d000-0000-7000-8000-00000000ffff')!.content).toEqual({ n: 100 });
  await client.close();
});

test('a write of another process is told of, and so is one of our own, each once', async () => {
  const client = await SyncClient.open({ database });
  const told: string[] = [];
  client.on('change', (notice) => told.push(...notice.documents.map((document) => document.id)));
  const child = startChild('writer.ts', database, 'other', '1');
  await child.exit;
  const [id] = written(child.stdout());
  await waitFor('the notice of the other process', () => told.includes(id!));
  const own = await client.documents.create({ content: 1 });
  expect(told.filter((each) => each === own.id)).toHaveLength(1);
  expect(client.documents.get(id!)!.content).toMatchObject({ n: 2 });
  await client.close();
});

test('a writer killed at any moment loses nothing that it had acknowledged', async () => {
  const acknowledged: string[] = [];
  for (const enough of [3, 40, 90]) {
    const child = startChild('writer.ts', database, `until ${enough}`, '0');
    await waitFor('some writes', () => written(child.stdout()).length >= enough);
    child.signal('SIGKILL');
    expect((await child.exit).signal).toBe('SIGKILL');
    acknowledged.push(...written(child.stdout()));
  }
  const client = await SyncClient.open({ database });
  for (const id of acknowledged) {
    const { content } = client.documents.get(id)!;
    expect(await client.documents.history(id)).toHaveLength(2);
    expect(content).toMatchObject({ text: 'x'.repeat(500) });
  }
  // Every write is there whole: a document is never without its change in the outbox, nor the other way round.
  const documents = client.documents.list();
  expect(documents.every((document) => document.pending)).toBe(true);
  const changes = await Promise.all(documents.map((document) => client.documents.history(document.id)));
  expect(changes.flat()).toHaveLength(client.status().pending);
  await client.close();
});

test('what a process that closed left in the outbox is pushed at once', async () => {
  const child = startChild('writer.ts', database, 'closed', '5');
  expect((await child.exit).code).toBe(0);
  const platform = new FakePlatform();
  platform.clockSkewMs = nodePlatform.now() - platform.now();
  const server = new FakeServer(platform);
  const client = await SyncClient.open({ database, url: 'ws://server.test/' }, { platform, transport: server });
  await platform.advance(100);
  expect(client.status()).toMatchObject({ pending: 0, caughtUp: true });
  expect(server.head).toBe(10);
  await client.close();
});

test('what a process that died left in the outbox is pushed, once it has had its time', async () => {
  const child = startChild('writer.ts', database, 'gone', '0');
  await waitFor('some writes', () => written(child.stdout()).length >= 5);
  child.signal('SIGKILL');
  await child.exit;
  const platform = new FakePlatform();
  // Virtual time that begins now: the rows carry real timestamps.
  platform.clockSkewMs = nodePlatform.now() - platform.now();
  const server = new FakeServer(platform);
  const client = await SyncClient.open({ database, url: 'ws://server.test/' }, { platform, transport: server });
  await platform.advance(5_000);
  const { pending } = client.status();
  expect(pending).toBeGreaterThanOrEqual(10);
  expect(client.status().connection).toBe('online');
  expect(server.head).toBe(0);
  const own = await client.documents.create({ content: 'mine' });
  await platform.advance(100);
  expect(client.documents.get(own.id)).toMatchObject({ version: 1, pending: false });
  await platform.advance(10_000);
  expect(client.status()).toMatchObject({ pending: 0, caughtUp: true });
  expect(server.head).toBe(pending + 1);
  await client.close();
});

test('two clients on one file, both online, have every event once', async () => {
  const platform = new FakePlatform();
  const server = new FakeServer(platform);
  const open = () => SyncClient.open({ database, url: 'ws://server.test/' }, { platform, transport: server });
  const clients = [await open(), await open()];
  const { id } = await clients[0]!.documents.create({ content: { n: 0 } });
  await platform.advance(1_000);
  for (let n = 1; n <= 10; n++) {
    await clients[n % 2]!.documents.update(id, (draft: { n: number }) => void draft.n++);
    await platform.advance(n % 3 === 0 ? 0 : 500);
  }
  await platform.advance(20_000);
  for (const client of clients) {
    expect(client.status()).toMatchObject({ pending: 0, caughtUp: true, cursor: server.head });
    expect(client.documents.get(id)).toMatchObject({ version: 11, content: { n: 10 } });
    expect(client.conflicts()).toEqual([]);
    await client.close();
  }
});
