/** Losses from the application's side: brought back, dismissed, offline and online. */
import {
  toWireDocument,
  type ClientId,
  type ConflictId,
  type ConflictStrategy,
  type DocumentId,
  type JsonPatchOperation,
  type Mutation,
  type MutationId,
} from '@json-database-sync/domain';
import { FakePlatform } from '../../testing/fake-platform.js';
import { FakeServer } from '../../testing/fake-server.js';
import { SyncClient } from './sync-client.js';

const OTHER = '0190b000-0000-7000-8000-000000000001' as ClientId;

let platform: FakePlatform;
let server: FakeServer;
let client: SyncClient;

beforeEach(async () => {
  platform = new FakePlatform(7);
  server = new FakeServer(platform);
  client = await SyncClient.open(
    { database: ':memory:', url: 'ws://server.test/ws', token: 'secret' },
    { platform, transport: server },
  );
});

afterEach(() => client.close());

let made = 0;
function theirs(id: string, base: number, patch: object[]): void {
  const before = server.head;
  const mutation = {
    mutation_id: `0190c000-0000-7000-8000-${String(++made).padStart(12, '0')}`,
    stream_id: server.streamId,
    document_id: id,
    kind: 'update',
    base_version: base,
    patch,
  };
  server.commit(mutation as unknown as Mutation, OTHER);
  server.broadcast(before);
}

const replace = (path: string, value: unknown) => ({ op: 'replace', path, value });

/** Long enough for everything that is under way, in virtual time. */
const settled = (): Promise<void> => platform.advance(5_000);

/** Something that the server is asked for, with the time that it takes. */
async function within<T>(asked: Promise<T>): Promise<T> {
  asked.catch(() => undefined);
  await settled();
  return asked;
}

/** They change `a` while we are away and change `a` and `b`; offline again after the loss is known. */
async function lost(): Promise<{ documentId: string; id: string }> {
  const { id: documentId } = await client.documents.create({ content: { a: 0, b: 0, list: [1] } });
  await settled();
  client.disconnect();
  theirs(documentId, 1, [replace('/a', 'theirs'), { op: 'add', path: '/list/0', value: 0 }]);
  await client.documents.update(documentId, { content: { a: 'mine', b: 1, list: [1] } });
  client.connect();
  await settled();
  client.disconnect();
  const [conflict] = client.conflicts();
  return { documentId, id: conflict?.id ?? 'none' };
}

test('a loss is brought back offline, and out of sight when the server has confirmed it', async () => {
  const { documentId, id } = await lost();
  expect(client.documents.get(documentId)?.content).toEqual({ a: 'theirs', b: 1, list: [0, 1] });
  const document = await client.applyConflict(id);
  expect(document).toMatchObject({ content: { a: 'mine', b: 1, list: [0, 1] }, pending: true });
  expect(client.conflicts()).toMatchObject([{ id, appliedAt: null }]);
  client.connect();
  await settled();
  expect(server.documents.get(documentId)?.content).toEqual({ a: 'mine', b: 1, list: [0, 1] });
  expect(server.applied).toEqual([id]);
  expect(client.conflicts()).toEqual([]);
  expect(client.conflicts({ includeDismissed: true })).toMatchObject([{ id, appliedAt: expect.any(String) as string }]);
  expect(client.documents.get(documentId)?.conflicted).toBe(false);
  await expect(client.applyConflict(id)).rejects.toMatchObject({ code: 'version_mismatch' });
});

test('a loss that is being brought back is not brought back once more', async () => {
  const { id } = await lost();
  await client.applyConflict(id);
  await expect(client.applyConflict(id)).rejects.toMatchObject({ code: 'version_mismatch' });
  expect(client.status().pending).toBe(1);
});

test('one that loses in turn stays, beside the new loss', async () => {
  const { documentId, id } = await lost();
  await client.applyConflict(id);
  theirs(documentId, 3, [replace('/a', 'theirs again')]);
  client.connect();
  await settled();
  expect(client.conflicts()).toHaveLength(2);
  expect(client.conflicts().map((each) => each.appliedAt)).toEqual([null, null]);
  expect(server.applied).toEqual([]);
});

test('a dismissal made offline is told when there is a server', async () => {
  const { id } = await lost();
  client.dismissConflict(id);
  expect(client.conflicts()).toEqual([]);
  expect(server.dismissed).toEqual([]);
  client.connect();
  await settled();
  await platform.advance(50);
  expect(server.dismissed).toEqual([id]);
});

