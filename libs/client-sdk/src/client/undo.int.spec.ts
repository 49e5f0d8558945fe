/** Undo, redo, revert and looking back from the application's side: offline, online, and where the log is not here. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClientId, Mutation } from '@json-database-sync/domain';
import { FakePlatform } from '../../testing/fake-platform.js';
import { FakeServer, USER } from '../../testing/fake-server.js';
import { SyncClient } from './sync-client.js';

const OTHER = '0190b000-0000-7000-8000-000000000001' as ClientId;

let platform: FakePlatform;
let server: FakeServer;
let client: SyncClient;

const open = (): Promise<SyncClient> =>
  SyncClient.open(
    { database: ':memory:', url: 'ws://server.test/ws', token: 'secret' },
    { platform, transport: server },
  );

beforeEach(async () => {
  platform = new FakePlatform(7);
  server = new FakeServer(platform);
  client = await open();
});

afterEach(() => client.close());

let made = 0;
function theirs(id: string, base: number, path: string, value: unknown): void {
  byOther(id, { kind: 'update', base_version: base, patch: [{ op: 'replace', path, value }] });
}

/** By another device of the same user. */
function byOther(id: string, change: object): void {
  const before = server.head;
  const mutation = {
    mutation_id: `0190c000-0000-7000-8000-${String(++made).padStart(12, '0')}`,
    stream_id: server.streamId,
    document_id: id,
    ...change,
  };
  expect(server.commit(mutation as unknown as Mutation, OTHER).status).not.toBe('rejected');
  server.broadcast(before);
}

const pass = (ms = 1_000) => platform.advance(ms);

/** Version 1: a and b are 0; version 2: a is 1; version 3: the other one has set b to 2. */
async function shared(): Promise<string> {
  const { id } = await client.documents.create({ title: 'T', content: { a: 0, b: 0 } });
  await pass();
  await client.documents.update(id, { merge: { a: 1 } });
  await pass();
  theirs(id, 2, '/b', 2);
  await pass();
  return id;
}

function contentAt(id: string) {
  return { here: client.documents.get(id)?.content, there: server.documents.get(id)?.content };
}

const sent = () => server.frames.flatMap((frame) => (frame.type === 'mutate' ? frame.mutations : []));

