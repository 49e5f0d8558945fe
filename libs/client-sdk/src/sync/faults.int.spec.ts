/**
 * A small simulator: several clients on real SQLite and one server in memory, in virtual time, with frames lost,
 * repeated and held back, connections cut and clocks off. Whatever happened, once the network is quiet every client
 * holds what the server holds, and nothing that was written has vanished without a trace.
 */
import { canonicalJson, type JsonValue, type StreamingDown } from '@json-database-sync/domain';
import fc from 'fast-check';
import { FakePlatform } from '../../testing/fake-platform.js';
import { FakeServer } from '../../testing/fake-server.js';
import { SyncClient } from '../client/sync-client.js';

const CLIENTS = 3;

const action = fc.record({
  client: fc.nat(CLIENTS - 1),
  kind: fc.constantFrom(
    'create',
    'update',
    'update',
    'update',
    'append',
    'title',
    'delete',
    'restore',
    'offline',
    'online',
    'cut',
    'expire',
  ),
  document: fc.nat(3),
  field: fc.constantFrom('a', 'b', 'c'),
  value: fc.nat(99),
  waitMs: fc.constantFrom(0, 0, 1, 2, 5, 50, 2_000),
});
type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;

async function act(client: SyncClient, server: FakeServer, next: Action): Promise<void> {
  const all = client.documents.list({ includeDeleted: true });
  const target = all[next.document % Math.max(1, all.length)];
  switch (next.kind) {
    case 'create':
      await client.documents.create({ title: `d${next.value}`, content: { a: 0, b: 0, list: [] } });
      break;
    case 'offline':
      client.disconnect();
      break;
    case 'online':
      client.connect();
      break;
    case 'cut':
      server.dropAll();
      break;
    case 'expire':
      server.retainedAfter = server.head;
      break;
    case 'restore':
      if (target) await client.documents.restore(target.id);
      break;
    case 'delete':
      if (target) await client.documents.delete(target.id);
      break;
    default:
      if (!target || target.deletedAt !== null) return;
      if (next.kind === 'update') await client.documents.update(target.id, { merge: { [next.field]: next.value } });
      if (next.kind === 'title') await client.documents.update(target.id, { title: `t${next.value}` });
      if (next.kind === 'append') {
        await client.documents.update(
          target.id,
          (draft: { list?: JsonValue[] }) => void (draft.list ??= []).push(next.value),
        );
      }
  }
}

/** Frames on their way down are lost with the connection, repeated, or come late, as the dice say. */
function unruly(platform: FakePlatform): (frame: StreamingDown) => StreamingDown[] | null {
  const late: StreamingDown[] = [];
  return (frame) => {
    const dice = platform.random();
    if (dice < 0.04) return null;
    const isNews = frame.type === 'changes' && frame.request_id === undefined;
    if (isNews && dice < 0.12) return [];
    if (isNews && dice < 0.24) {
      late.push(frame);
      return [];
    }
    return dice < 0.34 ? [frame, frame, ...late.splice(0)] : [frame, ...late.splice(0)];
  };
}

const content = (
  documents: Iterable<{
    id: string;
    title: string;
    content: JsonValue;
    version: number;
    revisionId: string | null;
    deletedAt: string | null;
  }>,
) =>
  [...documents]
    .map((d) => [d.id, d.title, canonicalJson(d.content), d.version, d.revisionId, d.deletedAt])
    .sort((x, y) => (x[0]! < y[0]! ? -1 : 1));

test('convergence, whatever the network does', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), fc.array(action, { maxLength: 40 }), async (seed, actions) => {
      const platform = new FakePlatform(seed);
      const server = new FakeServer(platform);
      const clients: SyncClient[] = [];
      for (let n = 0; n < CLIENTS; n++) {
        clients.push(
          await SyncClient.open({ database: ':memory:', url: 'ws://server.test/' }, { platform, transport: server }),
        );
      }
      try {
        const written = new Set<string>();
        server.hooks.down = unruly(platform);
        server.hooks.up = () => platform.random() > 0.03;
        for (const next of actions) {
          const client = clients[next.client]!;
          await act(client, server, next);
          for (const document of client.documents.list({ includeDeleted: true })) {
            for (const change of await pendingIds(client, document.id)) written.add(change);
          }
          await platform.advance(next.waitMs);
        }
        server.hooks = {};
        for (const client of clients) client.connect();
        await platform.advance(400_000);
        for (const client of clients) {
          expect(client.status()).toMatchObject({ pending: 0, caughtUp: true, cursor: server.head });
          expect(content(client.documents.list({ includeDeleted: true }))).toEqual(content(server.documents.values()));
        }
        const events = new Set(server.events.map((event) => event.mutationId as string));
        const ledgers = new Set(
          clients.flatMap((client) => client.conflicts({ limit: 1_000 }).map((c) => c.mutationId as string)),
        );
        // Applied, lost and in the ledger, or without effect since others had done the same already.
        const without = new Set(
          [...server.results.values()].filter((r) => r.status !== 'conflicted').map((r) => r.mutation_id as string),
        );
        for (const id of written)
          expect([id, events.has(id) || ledgers.has(id) || without.has(id)]).toEqual([id, true]);
      } finally {
        for (const client of clients) await client.close();
      }
    }),
    { numRuns: 25 },
  );
}, 120_000);

async function pendingIds(client: SyncClient, id: string): Promise<string[]> {
  const records = client.documents.history(id, { limit: 20 });
  // Only the local part is of interest, and it is there without a server; what is asked of the server may stay open.
  const settled = await Promise.race([
    records,
    Promise.resolve()
      .then(() => Promise.resolve())
      .then(() => null),
  ]);
  return (settled ?? []).filter((record) => record.pending).map((record) => record.mutationId);
}
