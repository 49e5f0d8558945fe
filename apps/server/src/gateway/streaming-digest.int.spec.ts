/** Comparing a copy with the server's, over a raw WebSocket: what SQL counts is what the domain counts. */
import { createHash, randomUUID } from 'node:crypto';
import {
  DIGEST_BUCKETS,
  EMPTY_DIGEST,
  LIMITS,
  combineDigests,
  digestBucket,
  documentDigest,
  type StateDigest,
  type WireDocument,
} from '@json-database-sync/domain';
import { MIGRATIONS } from '@json-database-sync/migrations';
import { DataSource } from 'typeorm';
import { mutations, type MutationMaker } from '../../test/mutations.js';
import { expectSound } from '../../test/soundness.js';
import { startTestServer, type TestServer } from '../../test/test-server.js';
import { openStreaming, type StreamingClient } from '../../test/wire-client.js';

let server: TestServer;
let userId: string;
let client: StreamingClient;
let make: MutationMaker;

beforeAll(async () => {
  server = await startTestServer();
});

beforeEach(async () => {
  userId = randomUUID();
  client = await openStreaming(server.wsUrl, userId, randomUUID());
  make = mutations(userId);
});

afterEach(async () => {
  await client.close();
  await expectSound(server);
});

afterAll(() => server.stop());

const sha256Hex = (text: string): string => createHash('sha256').update(text).digest('hex');

async function mutate(...list: unknown[]): Promise<void> {
  client.send({ type: 'mutate', mutations: list });
  const { results } = await client.next('mutation_results');
  expect(results.map(({ status }) => status)).toEqual(list.map(() => 'applied'));
}

async function snapshot(): Promise<WireDocument[]> {
  client.send({ type: 'get_snapshot', stream_id: userId });
  return (await client.next('snapshot')).documents;
}

async function digest(buckets?: boolean) {
  client.send({ type: 'get_digest', stream_id: userId, ...(buckets && { buckets }) });
  return client.next('digest');
}

function own(document: WireDocument): StateDigest {
  const { id, version, revision_id: revisionId, deleted_at: deletedAt, title } = document;
  return documentDigest({ id, version, revisionId, deletedAt, title }, sha256Hex);
}

const sum = (documents: readonly WireDocument[]): StateDigest =>
  documents.map(own).reduce(combineDigests, EMPTY_DIGEST);

/** Titles of every kind, one document changed often in one batch, one deleted, one restored. */
async function variedStream(): Promise<string[]> {
  const titles = [
    '',
    'plain',
    'two\nlines\n',
    'Größe 🦊 漢字',
    'live',
    "it's; -- not SQL",
    '\u0001 e\u0301',
    'x'.repeat(1000),
  ];
  const ids = titles.map(() => randomUUID());
  const [a = '', b = ''] = ids;
  await mutate(...ids.map((id, n) => make.create({ n }, id, titles[n])));
  const changes = Array.from({ length: 9 }, (_, n) =>
    make.update(a, n + 1, [{ op: 'add', path: '/n', value: -n }], `t${n}`),
  );
  await mutate(...changes, make.delete(b, 1));
  await mutate(make.restore(b), make.delete(ids[2] ?? '', 1));
  return ids;
}

it('a stream without documents has none', async () => {
  await expect(digest()).resolves.toMatchObject({ sequence: 0, digest: EMPTY_DIGEST, strategy: 'server_wins' });
  expect((await digest(true)).buckets).toEqual(Array.from({ length: DIGEST_BUCKETS }, () => EMPTY_DIGEST));
});

it('is kept with each commit, and is that of the documents, by the domain as well as by SQL', async () => {
  await variedStream();
  const documents = await snapshot();
  await expect(digest()).resolves.toMatchObject({ sequence: 20, digest: sum(documents) });
  const rows = await server.query<{ id: string; digest: string }>(
    `SELECT id, document_digest(id, version, revision_id, deleted_at, title) AS digest FROM documents WHERE stream_id = $1`,
    [userId],
  );
  const bySql = new Map(
    rows.map((row) => [row.id, BigInt.asUintN(64, BigInt(row.digest)).toString(16).padStart(16, '0')]),
  );
  expect(documents.map((document) => [document.title, bySql.get(document.id)])).toEqual(
    documents.map((document) => [document.title, own(document)]),
  );
});