describe('undo and redo', () => {
  test('take back the change named, and leave what came after it', async () => {
    const id = await shared();
    const undone = await client.documents.undo(id, { version: 2 });
    expect(undone).toMatchObject({ content: { a: 0, b: 2 }, pending: true });
    await pass();
    expect(contentAt(id)).toEqual({ here: { a: 0, b: 2 }, there: { a: 0, b: 2 } });
    await client.documents.redo(id);
    await pass();
    expect(contentAt(id)).toEqual({ here: { a: 1, b: 2 }, there: { a: 1, b: 2 } });
    expect(client.status()).toMatchObject({ pending: 0, conflicts: 0, caughtUp: true });
    const history = await client.documents.history(id);
    expect(history.map(({ version, cause }) => [version, cause])).toEqual([
      [5, { kind: 'redo', version: 4 }],
      [4, { kind: 'undo', version: 2 }],
      [3, null],
      [2, null],
      [1, null],
    ]);
  });

  test('work offline on what is pending, again and again', async () => {
    server.down = true;
    const { id } = await client.documents.create({ content: { n: 0 } });
    for (const n of [1, 2, 3]) await client.documents.update(id, { merge: { n } });
    await client.documents.undo(id);
    expect((await client.documents.undo(id)).content).toEqual({ n: 1 });
    expect((await client.documents.redo(id)).content).toEqual({ n: 2 });
    const [redo, undo] = await client.documents.history(id);
    expect(redo).toMatchObject({ type: 'update', version: 0, pending: true, cause: { kind: 'redo', version: 0 } });
    expect(undo?.patch).toEqual([{ op: 'replace', path: '/n', value: 1 }]);
    server.down = false;
    await pass(60_000);
    expect(contentAt(id)).toEqual({ here: { n: 2 }, there: { n: 2 } });
    expect(client.status()).toMatchObject({ pending: 0, conflicts: 0 });
  });

  test('outlast the process that made them', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'undo-'));
    const database = join(folder, 'notes.sqlite');
    const environment = { platform, transport: server };
    try {
      const first = await SyncClient.open({ database }, environment);
      const { id } = await first.documents.create({ content: { n: 0 } });
      await first.documents.update(id, { merge: { n: 1 } });
      await first.documents.undo(id);
      await first.close();
      const second = await SyncClient.open({ database, url: 'ws://server.test/ws', token: 'secret' }, environment);
      expect(second.documents.get(id)).toMatchObject({ content: { n: 0 }, pending: true });
      await second.documents.redo(id);
      await pass(5_000);
      expect(second.documents.get(id)).toMatchObject({ content: { n: 1 }, version: 4, pending: false });
      await second.close();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('an undo takes back what it was made for, whatever another device of the user did meanwhile', async () => {
    const id = await shared();
    client.disconnect();
    await client.documents.update(id, { merge: { mine: true } });
    await client.documents.undo(id);
    theirs(id, 3, '/b', 'newer');
    client.connect();
    await pass(5_000);
    expect(contentAt(id)).toEqual({ here: { a: 1, b: 'newer' }, there: { a: 1, b: 'newer' } });
    expect(sent().at(-1)).toMatchObject({ kind: 'undo', version: 5 });
    expect(client.status()).toMatchObject({ pending: 0, conflicts: 0 });
  });

  test('a redo takes back the undo that was seen, whatever another device undid meanwhile', async () => {
    const id = await shared();
    await client.documents.undo(id, { version: 2 });
    await pass();
    client.disconnect();
    expect((await client.documents.redo(id)).content).toEqual({ a: 1, b: 2 });
    byOther(id, { kind: 'undo', version: 3 });
    client.connect();
    await pass(5_000);
    expect(contentAt(id)).toEqual({ here: { a: 1, b: 0 }, there: { a: 1, b: 0 } });
    expect(sent().at(-1)).toMatchObject({ kind: 'redo', version: 4 });
    expect(client.status()).toMatchObject({ pending: 0, conflicts: 0 });
  });

  test('an undo of a change that was lost takes back nothing else, and is not sent', async () => {
    const id = await shared();
    client.disconnect();
    await client.documents.update(id, { merge: { b: 'mine' } });
    await client.documents.undo(id);
    theirs(id, 3, '/b', 'theirs');
    client.connect();
    await pass(5_000);
    expect(contentAt(id)).toEqual({ here: { a: 1, b: 'theirs' }, there: { a: 1, b: 'theirs' } });
    expect(sent()).not.toContainEqual(expect.objectContaining({ kind: 'undo' }));
    expect(client.status()).toMatchObject({ pending: 0, conflicts: 1 });
  });

  test('an undo of which nobody can tell any more what it was for takes back nothing, and says so', async () => {
    const id = await shared();
    client.disconnect();
    await client.documents.update(id, { merge: { b: 'mine' } });
    await client.documents.undo(id);
    theirs(id, 3, '/b', 'theirs');
    // The log has lost its head: a snapshot takes the place of the events that would tell what became of the change.
    server.retainedAfter = server.head;
    client.connect();
    await pass(5_000);
    expect(contentAt(id)).toEqual({ here: { a: 1, b: 'theirs' }, there: { a: 1, b: 'theirs' } });
    expect(sent()).not.toContainEqual(expect.objectContaining({ kind: 'undo' }));
    expect(client.status()).toMatchObject({ pending: 0 });
    expect(client.conflicts().map(({ change, error }) => [change.kind, error?.code])).toContainEqual([
      'undo',
      'history_too_long',
    ]);
  });

  test('are refused at once where that can be known here', async () => {
    const { id } = await client.documents.create({ content: { a: 0 } });
    await expect(client.documents.undo(id)).rejects.toMatchObject({ code: 'nothing_to_undo' });
    await expect(client.documents.redo(id)).rejects.toMatchObject({ code: 'nothing_to_redo' });
    await expect(client.documents.undo(id, { version: 1 })).rejects.toMatchObject({ code: 'version_mismatch' });
    await pass();
    await expect(client.documents.undo(id, { version: 1 })).rejects.toMatchObject({ code: 'cannot_undo' });
    await expect(client.documents.revert(id, 2)).rejects.toMatchObject({ code: 'version_mismatch' });
    await expect(client.documents.revert(id, 0)).rejects.toMatchObject({ code: 'invalid_argument' });
    expect(client.status().pending).toBe(0);
  });

  test('what later changes overlap is refused with their names, shown by the preview, and done with force', async () => {
    const id = await shared();
    theirs(id, 3, '/a', 'theirs');
    await pass();
    await expect(client.documents.undo(id, { version: 2 })).rejects.toMatchObject({
      code: 'undo_overlap',
      details: { target_version: 2, overlaps: [{ version: 4, paths: ['/a'] }] },
    });
    const preview = await client.documents.previewUndo(id, { version: 2 });
    expect(preview).toEqual({
      cause: { kind: 'undo', version: 2 },
      changes: true,
      patch: [{ op: 'replace', path: '/a', value: 0 }],
      title: 'T',
      content: { a: 0, b: 2 },
      deleted: false,
      overlaps: [{ version: 4, userId: USER, paths: ['/a'], title: false }],
      needsForce: true,
    });
    expect(await client.documents.previewUndo(id, { version: 2, force: true })).toEqual({
      ...preview,
      needsForce: false,
    });
    expect(client.status().pending).toBe(0);
    await client.documents.undo(id, { version: 2, force: true });
    await pass();
    expect(contentAt(id)).toEqual({ here: { a: 0, b: 2 }, there: { a: 0, b: 2 } });
  });

  test('what overlaps only on the server comes back as a loss', async () => {
    const id = await shared();
    client.disconnect();
    await client.documents.undo(id, { version: 2 });
    theirs(id, 3, '/a', 'theirs');
    const errors: string[] = [];
    client.on('error', (error) => errors.push(error.code));
    client.connect();
    await pass(5_000);
    expect(contentAt(id)).toEqual({ here: { a: 'theirs', b: 2 }, there: { a: 'theirs', b: 2 } });
    expect(errors).toEqual(['undo_overlap']);
    expect(client.conflicts()).toMatchObject([
      { error: { code: 'undo_overlap' }, change: { kind: 'undo', version: 2 } },
    ]);
  });

  test('a deletion is taken back, and told as a restoration', async () => {
    const id = await shared();
    await client.documents.delete(id);
    await pass();
    const kinds: string[] = [];
    client.on('change', ({ documents }) => kinds.push(...documents.map(({ kind }) => kind)));
    await client.documents.undo(id);
    expect(client.documents.get(id)).toMatchObject({ deletedAt: null, content: { a: 1, b: 2 } });
    expect(kinds).toEqual(['restored']);
    await pass();
    expect(server.documents.get(id as never)?.deletedAt).toBeNull();
  });
});

