/** The whole client on real SQLite, against a server in memory, in virtual time: every fault on purpose. */
import { SyncError, canonicalJson, type ClientId, type Mutation, type StreamingDown } from '@json-database-sync/domain';
import { FakePlatform } from '../../testing/fake-platform.js';
import { FakeServer, USER } from '../../testing/fake-server.js';
import { SyncClient } from '../client/sync-client.js';
import type { ConflictNotice, SyncClientOptions } from '../client/types.js';

const OTHER = '0190b000-0000-7000-8000-000000000001' as ClientId;

interface World {
  platform: FakePlatform;
  server: FakeServer;
  open(options?: Partial<SyncClientOptions>): Promise<SyncClient>;
}

let world: World;
let opened: SyncClient[];

beforeEach(() => {
  const platform = new FakePlatform(7);
  const server = new FakeServer(platform);
  opened = [];
  world = {
    platform,
    server,
    open: async (options = {}) => {
      const client = await SyncClient.open(
        { database: ':memory:', url: 'ws://server.test/ws', token: 'secret', ...options },
        { platform, transport: server },
      );
      opened.push(client);
      return client;
    },
  };
});

afterEach(async () => {
  for (const client of opened) await client.close();
});

let lastForeign = 0;
/** A change by another client of the same user, committed and broadcast. */
function foreign(mutation: Record<string, unknown> & { kind: string; document_id: string }): void {
  const before = world.server.head;
  const number = String(++lastForeign).padStart(12, '0');
  const whole = { mutation_id: `0190c000-0000-7000-8000-${number}`, stream_id: world.server.streamId, ...mutation };
  const result = world.server.commit(whole as unknown as Mutation, OTHER);
  expect(result.status).not.toBe('rejected');
  world.server.broadcast(before);
}

const update = (id: string, base: number, path: string, value: unknown) =>
  foreign({ kind: 'update', document_id: id, base_version: base, patch: [{ op: 'replace', path, value }] });

/** What the client holds is what the server holds, byte for byte, and nothing is left to send. */
function expectConverged(client: SyncClient): void {
  expect(client.status()).toMatchObject({ pending: 0, caughtUp: true, cursor: world.server.head });
  const here = client.documents
    .list({ includeDeleted: true })
    .map((d) => [d.id, d.title, canonicalJson(d.content), d.version, d.revisionId, d.deletedAt, d.pending]);
  const there = [...world.server.documents.values()].map((d) => [
    d.id,
    d.title,
    canonicalJson(d.content),
    d.version,
    d.revisionId,
    d.deletedAt,
    false,
  ]);
  expect(new Map(here.map((d) => [d[0], d]))).toEqual(new Map(there.map((d) => [d[0], d])));
}

const pass = (ms = 1_000) => world.platform.advance(ms);

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