it('is narrowed down to buckets, to documents and to what they are', async () => {
  const ids = await variedStream();
  const documents = await snapshot();
  const { buckets = [], digest: whole } = await digest(true);
  expect(buckets.reduce(combineDigests, EMPTY_DIGEST)).toBe(whole);
  for (const [n, bucket] of buckets.entries()) {
    expect(bucket).toBe(sum(documents.filter(({ id }) => digestBucket(id) === n)));
  }
  const wanted = [...new Set(documents.slice(0, 3).map(({ id }) => digestBucket(id)))];
  client.send({ type: 'get_document_digests', stream_id: userId, buckets: wanted });
  const named = await client.next('document_digests');
  const expected = documents.filter(({ id }) => wanted.includes(digestBucket(id)));
  expect(named).toMatchObject({ sequence: 20, cursor: null });
  expect(named.documents).toEqual(expected.map((each) => ({ document_id: each.id, digest: own(each) })));

  client.send({ type: 'get_documents', stream_id: userId, document_ids: [...ids, randomUUID(), ids[0]] });
  const answer = await client.next('documents');
  expect(answer).toMatchObject({ sequence: 20, left_out: [] });
  expect(answer.documents).toEqual(documents);
  client.send({ type: 'get_documents', stream_id: userId, document_ids: [randomUUID()] });
  await expect(client.next('documents')).resolves.toMatchObject({ sequence: 20, documents: [], left_out: [] });
});

it('pages end where they have grown large, and go on from there', async () => {
  const ids = [randomUUID(), randomUUID(), randomUUID()].sort();
  const large = 'x'.repeat(LIMITS.documentCharacters / 2);
  for (const id of ids) await mutate(make.create({ large }, id));
  client.send({ type: 'get_documents', stream_id: userId, document_ids: ids.toReversed() });
  const first = await client.next('documents');
  expect(first.documents.map(({ id }) => id)).toEqual(ids.slice(0, 2));
  expect(first.left_out).toEqual(ids.slice(2));
});

it('two nodes that write one stream keep it together', async () => {
  const other = await startTestServer({ databaseUrl: server.databaseUrl });
  const second = await openStreaming(other.wsUrl, userId, randomUUID());
  try {
    const ids = [randomUUID(), randomUUID()];
    await mutate(...ids.map((id) => make.create({ n: 0 }, id)));
    const writes = [client, second].map(async (by, node) => {
      for (let n = 0; n < 20; n++) {
        const patch = [{ op: 'add' as const, path: `/k${node}_${n}`, value: n }];
        by.send({ type: 'mutate', mutations: ids.map((id) => make.update(id, n + 1, patch, `${node} ${n}`)) });
        await by.next('mutation_results');
      }
    });
    await Promise.all(writes);
    const documents = await snapshot();
    await expect(digest()).resolves.toMatchObject({ digest: sum(documents) });
  } finally {
    await second.close();
    await other.stop();
  }
});

it('a database from before there were digests is given them by the migration', async () => {
  await variedStream();
  const { digest: before } = await digest();
  const dataSource = server.app.get(DataSource);
  const [migration] = MIGRATIONS.map((Each) => new Each()).filter(({ name }) => name.startsWith('StateDigest'));
  if (!migration) throw new Error('there is no such migration');
  const runner = dataSource.createQueryRunner();
  try {
    await migration.down(runner);
    await migration.up(runner);
  } finally {
    await runner.release();
  }
  await expect(digest()).resolves.toMatchObject({ digest: before });
  await mutate(make.create({ after: true }));
  await expect(digest()).resolves.toMatchObject({ digest: sum(await snapshot()) });
});

it("another user's stream answers like one that does not exist", async () => {
  const stranger = await openStreaming(server.wsUrl, randomUUID(), randomUUID());
  await mutate(make.create({ n: 1 }));
  for (const streamId of [userId, randomUUID()]) {
    for (const question of [
      { type: 'get_digest' },
      { type: 'get_digest', buckets: true },
      { type: 'get_document_digests', buckets: [0] },
      { type: 'get_documents', document_ids: [randomUUID()] },
      { type: 'get_stream_at', sequence: 0 },
    ]) {
      stranger.send({ ...question, stream_id: streamId });
      await expect(stranger.next('error')).resolves.toMatchObject({ code: 'forbidden' });
    }
  }
  await stranger.close();
});

it('what is out of bounds is refused', async () => {
  for (const question of [
    { type: 'get_document_digests', buckets: [] },
    { type: 'get_document_digests', buckets: [DIGEST_BUCKETS] },
    { type: 'get_documents', document_ids: Array.from({ length: LIMITS.snapshotPage + 1 }, () => randomUUID()) },
    { type: 'get_stream_at' },
    { type: 'get_stream_at', sequence: 1, timestamp: '2026-01-01T00:00:00.000Z' },
  ]) {
    client.send({ ...question, stream_id: userId });
    await expect(client.next('error')).resolves.toMatchObject({ code: 'invalid_message' });
  }
});
