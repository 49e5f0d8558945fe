/** In sync, as a fact: copies that were spoiled by hand are found out and put right, on real SQLite, in virtual time. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { StreamingDown } from '@json-database-sync/domain';
import Database from 'better-sqlite3';
import { TEST_FOLDER_PREFIX, removeTestFolder } from '../../../../testing/test-folders.js';
import { ClientWorld } from '../../testing/client-world.js';
import type { SyncClient } from '../client/sync-client.js';
import type { RepairNotice, VerifyReport } from '../client/types.js';
import { SYNC_LIMITS } from './sync-limits.js';

let world: ClientWorld;
let folder: string;
let file: string;
let client: SyncClient;
let ids: string[];
let repairs: RepairNotice[];

beforeEach(async () => {
  world = new ClientWorld();
  folder = await mkdtemp(path.join(tmpdir(), TEST_FOLDER_PREFIX));
  file = path.join(folder, 'client.sqlite3');
  client = await world.open({ database: file });
  repairs = [];
  client.on('repair', (notice) => repairs.push(notice));
  ids = [];
  for (let n = 0; n < 5; n++) ids.push((await client.documents.create({ title: `d${n}`, content: { n } })).id);
  await world.pass();
  world.update(ids[0]!, 1, '/n', 10);
  await client.documents.delete(ids[1]!);
  await world.pass(20_000);
  world.expectConverged(client);
});

afterEach(async () => {
  await world.close();
  await removeTestFolder(folder);
});

/** By another program, behind the client's back. */
function spoil(sql: string, ...values: unknown[]): void {
  const db = new Database(file);
  try {
    expect(db.prepare(sql).run(...values).changes).toBeGreaterThan(0);
  } finally {
    db.close();
  }
}

async function verify(options: Parameters<SyncClient['verify']>[0] = {}): Promise<VerifyReport> {
  const report = client.verify(options);
  // Its failure is looked at further down.
  report.catch(() => undefined);
  await world.pass(30_000);
  return report;
}

const asked = (type: string): number => world.server.frames.filter((frame) => frame.type === type).length;

test('after catching up it is verified, and stays known when the client is opened again', async () => {
  expect(client.status()).toMatchObject({ verifiedSequence: 7, repairedDocuments: 0, repairedAt: null });
  expect(client.status().verifiedAt).not.toBeNull();
  await client.close();
  world.server.down = true;
  const again = await world.open({ database: file });
  expect(again.status()).toMatchObject({ connection: 'offline', verifiedSequence: 7 });
});

test('an idle client asks again now and then, not more; each time one small question', async () => {
  const before = world.server.frames.length;
  await world.pass(SYNC_LIMITS.verifyMs * 10);
  const questions = asked('get_digest');
  expect(questions).toBeGreaterThan(8);
  expect(questions).toBeLessThan(30);
  expect(asked('get_document_digests') + asked('get_documents')).toBe(0);
  expect(world.server.frames.length).toBeGreaterThan(before);
  world.expectConverged(client);
});

test('asked by name it answers with the sequence', async () => {
  await expect(verify()).resolves.toMatchObject({ sequence: 7, repaired: [] });
  await expect(verify({ deep: true })).resolves.toMatchObject({ sequence: 7, repaired: [] });
});

test('asked while it is at it already, it answers right after', async () => {
  const reports = [client.verify(), client.verify({ deep: true })];
  const answered = Promise.all(reports);
  await world.pass(SYNC_LIMITS.verifyRetryMs);
  await expect(Promise.race([answered, Promise.resolve('too late')])).resolves.toMatchObject([
    { sequence: 7 },
    { sequence: 7 },
  ]);
});

test('content that was altered is found by a deep look, put right and reported', async () => {
  spoil(`UPDATE documents SET content = '{"n":666}' WHERE id = ?`, ids[2]);
  await expect(verify()).resolves.toMatchObject({ repaired: [] });
  await expect(verify({ deep: true })).resolves.toMatchObject({ repaired: [{ id: ids[2], was: 'different' }] });
  expect(repairs).toEqual([{ sequence: 7, documents: [{ id: ids[2], was: 'different' }] }]);
  expect(client.status()).toMatchObject({ repairedDocuments: 1, verifiedSequence: 7 });
  expect(client.status().repairedAt).not.toBeNull();
  world.expectConverged(client);
});