describe('a connection that fails', () => {
  test('the answer is lost: the change is sent again, once more, and has one effect', async () => {
    const client = await world.open();
    let losses = 3;
    world.server.hooks.down = (frame) => (frame.type === 'mutation_results' && losses-- > 0 ? null : [frame]);
    const { id } = await client.documents.create({ content: [] });
    await client.documents.update(id, { patch: [{ op: 'add', path: '/-', value: 'x' }] });
    await pass(60_000);
    expectConverged(client);
    expect(client.documents.get(id)!.content).toEqual(['x']);
  });

  test('the request is lost', async () => {
    const client = await world.open();
    let losses = 3;
    world.server.hooks.up = (frame) => !(frame.type === 'mutate' && losses-- > 0);
    await client.documents.create({ content: 1 });
    await pass(60_000);
    expectConverged(client);
    expect(world.server.head).toBe(1);
  });

  test.each(['authenticate', 'subscribe', 'get_changes_since', 'get_snapshot', 'mutate'])(
    'silence after %s is not waited for forever',
    async (type) => {
      const client = await world.open();
      await client.documents.create({ content: 1 });
      let silent = 1;
      world.server.hooks.answer = (frame) => (frame.type === type && silent-- > 0 ? [] : undefined);
      await pass(120_000);
      // The first sync of a new client is a snapshot: what it does not ask for cannot be lost.
      if (type !== 'get_changes_since') expect(world.server.dials).toBe(2);
      expectConverged(client);
    },
  );

  test('events before the answer, events repeated, events out of order', async () => {
    const client = await world.open();
    const { id } = await client.documents.create({ content: { n: 0 } });
    await pass();
    const held: StreamingDown[] = [];
    world.server.hooks.down = (frame) => {
      if (frame.type === 'mutation_results') {
        held.push(frame);
        return [];
      }
      return frame.type === 'changes' ? [frame, frame, ...held.splice(0), frame] : [frame];
    };
    for (let n = 1; n <= 3; n++) {
      await client.documents.update(id, { merge: { n } });
      await pass();
    }
    expectConverged(client);
    expect(client.documents.get(id)).toMatchObject({ version: 4, content: { n: 3 } });
  });

  test('a live frame that was lost leaves a gap, and the gap is pulled', async () => {
    const client = await world.open();
    const { id } = await client.documents.create({ content: { n: 0 } });
    await pass();
    world.server.hooks.down = (frame) => (frame.type === 'changes' && frame.request_id === undefined ? [] : [frame]);
    update(id, 1, '/n', 1);
    update(id, 2, '/n', 2);
    world.server.hooks = {};
    update(id, 3, '/n', 3);
    await pass();
    expectConverged(client);
    expect(client.documents.get(id)!.content).toEqual({ n: 3 });
  });

  test('a quiet connection is asked for a sign of life; a dead one is left', async () => {
    const client = await world.open();
    await pass(60_000);
    expect(world.server.frames.some((frame) => frame.type === 'ping')).toBe(true);
    expect(world.server.dials).toBe(1);
    world.server.hooks.answer = (frame) => (frame.type === 'ping' ? [] : undefined);
    await pass(31_000);
    expect(world.server.dials).toBe(2);
    expect(client.status().connection).toBe('online');
  });

  test.each([
    'not JSON',
    '{"type":"no_such"}',
    '{"type":"changes"}',
    '[1,2',
    '{"type":"pong","x":9007199254740993}',
    `${'['.repeat(500)}`,
  ])('a frame that cannot be read (%s) is an error and a new connection, no crash', async (text) => {
    const client = await world.open();
    const errors: string[] = [];
    client.on('error', (error) => errors.push(error.code));
    await pass();
    world.server.sendRaw(text);
    await pass(60_000);
    expect(errors).toEqual(['invalid_message']);
    expect(world.server.dials).toBe(2);
    expect(client.status().connection).toBe('online');
  });

  test('waits longer and longer, but never beyond the limit', async () => {
    world.server.down = true;
    const client = await world.open({ backoff: { initialMs: 100, maxMs: 5_000 } });
    const waits: number[] = [];
    client.on('connection', (notice) => notice.retryInMs !== undefined && waits.push(notice.retryInMs));
    await pass(200_000);
    expect(waits.length).toBeGreaterThan(20);
    expect(Math.max(...waits)).toBeLessThanOrEqual(5_000);
    expect(Math.max(...waits.slice(0, 3))).toBeLessThanOrEqual(400);
  });
});

describe('the server turns something down', () => {
  test('a rejected change leaves the outbox, is kept with the error, and the document is as before', async () => {
    const client = await world.open();
    const { id } = await client.documents.create({ content: { a: 1 } });
    await pass();
    const codes: string[] = [];
    client.on('error', (error) => codes.push(error.code));
    world.server.hooks.answer = (frame) => {
      if (frame.type !== 'mutate') return undefined;
      const [mutation] = frame.mutations as Mutation[];
      return [
        {
          type: 'mutation_results',
          results: [
            {
              mutation_id: mutation!.mutation_id,
              status: 'rejected',
              document_id: null,
              version: null,
              sequence: null,
              error: { code: 'forbidden', message: 'read only', retryable: false },
            },
          ],
        },
      ];
    };
    await client.documents.update(id, { merge: { a: 2 } });
    await pass();
    expect(codes).toEqual(['forbidden']);
    expect(client.status()).toMatchObject({ pending: 0, conflicts: 1 });
    expect(client.documents.get(id)).toMatchObject({ content: { a: 1 }, pending: false, conflicted: true });
    expect(client.conflicts()[0]).toMatchObject({ error: { code: 'forbidden' }, change: { kind: 'update' } });
  });

  test('a creation that is turned down leaves no document', async () => {
    const client = await world.open();
    world.server.hooks.answer = (frame) =>
      frame.type === 'mutate'
        ? [{ type: 'error', code: 'message_too_large', message: 'no', retryable: false }]
        : undefined;
    const { id } = await client.documents.create({ content: 1 });
    const seen: unknown[] = [];
    client.on('change', (notice) => seen.push(...notice.documents));
    await pass();
    expect(client.documents.get(id, { includeDeleted: true })).toBeUndefined();
    expect(client.documents.count({ includeDeleted: true })).toBe(0);
    expect(seen).toContainEqual({ id, kind: 'deleted', origin: 'local' });
    expect(client.conflicts()).toHaveLength(1);
  });

  test('one poisonous change among many fails alone', async () => {
    const client = await world.open({ autoConnect: false });
    const ids: string[] = [];
    for (let n = 0; n < 9; n++) ids.push((await client.documents.create({ content: { n } })).id);
    world.server.hooks.answer = (frame) =>
      frame.type === 'mutate' && (frame.mutations as Mutation[]).some((m) => m.document_id === ids[4])
        ? [{ type: 'error', code: 'invalid_message', message: 'no', retryable: false }]
        : undefined;
    client.connect();
    await pass(10_000);
    expectConverged(client);
    expect(world.server.documents.size).toBe(8);
    expect(client.conflicts().map((conflict) => conflict.documentId)).toEqual([ids[4]]);
  });

  test('an overloaded server is asked again, with pauses', async () => {
    const client = await world.open();
    let refusals = 4;
    world.server.hooks.answer = (frame) =>
      frame.type === 'mutate' && refusals-- > 0
        ? [{ type: 'error', code: 'overloaded', message: 'busy', retryable: true }]
        : undefined;
    await client.documents.create({ content: 1 });
    await pass(60_000);
    expectConverged(client);
    expect(client.conflicts()).toEqual([]);
    expect(world.server.dials).toBe(1);
  });
});

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

