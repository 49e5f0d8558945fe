/** The whole client in virtual time: snapshots, servers that were restored from a backup, and content that does not match. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SyncError } from '@json-database-sync/domain';
import { TEST_FOLDER_PREFIX, removeTestFolder } from '../../../../testing/test-folders.js';
import { ClientWorld } from '../../testing/client-world.js';
import { SyncClient } from '../client/sync-client.js';
import { SqliteStore } from '../store/sqlite-store.js';

let world: ClientWorld;
let folder: string;

beforeEach(async () => {
  world = new ClientWorld();
  folder = await mkdtemp(join(tmpdir(), TEST_FOLDER_PREFIX));
});
afterEach(async () => {
  await world.close();
  await removeTestFolder(folder);
});

const foreign = (mutation: Parameters<ClientWorld['foreign']>[0]) => world.foreign(mutation);
const update = (id: string, base: number, path: string, value: unknown) => world.update(id, base, path, value);
const expectConverged = (client: SyncClient) => world.expectConverged(client);
const pass = (ms?: number) => world.pass(ms);

describe('snapshots', () => {
  const fill = (count: number) => {
    for (let n = 0; n < count; n++) {
      const number = String(n).padStart(12, '0');
      foreign({ kind: 'create', document_id: `0190d000-0000-7000-8000-${number}`, title: `d${n}`, content: { n } });
    }
  };

  test('a new client takes one, page by page, with progress', async () => {
    fill(10);
    const client = await world.open();
    const progress: unknown[] = [];
    client.on('sync', (notice) => notice.phase === 'snapshot' && progress.push([notice.received, notice.total]));
    await pass();
    expectConverged(client);
    expect(progress).toContainEqual([10, 10]);
    expect(progress).toContainEqual([3, 10]);
  });

  test('goes on after a lost connection, and nothing shows before it is whole', async () => {
    fill(10);
    const client = await world.open();
    let pages = 0;
    world.server.hooks.down = (frame) => {
      if (frame.type !== 'snapshot') return [frame];
      pages++;
      if (pages !== 3) return [frame];
      expect(client.documents.count()).toBe(0);
      return null;
    };
    await pass(60_000);
    expectConverged(client);
    // Four pages, one of them lost.
    expect(pages).toBe(5);
  });

  test('the next page is asked for before one is stored; one that cannot be stored is asked for again', async () => {
    fill(10);
    const store = SqliteStore.open(':memory:', world.platform);
    const add = store.snapshots.add.bind(store.snapshots);
    let pages = 0;
    store.snapshots.add = (documents) => {
      if (++pages === 2) throw new SyncError('storage_failed');
      add(documents);
    };
    const asked: unknown[] = [];
    world.server.hooks.up = (frame) => void (frame.type === 'get_snapshot' && asked.push(frame.cursor));
    const client = await SyncClient.open(
      { database: ':memory:', url: 'ws://server.test/ws', token: 'secret' },
      { platform: world.platform, transport: world.server, openStore: () => store },
    );
    await pass(60_000);
    expectConverged(client);
    // The third page was asked for on a connection that ended when the second one could not be stored.
    const [first, second, third, fourth] = [...new Set(asked)];
    expect(asked).toEqual([first, second, second, third, fourth]);
    await client.close();
  });

  test('a stream that moves on in the middle makes it begin anew', async () => {
    fill(10);
    const client = await world.open();
    let pages = 0;
    world.server.hooks.down = (frame) => {
      if (frame.type === 'snapshot' && ++pages === 2) fill2();
      return [frame];
    };
    const fill2 = () =>
      foreign({ kind: 'create', document_id: '0190e000-0000-7000-8000-000000000000', title: 'x', content: 1 });
    await pass(60_000);
    expectConverged(client);
    expect(client.documents.count()).toBe(11);
  });

  test('a cursor that retention has passed; pending changes stay on top', async () => {
    const client = await world.open();
    const { id } = await client.documents.create({ content: { a: 1, b: 1 } });
    await pass();
    client.disconnect();
    await client.documents.update(id, { merge: { a: 'mine' } });
    update(id, 1, '/b', 'theirs');
    fill(5);
    world.server.retainedAfter = world.server.head;
    let showed: unknown;
    world.server.hooks.up = (frame) => {
      if (frame.type === 'get_snapshot') showed = client.documents.get(id)!.content;
    };
    client.connect();
    await pass();
    expect(showed).toMatchObject({ a: 'mine' });
    expectConverged(client);
    expect(client.documents.get(id)!.content).toEqual({ a: 'mine', b: 'theirs' });
  });

  test('a cursor that is refused once, by mistake, costs no snapshot', async () => {
    const client = await world.open();
    await client.documents.create({ content: 1 });
    await pass();
    let refusals = 1;
    world.server.hooks.answer = (frame) =>
      frame.type === 'get_changes_since' && refusals-- > 0
        ? [{ type: 'error', code: 'cursor_too_old', message: 'no', retryable: false }]
        : undefined;
    const before = world.server.frames.length;
    const done = client.synced();
    await pass();
    await done;
    expect(world.server.frames.slice(before).map((frame) => frame.type)).toEqual([
      'get_changes_since',
      'get_changes_since',
    ]);
  });

  test('a server that came back from an older backup: its state is taken, changes made here are sent again', async () => {
    const client = await world.open();
    const first = await client.documents.create({ content: { a: 1 } });
    await pass();
    const second = await client.documents.create({ content: { b: 1 } });
    await pass();
    client.disconnect();
    await client.documents.update(first.id, { merge: { a: 2 } });
    world.server.restoreTo(1);
    client.connect();
    await pass(5_000);
    expectConverged(client);
    expect(client.documents.get(first.id)!.content).toEqual({ a: 2 });
    expect(client.documents.get(second.id)).toBeUndefined();
  });

  test('the same, noticed although the server has moved on past our cursor', async () => {
    const client = await world.open();
    const { id } = await client.documents.create({ content: { a: 1 } });
    await pass();
    await client.documents.update(id, { merge: { a: 'lost with the server' } });
    await pass();
    client.disconnect();
    world.server.restoreTo(1);
    fill(4);
    client.connect();
    await pass(5_000);
    expectConverged(client);
    expect(client.documents.get(id)!.content).toEqual({ a: 1 });
  });

  test('the same, where its log has lost its head as well', async () => {
    const client = await world.open();
    const { id } = await client.documents.create({ content: { a: 1 } });
    await pass();
    await client.documents.update(id, { merge: { a: 'lost with the server' } });
    await pass();
    client.disconnect();
    world.server.restoreTo(1);
    for (const a of [2, 3]) {
      const patch = [{ op: 'replace', path: '/a', value: a }];
      foreign({ kind: 'update', document_id: id, base_version: a - 1, patch });
    }
    world.server.retainedAfter = world.server.head;
    client.connect();
    await pass(5_000);
    expectConverged(client);
    const history = client.documents.history(id);
    await pass();
    const theirs = world.server.events.map(({ mutationId }) => mutationId);
    expect((await history).map(({ mutationId }) => mutationId)).toEqual(theirs.toReversed());
  });

  test('the same, where what stood at our cursor is gone, and its author went on as if nothing had been', async () => {
    const database = join(folder, 'replica.sqlite');
    const client = await world.open({ database });
    const { id } = await client.documents.create({ content: { a: 1 } });
    await pass();
    update(id, 1, '/a', 'lost with the server');
    await pass();
    client.disconnect();
    world.server.restoreTo(1);
    fill(2);
    update(id, 1, '/a', 'instead');
    update(id, 2, '/a', 'later');
    world.server.retainedAfter = 3;
    client.connect();
    await pass(5_000);
    expectConverged(client);
    const store = SqliteStore.open(database, world.platform);
    expect(store.events.at(world.server.streamId, 2)).toBeUndefined();
    store.close();
  });

  test('the same, where our cursor is known by a snapshot only and we have no event to compare', async () => {
    fill(3);
    const client = await world.open();
    await pass();
    client.disconnect();
    world.server.restoreTo(1);
    // Documents that are not touched again: nothing that comes after our cursor can fail to fit.
    for (const n of [7, 8, 9]) {
      foreign({
        kind: 'create',
        document_id: `0190d000-0000-7000-8000-00000000010${n}`,
        title: 'other',
        content: { n },
      });
    }
    client.connect();
    await pass(5_000);
    expectConverged(client);
  });

  test.each(['get_changes_since', 'get_snapshot'] as const)(
    'the same, where others bring the log back up to our cursor once it is refused, when %s is asked',
    async (moment) => {
      const client = await world.open();
      const { id } = await client.documents.create({ content: { n: 0 } });
      await pass();
      for (const n of [1, 2, 3]) {
        await client.documents.update(id, { merge: { n } });
        await pass();
      }
      client.disconnect();
      world.server.restoreTo(1);
      let grown = false;
      world.server.hooks.answer = (frame) => {
        const answer = frame.type === 'get_changes_since' ? world.server.changesSince(frame) : undefined;
        const details = { latest_sequence: world.server.head };
        if (frame.type === moment && !grown) {
          grown = true;
          for (let version = 1; version <= 3; version++) update(id, version, '/n', 100 + version);
        }
        return answer?.type === 'error' ? [{ ...answer, details }] : undefined;
      };
      client.connect();
      await pass(5_000);
      expect(grown).toBe(true);
      expectConverged(client);
      // Nothing of the former log is left, in the documents or in what is known of their past.
      const records = client.documents.history(id);
      await pass();
      const values = (await records).map(({ patch }) => (patch?.[0] && 'value' in patch[0] ? patch[0].value : null));
      expect(values).toEqual([103, 102, 101, null]);
    },
  );

  test('content that does not match its revision is repaired by a snapshot, with an error, and never in a hot loop', async () => {
    const client = await world.open();
    const errors: string[] = [];
    client.on('error', (error) => errors.push(error.code));
    const { id } = await client.documents.create({ content: { n: 0 } });
    await pass();
    world.server.hooks.down = (frame) => {
      if (frame.type !== 'changes') return [frame];
      return [
        {
          ...frame,
          events: frame.events.map((e) =>
            e.event_type === 'update' ? { ...e, revision_id: `${e.version}-0123456789abcdef` as never } : e,
          ),
        },
      ];
    };
    update(id, 1, '/n', 1);
    await pass();
    expect(errors).toEqual(['version_mismatch']);
    expectConverged(client);
    for (let n = 2; n < 200; n++) {
      update(id, n, '/n', n);
      await pass(100);
    }
    expect(errors.length).toBeLessThan(12);
    world.server.hooks = {};
    await pass(300_000);
    expectConverged(client);
  });
});
