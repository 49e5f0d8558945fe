/** All documents as they were, offline and from the server, against a replay of the log. */
import fc from 'fast-check';
import { ClientWorld } from '../../testing/client-world.js';
import { documentsAt } from '../../testing/fake-past.js';
import type { SyncClient } from './sync-client.js';
import type { StreamVersion } from './types.js';

let world: ClientWorld;

beforeEach(() => {
  world = new ClientWorld();
});
afterEach(() => world.close());

const asked = (): number => world.server.frames.filter(({ type }) => type === 'get_stream_at').length;

async function answered(past: Promise<StreamVersion>): Promise<StreamVersion> {
  past.catch(() => undefined);
  await world.pass(5_000);
  return past;
}

function replayed(sequence: number, includeDeleted = false): object[] {
  return documentsAt(world.server.events, sequence)
    .filter(({ deletedAt }) => includeDeleted || deletedAt === null)
    .map(({ id, version, title, content, deletedAt, updatedAt, revisionId }) => ({
      ...{ id, version, title, content, deletedAt, updatedAt, revisionId },
    }));
}

async function edit(
  client: SyncClient,
  ids: string[],
  { at, kind, value }: { at: number; kind: string; value: number },
) {
  const id = ids[at % Math.max(1, ids.length)] ?? '';
  const document = id === '' ? undefined : client.documents.get(id, { includeDeleted: true });
  if (kind === 'create' || !document) {
    ids.push((await client.documents.create({ title: `made ${value}`, content: { value } })).id);
  } else if (kind === 'delete') await client.documents.delete(id);
  else if (document.deletedAt !== null) await client.documents.restore(id);
  else await client.documents.update(id, { merge: { value }, title: `title ${value % 3}` });
}

const step = fc.record({
  at: fc.nat(5),
  kind: fc.constantFrom('create', 'update', 'update', 'update', 'delete'),
  value: fc.nat(50),
});

test('offline, by sequence and by time, it is the replay of the events up to then', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
      const client = await world.open();
      const ids: string[] = [];
      for (const each of steps) {
        await edit(client, ids, each);
        await world.pass(each.value % 2 === 0 ? 500 : 1);
      }
      await world.pass(10_000);
      client.disconnect();
      // What is pending has no time yet.
      await client.documents.create({ content: 'pending' });
      const { events } = world.server;
      for (let sequence = 0; sequence <= events.length; sequence++) {
        const past = await client.documents.listAt({ sequence }, { includeDeleted: true });
        expect(past.sequence).toBe(sequence);
        expect(past.documents).toMatchObject(replayed(sequence, true));
        const alive = await client.documents.listAt({ sequence });
        expect(alive.documents.map(({ id }) => id)).toEqual(replayed(sequence).map((each) => 'id' in each && each.id));
      }
      for (const { createdAt } of events) {
        const until = events.filter((event) => event.createdAt <= createdAt).length;
        const past = await client.documents.listAt({ time: createdAt });
        expect(past.sequence).toBe(until);
        expect(past.documents).toMatchObject(replayed(until));
      }
      expect(asked()).toBe(0);
      await client.close();
      world = new ClientWorld();
    }),
    { numRuns: 15 },
  );
});

describe('a client that has begun with a snapshot', () => {
  let client: SyncClient;
  let early: string;

  beforeEach(async () => {
    const first = await world.open();
    const { id } = await first.documents.create({ title: 'first', content: { n: 0 } });
    for (let n = 1; n < 4; n++) {
      await world.pass(5_000);
      await first.documents.update(id, { merge: { n } });
    }
    await first.documents.create({ title: 'second', content: {} });
    await first.documents.create({ title: 'third', content: {} });
    await world.pass(5_000);
    early = world.server.events[1]!.createdAt;
    await first.close();
    client = await world.open();
    await world.pass(5_000);
    world.update(id, 4, '/n', 9);
    await world.pass(5_000);
  });

  test('asks the server for what its own log does not reach, page by page', async () => {
    expect((await answered(client.documents.listAt({ sequence: 2 }))).documents).toMatchObject(replayed(2));
    expect((await answered(client.documents.listAt({ time: early }))).documents[0]).toMatchObject({ title: 'first' });
    expect(asked()).toBeGreaterThan(1);
    const before = asked();
    expect((await answered(client.documents.listAt({ sequence: 5 }))).documents).toMatchObject(replayed(5));
    expect(asked()).toBeGreaterThan(before);
    const now = asked();
    expect((await answered(client.documents.listAt({ sequence: 7 }))).documents).toMatchObject(replayed(7));
    expect(asked()).toBe(now);
  });

  test('says so where it has no connection', async () => {
    client.disconnect();
    await expect(client.documents.listAt({ sequence: 2 })).rejects.toMatchObject({ code: 'history_too_long' });
    await expect(client.documents.listAt({ time: early })).rejects.toMatchObject({ code: 'history_too_long' });
    await expect(client.documents.listAt({ time: '9999-01-01T00:00:00Z' })).resolves.toMatchObject({ sequence: 7 });
  });

  test('is told what the server does not know either, and what is yet to come', async () => {
    world.server.retainedAfter = 4;
    await expect(answered(client.documents.listAt({ sequence: 2 }))).rejects.toMatchObject({
      code: 'history_too_long',
    });
    await expect(answered(client.documents.listAt({ sequence: 99 }))).rejects.toMatchObject({
      code: 'version_mismatch',
    });
    await expect(client.documents.listAt({ sequence: -1 })).rejects.toMatchObject({ code: 'invalid_argument' });
    await expect(client.documents.listAt({ time: 'soon' })).rejects.toMatchObject({ code: 'invalid_argument' });
  });
});