describe('who we are', () => {
  test('a refused token: offline with the error, no storm, and connect tries again', async () => {
    const client = await world.open();
    const errors: string[] = [];
    client.on('error', (error) => errors.push(error.code));
    world.server.hooks.answer = (frame) =>
      frame.type === 'authenticate'
        ? [{ type: 'auth_error', code: 'invalid_auth', reason: 'no such token' }]
        : undefined;
    await pass(600_000);
    expect(world.server.dials).toBe(1);
    expect(errors).toEqual(['invalid_auth']);
    expect(client.status()).toMatchObject({
      connection: 'offline',
      lastError: { code: 'invalid_auth', message: 'no such token' },
    });
    await expect(client.synced()).rejects.toMatchObject({ code: 'invalid_auth' });
    world.server.hooks = {};
    client.connect();
    await pass();
    expect(client.status().connection).toBe('online');
  });

  test('a token function is asked again, after a long while', async () => {
    let asked = 0;
    const client = await world.open({ token: () => Promise.resolve(`token ${++asked}`) });
    world.server.hooks.answer = (frame) =>
      frame.type === 'authenticate' && frame.auth_token !== 'token 3'
        ? [{ type: 'auth_error', code: 'invalid_auth', reason: 'expired' }]
        : undefined;
    await pass(10_000);
    expect(asked).toBe(1);
    await pass(200_000);
    expect(asked).toBe(3);
    expect(client.status().connection).toBe('online');
  });

  test('a token function that throws is no crash', async () => {
    const client = await world.open({
      token: () => {
        throw new Error('no keychain');
      },
    });
    await pass();
    expect(client.status()).toMatchObject({ connection: 'offline', lastError: { code: 'invalid_auth' } });
  });

  test('the database of one user does not take in another', async () => {
    const client = await world.open({ token: () => 'any' });
    await client.documents.create({ content: 'mine' });
    await pass();
    expectConverged(client);
    client.disconnect();
    await client.documents.create({ content: 'mine too' });
    const stranger = '0190f000-0000-7000-8000-00000000000b';
    world.server.hooks.answer = (frame) =>
      frame.type === 'authenticate' ? [world.server.welcome(frame.client_id, stranger as never)] : undefined;
    const before = world.server.frames.length;
    client.connect();
    await pass(3_600_000);
    expect(world.server.frames.slice(before).map((frame) => frame.type)).toEqual(['authenticate']);
    expect(client.status()).toMatchObject({
      connection: 'offline',
      userId: USER,
      pending: 1,
      lastError: { code: 'invalid_auth' },
    });
  });

  test('what was written before the first sign-in belongs to the user then', async () => {
    const client = await world.open({ autoConnect: false });
    const { id } = await client.documents.create({ content: 1 });
    await client.documents.update(id, { content: 2 });
    client.connect();
    await pass();
    expectConverged(client);
    expect(world.server.events.every((event) => event.streamId === world.server.streamId)).toBe(true);
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
