/** The client against the real server: real processes, sockets, PostgreSQL and SQLite files. */
import { randomUUID } from 'node:crypto';
import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { LIMITS, canonicalJson } from '@json-database-sync/domain';
import { freePort, startProcess, type TestProcess } from '../../../../testing/processes.js';
import { startTcpProxy, type TcpProxy } from '../../../../testing/tcp-proxy.js';
import { TEST_FOLDER_PREFIX, removeTestFolder } from '../../../../testing/test-folders.js';
import { waitFor } from '../../../../testing/wait-for.js';
import { SyncClient } from '../client/sync-client.js';
import type { SyncClientOptions } from '../client/types.js';

const root = path.resolve(__dirname, '../../../..');

let folder: string;
let port: number;
let server: TestProcess;
let user: string;
let clients: SyncClient[] = [];

async function startServer(): Promise<void> {
  server = startProcess(process.execPath, [path.join(root, 'apps/server/dist/main.js')], {
    cwd: root,
    env: {
      DATABASE_URL: undefined,
      DATA_DIR: path.join(folder, 'data'),
      BIND_ADDRESS: `127.0.0.1:${port}`,
      DEMO_MODE: 'true',
    },
  });
  await server.waitForOutput(/ready at ws:/, { timeoutMs: 60_000 });
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), TEST_FOLDER_PREFIX));
  // As root the cluster belongs to another user, who has to get there.
  await chmod(folder, 0o755);
  port = await freePort();
  await startServer();
});
afterAll(async () => {
  server.signal('SIGTERM');
  await server.exit;
  await removeTestFolder(folder);
});

beforeEach(() => {
  user = randomUUID();
});
afterEach(async () => {
  for (const client of clients) await client.close();
  clients = [];
});

async function open(options: Partial<SyncClientOptions> = {}): Promise<SyncClient> {
  const client = await SyncClient.open({
    database: path.join(folder, `${randomUUID()}.sqlite3`),
    url: `ws://127.0.0.1:${port}/ws`,
    token: 'demo-token',
    userId: user,
    backoff: { initialMs: 20, maxMs: 500 },
    ...options,
  });
  clients.push(client);
  return client;
}

/** All of them hold the same, byte for byte. */
async function expectSame(...all: SyncClient[]): Promise<void> {
  for (const client of all) await client.synced();
  // A second round: what one of them pushed in the first has to reach those before it.
  for (const client of all) await client.synced();
  const [first, ...others] = all.map((client) =>
    client.documents
      .list({ includeDeleted: true })
      .map((d) => [d.id, d.title, canonicalJson(d.content), d.version, d.revisionId, d.deletedAt, d.pending])
      .sort((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1)),
  );
  for (const other of others) expect(other).toEqual(first);
}

test('what one client writes, another sees by itself', async () => {
  const [ada, bob] = [await open(), await open()];
  const seen: string[] = [];
  bob.on('change', (notice) => seen.push(...notice.documents.map((d) => `${d.kind} ${d.origin}`)));
  await bob.synced();
  const { id } = await ada.documents.create({ title: 'Milk', content: { done: false } });
  await waitFor('the task to come', () => bob.documents.get(id)?.title === 'Milk');
  await bob.documents.update(id, { merge: { done: true } });
  await waitFor('the answer to come', () => (ada.documents.get(id)!.content as { done: boolean }).done);
  await ada.documents.delete(id);
  await waitFor('the deletion to come', () => bob.documents.get(id) === undefined);
  await bob.documents.restore(id);
  await expectSame(ada, bob);
  expect(ada.documents.get(id)).toMatchObject({ version: 4, userId: user, content: { done: true } });
  expect(seen.slice(0, 2)).toEqual(['created remote', 'updated local']);
  expect((await ada.documents.history(id)).map((change) => [change.version, change.type, change.local])).toEqual([
    [4, 'restore', false],
    [3, 'delete', true],
    [2, 'update', false],
    [1, 'create', true],
  ]);
});