test.each([
  ['a title', `UPDATE documents SET title = 'x' WHERE id = ?`, 'different'],
  ['a version', `UPDATE documents SET version = 9 WHERE id = ?`, 'different'],
  ['a missing row', `DELETE FROM documents WHERE id = ?`, 'missing'],
  [
    'a surplus row',
    `INSERT INTO documents (id, stream_id, change_counter, change_kind, change_origin, version, user_id, revision_id,
       vector_clock, title, content, created_at, updated_at)
     SELECT '0190d000-0000-7000-8000-00000000beef', stream_id, 1, 'created', 'remote', 1, user_id, revision_id, vector_clock,
       'surplus', content, created_at, updated_at FROM documents WHERE id = ?`,
    'surplus',
  ],
])('%s: put right by a deep look, whatever the digest says', async (_what, sql, was) => {
  spoil(sql, ids[3]);
  const id = was === 'surplus' ? '0190d000-0000-7000-8000-00000000beef' : ids[3];
  await expect(verify({ deep: true })).resolves.toMatchObject({ repaired: [{ id, was }] });
  world.expectConverged(client);
});

test('a digest that was altered is noticed, counted anew, and nothing else is done', async () => {
  spoil(`UPDATE checks SET digest = '0123456789abcdef'`);
  await expect(verify()).resolves.toMatchObject({ sequence: 7, repaired: [] });
  const questions = asked('get_document_digests');
  await expect(verify()).resolves.toMatchObject({ repaired: [] });
  expect(asked('get_document_digests')).toBe(questions);
});

test('a spoiled row and its digest together, as a lost write would leave them, are noticed without being asked', async () => {
  spoil(`UPDATE checks SET digest = 'ffffffffffffffff'`);
  spoil(`UPDATE documents SET title = 'x' WHERE id IN (?, ?)`, ids[0], ids[4]);
  await world.pass(SYNC_LIMITS.verifyMs * 2);
  expect(repairs.flatMap(({ documents }) => documents).map(({ id }) => id)).toEqual(
    expect.arrayContaining([ids[0], ids[4]]),
  );
  expect(repairs.flatMap(({ documents }) => documents)).toHaveLength(2);
  world.expectConverged(client);
});

test('what is pending stays, and is shown on top of what was put right', async () => {
  client.disconnect();
  await client.documents.update(ids[2]!, { merge: { mine: 1 } });
  await client.documents.update(ids[3]!, { merge: { mine: 2 } });
  spoil(`UPDATE documents SET title = 'x', version = 5 WHERE id = ?`, ids[2]);
  spoil(`DELETE FROM documents WHERE id = ?`, ids[3]);
  // Nothing is sent until it has been compared: the pending changes are to be pending then.
  let hold = true;
  world.server.hooks = { answer: (frame) => (frame.type === 'mutate' && hold ? [] : undefined) };
  client.connect();
  await world.pass(100);
  await expect(verify({ deep: true })).resolves.toMatchObject({
    repaired: expect.arrayContaining([
      { id: ids[2], was: 'different' },
      { id: ids[3], was: 'missing' },
    ]) as unknown,
  });
  expect(client.status().pending).toBe(2);
  expect(client.documents.get(ids[2]!)).toMatchObject({ title: 'd2', content: { n: 2, mine: 1 }, pending: true });
  expect(client.documents.get(ids[3]!)).toMatchObject({ title: 'd3', content: { n: 3, mine: 2 }, pending: true });
  hold = false;
  world.server.dropAll();
  await world.pass(60_000);
  world.expectConverged(client);
  expect(world.server.documents.get(ids[3]!)?.content).toEqual({ n: 3, mine: 2 });
});

test('many documents, in pages, while others go on writing', async () => {
  for (let n = 0; n < 30; n++) await client.documents.create({ title: `more ${n}`, content: { n } });
  await world.pass(20_000);
  spoil(`UPDATE documents SET title = 'x' WHERE title LIKE 'more%'`);
  const report = client.verify({ deep: true });
  for (let n = 2; n < 12; n++) {
    world.update(ids[0]!, n, '/n', n);
    await world.pass(50);
  }
  await world.pass(60_000);
  expect((await report).repaired).toHaveLength(30);
  world.expectConverged(client);
});

test('documents that differ in large numbers: a snapshot takes their place', async () => {
  for (let n = 0; n < SYNC_LIMITS.repairDocuments; n++)
    await client.documents.create({ title: `more`, content: { n } });
  await world.pass(60_000);
  world.expectConverged(client);
  spoil(`UPDATE documents SET title = 'x'`);
  world.server.snapshotPage = 500;
  const snapshots = asked('get_snapshot');
  await verify({ deep: true });
  expect(asked('get_snapshot')).toBeGreaterThan(snapshots);
  expect(asked('get_documents')).toBe(0);
  world.expectConverged(client);
});

