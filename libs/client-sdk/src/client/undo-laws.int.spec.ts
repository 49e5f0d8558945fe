/**
 * What is shown of pending changes, undo, redo and revert among them, is what the server makes of them: as long as nobody
 * else has written, and also after what others wrote meanwhile has been folded in.
 */
import type { ClientId, ConflictStrategy, Mutation } from '@json-database-sync/domain';
import fc from 'fast-check';
import { FakePlatform } from '../../testing/fake-platform.js';
import { FakeServer } from '../../testing/fake-server.js';
import { SyncClient } from './sync-client.js';

const OTHER = '0190b000-0000-7000-8000-000000000001' as ClientId;

const own = fc.record({
  kind: fc.constantFrom('set', 'set', 'push', 'shift', 'undo', 'undo', 'redo', 'revert', 'undo version', 'delete'),
  key: fc.constantFrom('a', 'b'),
  version: fc.integer({ min: 1, max: 4 }),
  force: fc.boolean(),
});
const foreign = fc.record({
  kind: fc.constantFrom('set', 'set', 'push', 'undo', 'delete', 'restore'),
  key: fc.constantFrom('a', 'b'),
});
type Own = typeof own extends fc.Arbitrary<infer T> ? T : never;
type Foreign = typeof foreign extends fc.Arbitrary<infer T> ? T : never;

interface World {
  readonly platform: FakePlatform;
  readonly server: FakeServer;
  readonly client: SyncClient;
  readonly id: string;
}

/** A document of three versions, known to all, and the client offline. */
async function worldUnder(strategy: ConflictStrategy): Promise<World> {
  const platform = new FakePlatform(7);
  const server = new FakeServer(platform);
  server.strategy = strategy;
  const client = await SyncClient.open(
    { database: ':memory:', url: 'ws://server.test/ws', token: 'secret' },
    { platform, transport: server },
  );
  const { id } = await client.documents.create({ content: { a: 0, b: 0, list: ['x', 'y'] } });
  await client.documents.update(id, { merge: { a: 1 } });
  await client.documents.update(id, { patch: [{ op: 'add', path: '/list/0', value: 'w' }] });
  await platform.advance(5_000);
  client.disconnect();
  return { platform, server, client, id };
}

let made = 0;

/** Some cannot be, and are refused at once; then nothing is pending of them. */
async function change({ client, id }: World, { kind, key, version, force }: Own): Promise<void> {
  const { documents } = client;
  const value = `own ${++made}`;
  const [patches, past] = [
    {
      set: { merge: { [key]: value } },
      push: push(value),
      shift: { patch: [{ op: 'remove', path: '/list/0' } as const] },
    },
    {
      undo: () => documents.undo(id, { force }),
      'undo version': () => documents.undo(id, { version, force }),
      redo: () => documents.redo(id, { force }),
      revert: () => documents.revert(id, version),
      delete: () => documents.delete(id),
    },
  ];
  const work =
    kind in past ? past[kind as keyof typeof past] : () => documents.update(id, patches[kind as keyof typeof patches]);
  await work().catch((error: unknown) => expect(error).toMatchObject({ name: 'SyncError' }));
}

const push = (value: string) => ({ patch: [{ op: 'add', path: '/list/-', value } as const] });

function byOther({ server, id }: World, { kind, key }: Foreign): void {
  const value = `theirs ${++made}`;
  const base_version = server.documents.get(id)?.version ?? 0;
  const changes: Record<Foreign['kind'], object> = {
    set: { kind: 'update', base_version, patch: [{ op: 'add', path: `/${key}`, value }] },
    push: { kind: 'update', base_version, ...push(value) },
    undo: { kind: 'undo' },
    delete: { kind: 'delete', base_version },
    restore: { kind: 'restore' },
  };
  const mutation_id = `0190c000-0000-7000-8000-${String(made).padStart(12, '0')}`;
  const mutation = { mutation_id, stream_id: server.streamId, document_id: id, ...changes[kind] };
  server.commit(mutation as unknown as Mutation, OTHER);
}

const outline = (document: { title: string; content: unknown; deletedAt: string | null } | undefined) =>
  document && { title: document.title, content: document.content, deleted: document.deletedAt !== null };

test.each<ConflictStrategy>(['server_wins', 'client_wins', 'manual'])(
  'under %s, what is shown of pending changes is what they come to',
  async (strategy) => {
    let undone = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(own, { minLength: 1, maxLength: 6 }),
        fc.array(foreign, { maxLength: 3 }),
        async (changes, others) => {
          const world = await worldUnder(strategy);
          const { platform, server, client, id } = world;
          try {
            for (const each of changes) await change(world, each);
            const alone = outline(client.documents.get(id, { includeDeleted: true }));
            for (const each of others) byOther(world, each);
            // What others wrote comes in first: the client's own changes are not answered yet.
            server.hooks.answer = (frame) => (frame.type === 'mutate' ? [] : undefined);
            client.connect();
            await platform.advance(2_000);
            const shown = outline(client.documents.get(id, { includeDeleted: true }));
            if (others.length === 0) expect(shown).toEqual(alone);
            server.hooks.answer = () => undefined;
            client.disconnect();
            client.connect();
            await platform.advance(30_000);
            expect(outline(server.documents.get(id))).toEqual(shown);
            expect(outline(client.documents.get(id, { includeDeleted: true }))).toEqual(shown);
            expect(client.status()).toMatchObject({ pending: 0, caughtUp: true });
            undone += server.events.filter(({ cause, clientId }) => cause !== null && clientId !== OTHER).length;
          } finally {
            await client.close();
          }
        },
      ),
      { numRuns: 100 },
    );
    expect(undone).toBeGreaterThan(30);
  },
);