test('both edit offline, one in conflict and one not, and converge', async () => {
  const [ada, bob] = [await open(), await open()];
  const { id } = await ada.documents.create({ content: { a: 0, b: 0, c: 0 } });
  await expectSame(ada, bob);
  ada.disconnect();
  bob.disconnect();
  await ada.documents.update(id, { merge: { a: 'ada', b: 'ada' } });
  await bob.documents.update(id, { merge: { b: 'bob', c: 'bob' } });
  ada.connect();
  await ada.synced();
  bob.connect();
  await expectSame(ada, bob);
  expect(ada.documents.get(id)!.content).toEqual({ a: 'ada', b: 'ada', c: 'bob' });
  expect(ada.conflicts()).toEqual([]);
  expect(bob.conflicts()).toMatchObject([
    { documentId: id, dropped: [{ operation: { op: 'replace', path: '/b', value: 'bob' } }] },
  ]);
});

test('what becomes of a loss elsewhere is known here, at once or after a time away', async () => {
  const [author, other] = [await open(), await open()];
  const made = [
    await author.documents.create({ content: { a: 0 } }),
    await author.documents.create({ content: { a: 0 } }),
  ];
  await expectSame(author, other);
  author.disconnect();
  for (const { id } of made) {
    await other.documents.update(id, { merge: { a: 'theirs' } });
    await author.documents.update(id, { merge: { a: 'mine' } });
  }
  await other.synced();
  author.connect();
  await expectSame(author, other);
  const lossOf = (id: string) => author.conflicts({ includeDismissed: true }).find((loss) => loss.documentId === id)!;
  const [first, second] = made.map(({ id }) => lossOf(id));
  expect(author.conflicts()).toHaveLength(2);

  await other.applyConflict(first!.id);
  await waitFor('the loss to be known as brought back', () => lossOf(first!.documentId).appliedAt !== null);
  expect(author.documents.get(first!.documentId)).toMatchObject({ content: { a: 'mine' }, conflicted: false });
  expect(author.conflicts().map(({ id }) => id)).toEqual([second!.id]);

  author.disconnect();
  await other.applyConflict(second!.id);
  await other.synced();
  author.connect();
  await waitFor('the other one as well', () => author.conflicts().length === 0);
  expect(author.status()).toMatchObject({ conflicts: 0, pending: 0 });
});

test('a new client takes a snapshot of many documents, with progress', async () => {
  const ada = await open();
  // Three pages.
  const count = 2 * LIMITS.snapshotDocuments + 50;
  for (let n = 0; n < count; n++) await ada.documents.create({ title: `t${n}`, content: { n } });
  await ada.synced();
  const late = await open();
  const progress: number[] = [];
  late.on('sync', (notice) => notice.phase === 'snapshot' && progress.push(notice.received ?? 0));
  await expectSame(ada, late);
  expect(late.documents.count()).toBe(count);
  expect(progress.at(-1)).toBe(count);
  expect(new Set(progress).size).toBeGreaterThan(2);
});

test('a network that breaks again and again, and a server that is killed, lose nothing', async () => {
  const proxy: TcpProxy = await startTcpProxy(port);
  try {
    const [ada, bob] = [await open({ url: `ws://127.0.0.1:${proxy.port}/ws` }), await open()];
    const { id } = await ada.documents.create({ content: { ada: 0, bob: 0 } });
    await expectSame(ada, bob);
    for (let n = 1; n <= 60; n++) {
      await ada.documents.update(id, { merge: { ada: n } });
      await bob.documents.update(id, { merge: { bob: n } });
      if (n % 10 === 0) proxy.cut();
      if (n === 30) {
        server.signal('SIGKILL');
        await server.exit;
      }
      if (n === 45) await startServer();
      if (n % 7 === 0 && n < 30) await bob.synced();
    }
    await expectSame(ada, bob);
    expect(ada.documents.get(id)).toMatchObject({ content: { ada: 60, bob: 60 }, version: 121 });
    expect([...ada.conflicts(), ...bob.conflicts()]).toEqual([]);
  } finally {
    await proxy.close();
  }
});

test('a token that is not right: offline with the reason, no storm, and the data is there', async () => {
  const first = await open();
  await first.synced();
  const reasons: string[] = [];
  const stranger = await open({ token: 'not the token', autoConnect: false });
  stranger.on('connection', (notice) => reasons.push(notice.state));
  await stranger.documents.create({ content: 'offline all the same' });
  stranger.connect();
  await expect(stranger.synced()).rejects.toMatchObject({ code: 'invalid_auth' });
  expect(reasons).toEqual(['connecting', 'offline']);
  expect(stranger.status()).toMatchObject({ pending: 1, documents: 1, userId: null });
});