test('a server whose digest is wrong is no reason to do much: one error, and the same again at the next time', async () => {
  const wrong = (frame: StreamingDown): StreamingDown =>
    frame.type === 'digest' ? { ...frame, digest: '0123456789abcdef' as typeof frame.digest } : frame;
  world.server.hooks = { down: (frame) => [wrong(frame)] };
  await expect(verify()).rejects.toMatchObject({ code: 'version_mismatch' });
  const before = world.server.frames.length;
  const errors: string[] = [];
  client.on('error', ({ code }) => errors.push(code));
  await world.pass(SYNC_LIMITS.verifyMs * 4);
  expect(errors.length).toBeGreaterThan(1);
  expect(errors.length).toBeLessThan(8);
  expect(world.server.frames.length - before).toBeLessThan(400);
  expect(asked('get_snapshot') + asked('get_documents')).toBeLessThanOrEqual(1);
  expect(repairs).toEqual([]);
});

test("a server's document that is not what its revision says is not taken over", async () => {
  const spoiled = (frame: StreamingDown): StreamingDown =>
    frame.type === 'documents'
      ? { ...frame, documents: frame.documents.map((document) => ({ ...document, content: { evil: true } })) }
      : frame;
  world.server.hooks = { down: (frame) => [spoiled(frame)] };
  spoil(`UPDATE documents SET title = 'x' WHERE id = ?`, ids[4]);
  await expect(verify({ deep: true })).rejects.toMatchObject({ code: 'version_mismatch' });
  expect(client.documents.get(ids[4]!)?.content).toEqual({ n: 4 });
  expect(repairs).toEqual([]);
});

test('a server from before there were digests is not asked, and says so only to whoever wants to know', async () => {
  world.server.digests = false;
  world.server.dropAll();
  await world.pass(SYNC_LIMITS.verifyMs * 3);
  const before = asked('get_digest');
  await world.pass(SYNC_LIMITS.verifyMs * 3);
  expect(asked('get_digest')).toBe(before);
  await expect(verify()).rejects.toMatchObject({ code: 'invalid_message' });
  expect(client.status()).toMatchObject({ connection: 'online', lastError: null });
});

test('a server that names the limit and does not know the question is asked once', async () => {
  world.server.hooks = {
    answer: (frame) =>
      frame.type === 'get_digest'
        ? [{ type: 'error', code: 'invalid_message', message: 'no', retryable: false }]
        : undefined,
  };
  world.server.dropAll();
  await world.pass(SYNC_LIMITS.verifyMs * 3);
  const questions = asked('get_digest');
  await world.pass(SYNC_LIMITS.verifyMs * 3);
  expect(asked('get_digest')).toBe(questions);
  expect(client.status()).toMatchObject({ connection: 'online' });
});

test('without a connection it cannot be told, and one that breaks is no answer', async () => {
  const report = client.verify();
  world.server.dropAll();
  await expect(report).rejects.toMatchObject({ code: 'connection_lost' });
  client.disconnect();
  await expect(client.verify()).rejects.toMatchObject({ code: 'connection_lost' });
  await client.close();
  await expect(client.verify()).rejects.toMatchObject({ code: 'client_closed' });
});

test('news that was lost on its way is found out by the sequence of the answer', async () => {
  world.server.hooks = { down: (frame) => (frame.type === 'changes' && frame.request_id === undefined ? [] : [frame]) };
  world.update(ids[0]!, 2, '/n', 11);
  await world.pass();
  expect(client.status()).toMatchObject({ cursor: 7 });
  await expect(verify()).resolves.toMatchObject({ sequence: 8, repaired: [] });
  world.expectConverged(client);
});

test('a stream that has got another strategy is known to have it without a new connection', async () => {
  world.server.strategy = 'client_wins';
  await verify();
  client.disconnect();
  world.update(ids[2]!, 1, '/n', 'theirs');
  await client.documents.update(ids[2]!, { merge: { n: 'mine' } });
  world.server.hooks = { answer: (frame) => (frame.type === 'mutate' ? [] : undefined) };
  client.connect();
  await world.pass(5_000);
  expect(client.documents.get(ids[2]!)?.content).toEqual({ n: 'mine' });
});

test('a database from before there were digests is counted when it is opened', async () => {
  await client.close();
  spoil('DELETE FROM checks');
  client = await world.open({ database: file });
  await world.pass();
  const questions = asked('get_document_digests');
  await expect(verify()).resolves.toMatchObject({ sequence: 7, repaired: [] });
  expect(asked('get_document_digests')).toBe(questions);
});
