/** The whole client on real SQLite, against a server in memory, in virtual time: writing, hearing of others, waiting, ending. */
import { SyncError } from '@json-database-sync/domain';
import { ClientWorld } from '../../testing/client-world.js';
import { USER } from '../../testing/fake-server.js';
import type { SyncClient } from '../client/sync-client.js';
import type { ConflictNotice } from '../client/types.js';

let world: ClientWorld;

beforeEach(() => {
  world = new ClientWorld();
});
afterEach(() => world.close());

const foreign = (mutation: Parameters<ClientWorld['foreign']>[0]) => world.foreign(mutation);
const update = (id: string, base: number, path: string, value: unknown) => world.update(id, base, path, value);
const expectConverged = (client: SyncClient) => world.expectConverged(client);
const pass = (ms?: number) => world.pass(ms);

describe('the way of a write', () => {
  test('is durable at once and reaches the server', async () => {
    const client = await world.open();
    const made = await client.documents.create({ title: 'One', content: { a: 1 } });
    expect(made).toMatchObject({ version: 0, pending: true, revisionId: null });
    await pass();
    expectConverged(client);
    expect(client.documents.get(made.id)).toMatchObject({ version: 1, pending: false, userId: USER });
    expect(client.status()).toMatchObject({ connection: 'online', userId: USER, documents: 1, lastError: null });
  });

  test('goes on offline, in order, and catches up with one frame', async () => {
    const client = await world.open();
    world.server.down = true;
    const { id } = await client.documents.create({ content: { n: 0, tags: [] } });
    for (let n = 1; n <= 5; n++) await client.documents.update(id, { merge: { n } });
    await client.documents.update(id, (draft: { tags: string[] }) => void draft.tags.push('x'));
    await pass(60_000);
    expect(client.status()).toMatchObject({ connection: 'offline', pending: 7, userId: null });
    world.server.down = false;
    await pass(60_000);
    expectConverged(client);
    expect(client.documents.get(id)).toMatchObject({ version: 7, content: { n: 5, tags: ['x'] } });
    expect(world.server.frames.filter((frame) => frame.type === 'mutate')).toHaveLength(1);
  });

  test('a change that changes nothing is no change', async () => {
    const client = await world.open();
    const { id } = await client.documents.create({ title: 't', content: { a: [1] } });
    await client.documents.update(id, { content: { a: [1] }, title: 't' });
    await client.documents.update(id, { merge: {} });
    await client.documents.update(id, () => undefined);
    expect(client.status().pending).toBe(1);
  });

  test('what the application does with its objects later has no effect', async () => {
    const client = await world.open();
    const content = { list: [1] };
    const { id } = await client.documents.create({ content });
    content.list.push(2);
    const read = client.documents.get(id)!;
    (read.content as { list: number[] }).list.push(3);
    expect(client.documents.get(id)!.content).toEqual({ list: [1] });
  });
});

describe('others write too', () => {
  test('a live change is seen, and told as remote', async () => {
    const client = await world.open();
    const { id } = await client.documents.create({ content: { a: 1, b: 1 } });
    await pass();
    const seen: unknown[] = [];
    client.on('change', (notice) => seen.push(...notice.documents));
    update(id, 1, '/b', 2);
    await pass();
    expect(seen).toEqual([{ id, kind: 'updated', origin: 'remote' }]);
    expectConverged(client);
  });

  test('changes to different parts are merged, and nobody is told of a conflict', async () => {
    const client = await world.open();
    const { id } = await client.documents.create({ content: { a: 1, b: 1 } });
    await pass();
    client.disconnect();
    await client.documents.update(id, { merge: { a: 'mine' } });
    update(id, 1, '/b', 'theirs');
    client.connect();
    await pass();
    expectConverged(client);
    expect(client.documents.get(id)!.content).toEqual({ a: 'mine', b: 'theirs' });
    expect(client.conflicts()).toEqual([]);
  });

  test('changes to the same part: the loser is kept whole in the ledger, and told once', async () => {
    const client = await world.open();
    const notices: ConflictNotice[] = [];
    client.on('conflict', (notice) => notices.push(notice));
    const { id } = await client.documents.create({ title: 'T', content: { a: 1, b: 1 } });
    await pass();
    client.disconnect();
    await client.documents.update(id, {
      patch: [
        { op: 'replace', path: '/a', value: 'mine' },
        { op: 'replace', path: '/b', value: 2 },
      ],
    });
    update(id, 1, '/a', 'theirs');
    client.connect();
    await pass();
    expectConverged(client);
    expect(client.documents.get(id)).toMatchObject({ content: { a: 'theirs', b: 2 }, conflicted: true });
    expect(notices).toHaveLength(1);
    const [conflict] = client.conflicts();
    expect(conflict).toMatchObject({
      documentId: id,
      error: null,
      dropped: [{ index: 0, operation: { op: 'replace', path: '/a', value: 'mine' } }],
      change: { kind: 'update', patch: [{ path: '/a' }, { path: '/b' }] },
    });
    client.dismissConflict(conflict!.id);
    expect(client.conflicts()).toEqual([]);
    expect(client.conflicts({ includeDismissed: true })).toHaveLength(1);
    expect(client.documents.get(id)!.conflicted).toBe(false);
  });

  test('a partial loss is learned even when the answer is lost and the event comes first', async () => {
    const client = await world.open();
    const { id } = await client.documents.create({ content: { a: 1, b: 1 } });
    await pass();
    client.disconnect();
    await client.documents.update(id, {
      patch: [
        { op: 'replace', path: '/a', value: 'mine' },
        { op: 'replace', path: '/b', value: 2 },
      ],
    });
    update(id, 1, '/a', 'theirs');
    let lost = false;
    world.server.hooks.down = (frame) => {
      if (frame.type !== 'mutation_results' || lost) return [frame];
      lost = true;
      return null;
    };
    client.connect();
    await pass(5_000);
    expect(lost).toBe(true);
    expectConverged(client);
    expect(client.conflicts()).toHaveLength(1);
    expect(client.conflicts()[0]!.dropped).toHaveLength(1);
  });

  test('an edit of what was deleted meanwhile loses, and a deletion of what was edited loses too', async () => {
    const client = await world.open();
    const first = await client.documents.create({ content: { a: 1 } });
    const second = await client.documents.create({ content: { a: 1 } });
    await pass();
    client.disconnect();
    await client.documents.update(first.id, { merge: { a: 2 } });
    await client.documents.delete(second.id);
    foreign({ kind: 'delete', document_id: first.id, base_version: 1 });
    update(second.id, 1, '/a', 3);
    client.connect();
    await pass();
    expectConverged(client);
    expect(client.documents.get(first.id)).toBeUndefined();
    expect(client.documents.get(second.id)!.content).toEqual({ a: 3 });
    expect(client.conflicts()).toHaveLength(2);
  });
});

