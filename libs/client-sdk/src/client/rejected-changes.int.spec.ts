/** A change that the server turns down, and what the application had made on top of it before it knew. */
import type { ClientId, Mutation } from '@json-database-sync/domain';
import { FakePlatform } from '../../testing/fake-platform.js';
import { FakeServer } from '../../testing/fake-server.js';
import { SyncClient } from './sync-client.js';

const OTHER = '0190b000-0000-7000-8000-000000000001' as ClientId;

let platform: FakePlatform;
let server: FakeServer;
let client: SyncClient;

beforeEach(async () => {
  platform = new FakePlatform(11);
  server = new FakeServer(platform);
  client = await SyncClient.open(
    { database: ':memory:', url: 'ws://server.test/ws', token: 'secret' },
    { platform, transport: server },
  );
});

afterEach(() => client.close());

const pass = (ms = 5_000) => platform.advance(ms);

/** By another device, on version 2. */
function theirs(id: string, path: string, value: string): void {
  const mutation = {
    mutation_id: '0190c000-0000-7000-8000-000000000001',
    stream_id: server.streamId,
    document_id: id,
    kind: 'update',
    base_version: 2,
    patch: [{ op: 'replace', path, value }],
  };
  expect(server.commit(mutation as unknown as Mutation, OTHER).status).toBe('applied');
}

const remove = (path: string) => ({ patch: [{ op: 'remove', path } as const] });
const replace = (path: string, value: string) => ({ patch: [{ op: 'replace', path, value } as const] });

async function shared(): Promise<string> {
  const { id } = await client.documents.create({ content: { list: ['w', 'x', 'y', 'z'], n: 0 } });
  await pass();
  return id;
}

function contentAt(id: string) {
  return { here: client.documents.get(id)?.content, there: server.documents.get(id)?.content };
}

const both = (content: object) => ({ here: content, there: content });
const losses = () =>
  client
    .conflicts()
    .map(({ change, error }) => [change.kind, error?.code])
    .sort();

test('an index that a refused undo had shifted names no other item; what is elsewhere goes on', async () => {
  const id = await shared();
  await client.documents.update(id, remove('/list/0'));
  await pass();
  client.disconnect();
  await client.documents.undo(id);
  // y, in the list with w brought back; z in the list without.
  await client.documents.update(id, replace('/list/2', 'mine'));
  await client.documents.update(id, { merge: { n: 1 } });
  theirs(id, '/list/0', 'X');
  client.connect();
  await pass();
  expect(contentAt(id)).toEqual(both({ list: ['X', 'y', 'z'], n: 1 }));
  expect(losses()).toEqual([
    ['undo', 'undo_overlap'],
    ['update', 'earlier_change_rejected'],
  ]);
  expect(client.conflicts().find(({ change }) => change.kind === 'update')).toMatchObject({
    change: { patch: [{ op: 'replace', path: '/list/2', value: 'mine' }] },
    dropped: [{ index: 0, operation: { path: '/list/2', value: 'mine' } }],
  });
  expect(client.conflicts().find(({ change }) => change.kind === 'undo')?.change).not.toHaveProperty('effect');
  expect(client.status()).toMatchObject({ pending: 0, caughtUp: true });
});

test('nor one that an undo had shifted of which, behind a snapshot, nobody can tell what it was for', async () => {
  const id = await shared();
  client.disconnect();
  await client.documents.update(id, remove('/list/0'));
  await client.documents.undo(id);
  await client.documents.update(id, replace('/list/2', 'mine'));
  await client.documents.update(id, { merge: { n: 1 } });
  // The removal is carried out, and its answer lost with all that tells of it.
  let cuts = 0;
  server.hooks.down = (frame) => (frame.type === 'mutation_results' && cuts++ === 0 ? null : [frame]);
  client.connect();
  await platform.advance(100);
  expect(cuts).toBe(1);
  expect(server.documents.get(id)).toMatchObject({ version: 2, content: { list: ['x', 'y', 'z'] } });
  server.retainedAfter = server.head;
  server.events.length = server.head;
  await pass(60_000);
  expect(contentAt(id)).toEqual(both({ list: ['x', 'y', 'z'], n: 1 }));
  expect(losses()).toEqual([
    ['undo', 'history_too_long'],
    ['update', 'earlier_change_rejected'],
  ]);
  expect(client.status()).toMatchObject({ pending: 0, caughtUp: true });
});

test('an older server, which carries out what follows, is believed', async () => {
  const id = await shared();
  client.disconnect();
  await client.documents.update(id, { merge: { n: 1 } });
  await client.documents.update(id, { merge: { n: 2 } });
  server.hooks.answer = (frame) => {
    if (frame.type !== 'mutate') return undefined;
    const [, second] = frame.mutations as Mutation[];
    const before = server.head;
    if (!second) return undefined;
    const result = server.commit(second, client.status().clientId as ClientId);
    server.broadcast(before);
    const error = { code: 'invalid_document', message: 'no', retryable: false };
    const first = (frame.mutations as Mutation[])[0]!;
    const { mutation_id, document_id } = first;
    const refusal = { mutation_id, document_id, status: 'rejected' as const, version: null, sequence: null, error };
    return [{ type: 'mutation_results', results: [refusal, result] }];
  };
  client.connect();
  await pass();
  expect(contentAt(id)).toMatchObject(both({ n: 2 }));
  expect(losses()).toEqual([['update', 'invalid_document']]);
  expect(client.status()).toMatchObject({ pending: 0 });
});