test('a dismissal made elsewhere is learned, and not told again', async () => {
  const { documentId, id } = await lost();
  const own = client.conflicts()[0]!;
  server.hooks.answer = (frame) => {
    if (frame.type !== 'list_conflicts' || frame.document_id !== documentId) return undefined;
    const dismissed = {
      id: id as ConflictId,
      document_id: own.documentId,
      user_id: server.userId,
      client_id: client.status().clientId as ClientId,
      mutation_id: own.mutationId,
      base_version: own.baseVersion,
      server_version: 2,
      strategy: 'server_wins',
      reason: own.reason,
      change: { kind: 'update' },
      dropped: [],
      dropped_title: null,
      created_at: '2026-01-01T00:00:00.000Z',
      status: 'dismissed' as const,
      resolved_at: '2026-01-02T00:00:00.000Z',
      resolved_by_mutation: null,
    };
    return [{ type: 'conflicts', stream_id: server.streamId, conflicts: [dismissed], cursor: null }];
  };
  client.connect();
  await settled();
  expect(client.conflicts()).toEqual([]);
  expect(client.conflicts({ includeDismissed: true })).toMatchObject([
    { id, appliedAt: null, dismissedAt: '2026-01-02T00:00:00.000Z' },
  ]);
  expect(client.documents.get(documentId)?.conflicted).toBe(false);
  expect(server.dismissed).toEqual([]);
});

test('what becomes of a loss is asked when others change the document, not when this client does', async () => {
  const { documentId } = await lost();
  client.connect();
  await settled();
  const asked = () => server.frames.filter(({ type }) => type === 'list_conflicts').length;
  const before = asked();
  await client.documents.update(documentId, { merge: { b: 2 } });
  await settled();
  expect(asked()).toBe(before);
  theirs(documentId, 4, [replace('/list', [])]);
  await settled();
  expect(asked()).toBe(before + 1);
});

test('a loss of another client is brought back by the server’s account of it', async () => {
  const { id: documentId } = await client.documents.create({ content: { a: 0, list: [1] } });
  await settled();
  await client.documents.update(documentId, { merge: { a: 'here' } });
  await settled();
  const [id, unknown] = ['0190d000-0000-7000-8000-00000000000a', '0190d000-0000-7000-8000-00000000000b'];
  const patch = [replace('/a', 'theirs')] as JsonPatchOperation[];
  const conflict = {
    id: id as ConflictId,
    document_id: documentId as DocumentId,
    user_id: server.userId,
    client_id: OTHER,
    mutation_id: '0190c000-0000-7000-8000-0000000000ff' as MutationId,
    base_version: 1,
    server_version: 2,
    strategy: 'server_wins',
    reason: 'others had changed the same parts of the document',
    change: { kind: 'update', patch },
    dropped: [{ index: 0, operation: patch[0]! }],
    dropped_title: null,
    created_at: '2026-01-01T00:00:00.000Z',
    status: 'open' as 'open' | 'applied',
    resolved_at: null,
    resolved_by_mutation: null,
  };
  server.hooks.answer = (frame) => {
    if (frame.type !== 'get_conflict' || frame.conflict_id !== id) return undefined;
    const base = { title: '', content: { a: 0, list: [1] } };
    const current = toWireDocument(server.documents.get(documentId)!);
    return [{ type: 'conflict', stream_id: server.streamId, conflict, base, current, would_be: null }];
  };
  const document = await within(client.applyConflict(id));
  expect(document).toMatchObject({ content: { a: 'theirs', list: [1] }, pending: true });
  await settled();
  expect(server.documents.get(documentId)?.content).toEqual({ a: 'theirs', list: [1] });
  expect(server.applied).toEqual([id]);
  conflict.status = 'applied';
  await expect(within(client.applyConflict(id))).rejects.toMatchObject({ code: 'version_mismatch' });
  await expect(within(client.applyConflict(unknown))).rejects.toMatchObject({ code: 'document_not_found' });
  client.disconnect();
  await expect(client.applyConflict(unknown)).rejects.toMatchObject({ code: 'connection_lost' });
});

test('only the server knows the losses of others', async () => {
  const { id } = await lost();
  await expect(client.fetchConflicts()).rejects.toMatchObject({ code: 'connection_lost' });
  await expect(client.fetchConflict(id)).rejects.toMatchObject({ code: 'connection_lost' });
});

test.each<[ConflictStrategy, unknown, number]>([
  ['server_wins', { a: 'theirs', b: 1 }, 1],
  ['client_wins', { a: 'mine', b: 1 }, 0],
  ['manual', { a: 'theirs', b: 0 }, 1],
])('what is shown before the answer is what %s comes to', async (strategy, content, losses) => {
  server.strategy = strategy;
  const { id } = await client.documents.create({ content: { a: 0, b: 0 } });
  await settled();
  // The change is not answered until the one before it has come.
  server.hooks.answer = (frame) => (frame.type === 'mutate' ? [] : undefined);
  await client.documents.update(id, { content: { a: 'mine', b: 1 } });
  theirs(id, 1, [replace('/a', 'theirs')]);
  await platform.advance(100);
  expect(client.documents.get(id)).toMatchObject({ content, pending: true });
  server.hooks.answer = () => undefined;
  client.disconnect();
  client.connect();
  await settled();
  expect(server.documents.get(id)?.content).toEqual(content);
  expect(client.documents.get(id)).toMatchObject({ content, pending: false });
  expect(client.conflicts()).toHaveLength(losses);
});