describe('waiting and ending', () => {
  test('synced settles when everything is there, and times out when it is not', async () => {
    const client = await world.open();
    await client.documents.create({ content: 1 });
    const done = client.synced({ timeoutMs: 5_000 });
    await pass();
    await done;
    client.disconnect();
    await client.documents.create({ content: 2 });
    const late = expect(client.synced({ timeoutMs: 5_000 })).rejects.toMatchObject({ code: 'timed_out' });
    await pass(6_000);
    await late;
  });

  test('synced asks: what the server has not told of is there, too', async () => {
    const client = await world.open();
    const { id } = await client.documents.create({ content: { n: 0 } });
    await pass();
    world.server.hooks.down = (frame) => (frame.type === 'changes' && frame.request_id === undefined ? [] : [frame]);
    update(id, 1, '/n', 1);
    await pass();
    expect(client.documents.get(id)!.content).toEqual({ n: 0 });
    const done = client.synced();
    await pass();
    await done;
    expectConverged(client);
  });

  test('after close there is nothing left: no timer, no notice, and every call says so', async () => {
    const client = await world.open();
    await pass();
    await client.documents.create({ content: 1 });
    const unsettled = expect(client.synced()).rejects.toMatchObject({ code: 'client_closed' });
    await client.close();
    await client.close();
    await unsettled;
    await pass(10);
    expect(world.platform.pendingTimers).toBe(0);
    expect(() => client.status()).toThrow(new SyncError('client_closed'));
    await expect(client.documents.create({ content: 1 })).rejects.toMatchObject({ code: 'client_closed' });
    expect(() => client.connect()).toThrow(new SyncError('client_closed'));
  });

  test('a listener that throws harms nobody', async () => {
    const messages: string[] = [];
    const client = await world.open({ log: (entry) => messages.push(entry.message) });
    for (const name of ['change', 'sync', 'connection', 'error', 'conflict'] as const) {
      client.on(name, () => {
        throw new Error('listener');
      });
    }
    await client.documents.create({ content: 1 });
    await pass();
    expectConverged(client);
    expect(messages).toContain('a listener of "change" threw');
  });

  test('a listener may write, and may close the client', async () => {
    const client = await world.open();
    const { id } = await client.documents.create({ content: { n: 0 } });
    let writes = 0;
    client.on('change', () => {
      if (writes++ < 3) void client.documents.update(id, { merge: { n: writes } });
    });
    await pass();
    expectConverged(client);
    client.on('connection', () => void client.close());
    world.server.dropAll();
    await pass(60_000);
    expect(world.server.dials).toBe(1);
  });

  test('history: what is pending, what is here, and the rest from the server', async () => {
    const client = await world.open();
    const { id } = await client.documents.create({ content: { n: 0 } });
    for (let n = 1; n <= 3; n++) await client.documents.update(id, { merge: { n } });
    await pass();
    const second = await world.open();
    await pass();
    await second.documents.update(id, { merge: { n: 4 } });
    const records = second.documents.history(id, { limit: 10 });
    await pass();
    const history = await records;
    expect(history.map((record) => [record.version, record.type, record.local, record.pending ?? false])).toEqual([
      [0, 'update', true, true],
      [4, 'update', false, false],
      [3, 'update', false, false],
      [2, 'update', false, false],
      [1, 'create', false, false],
    ]);
    expectConverged(second);
    const older = second.documents.history(id, { beforeVersion: 3, limit: 1 });
    await pass();
    expect(await older).toMatchObject([{ version: 2, patch: [{ op: 'replace', path: '/n', value: 1 }] }]);
  });
});
