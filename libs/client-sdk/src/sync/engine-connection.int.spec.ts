/** The whole client in virtual time: connections that fail, changes that are turned down, tokens that are refused. */
import type { Mutation, StreamingDown } from '@json-database-sync/domain';
import { ClientWorld } from '../../testing/client-world.js';
import { USER } from '../../testing/fake-server.js';
import type { SyncClient } from '../client/sync-client.js';

let world: ClientWorld;

beforeEach(() => {
  world = new ClientWorld();
});
afterEach(() => world.close());

const update = (id: string, base: number, path: string, value: unknown) => world.update(id, base, path, value);
const expectConverged = (client: SyncClient) => world.expectConverged(client);
const pass = (ms?: number) => world.pass(ms);

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

  test('a server that says when to come back is not asked sooner', async () => {
    const client = await world.open();
    let asked = 0;
    world.server.hooks.answer = (frame) =>
      frame.type === 'mutate' && ++asked === 1
        ? [
            {
              type: 'error',
              code: 'overloaded',
              message: 'busy',
              retryable: true,
              details: { retry_after_ms: 20_000 },
            },
          ]
        : undefined;
    await client.documents.create({ content: 1 });
    await pass(19_000);
    expect(asked).toBe(1);
    await pass(10_000);
    expect(asked).toBe(2);
    expectConverged(client);
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