describe('revert', () => {
  test('makes the document what it was at a version; undo takes that back', async () => {
    const id = await shared();
    expect((await client.documents.revert(id, 1)).content).toEqual({ a: 0, b: 0 });
    await pass();
    expect(contentAt(id)).toEqual({ here: { a: 0, b: 0 }, there: { a: 0, b: 0 } });
    await client.documents.undo(id);
    await pass();
    expect(contentAt(id)).toEqual({ here: { a: 1, b: 2 }, there: { a: 1, b: 2 } });
    expect((await client.documents.history(id, { limit: 2 })).map(({ cause }) => cause)).toEqual([
      { kind: 'undo', version: 4 },
      { kind: 'revert', version: 1 },
    ]);
  });
});

describe('looking back', () => {
  test('any version and any time, offline', async () => {
    const id = await shared();
    const { createdAt } = (await client.documents.history(id))[1]!;
    client.disconnect();
    expect(await client.documents.at(id, { version: 2 })).toMatchObject({ version: 2, content: { a: 1, b: 0 } });
    expect(await client.documents.at(id, { time: createdAt })).toMatchObject({ version: 2 });
    expect(await client.documents.at(id, { time: new Date(0) })).toBeUndefined();
    await expect(client.documents.at(id, { version: 4 })).rejects.toMatchObject({ code: 'version_mismatch' });
    await expect(client.documents.at(id, { time: 'noon' })).rejects.toMatchObject({ code: 'invalid_argument' });
    expect(await client.documents.diff(id, 1, 3)).toEqual([
      { op: 'replace', path: '/a', value: 1 },
      { op: 'replace', path: '/b', value: 2 },
    ]);
    await client.documents.update(id, { merge: { a: 'pending' } });
    expect(await client.documents.diff(id, 3)).toEqual([{ op: 'replace', path: '/a', value: 'pending' }]);
  });

  test('who set what, pending changes included', async () => {
    const id = await shared();
    client.disconnect();
    await client.documents.update(id, { merge: { c: 'new' } });
    const { title, leaves } = await client.documents.blame(id);
    expect(title).toMatchObject({ version: 1, local: true });
    expect(leaves.map(({ path, change }) => [path, change?.version, change?.local, change?.pending])).toEqual([
      ['/a', 2, true, undefined],
      ['/b', 3, false, undefined],
      ['/c', 0, true, true],
    ]);
  });

  describe('on a device that began with a snapshot', () => {
    let second: SyncClient;

    beforeEach(async () => {
      const id = await shared();
      expect(id).toBeDefined();
      second = await open();
      await pass(5_000);
    });

    afterEach(() => second.close());

    const only = () => second.documents.list()[0]!.id;

    test('the server has the past, while it can be reached', async () => {
      const id = only();
      const [before] = await Promise.all([second.documents.at(id, { version: 2 }), pass()]);
      expect(before).toMatchObject({ version: 2, content: { a: 1, b: 0 } });
      const [blamed] = await Promise.all([second.documents.blame(id), pass()]);
      expect(blamed.leaves.map(({ change }) => change?.version)).toEqual([2, 3]);
      const [preview] = await Promise.all([second.documents.previewUndo(id, { version: 2 }), pass()]);
      expect(preview.content).toEqual({ a: 0, b: 2 });
    });

    test('without a connection it is out of reach, but can be asked for', async () => {
      const id = only();
      second.disconnect();
      await expect(second.documents.at(id, { version: 2 })).rejects.toMatchObject({ code: 'history_too_long' });
      await expect(second.documents.previewUndo(id)).rejects.toMatchObject({ code: 'history_too_long' });
      expect((await second.documents.blame(id)).leaves.map(({ change }) => change)).toEqual([null, null]);
      expect(await second.documents.undo(id, { version: 2 })).toMatchObject({ content: { a: 1, b: 2 }, pending: true });
      second.connect();
      await pass(5_000);
      expect(second.documents.get(id)).toMatchObject({ content: { a: 0, b: 2 }, pending: false });
    });
  });
});
