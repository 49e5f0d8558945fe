/** The chains of a real PostgreSQL, written by the real pipeline, and then tampered with in every way that SQL allows. */
import { randomUUID } from 'node:crypto';
import {
  CHAIN_START,
  clientIdSchema,
  documentIdSchema,
  mutationIdSchema,
  personalStreamOf,
  userIdSchema,
  type DocumentCommand,
  type DocumentId,
  type EventHash,
  type StreamId,
  type UserId,
} from '@json-database-sync/domain';
import { HashChain1795000000003 } from '../../../../migrations/src/1795000000003-hash-chain.js';
import { DataSource } from 'typeorm';
import { startTestServer, type TestServer } from '../../test/test-server.js';
import { Accounts } from '../accounts/accounts.js';
import { packOldEvents } from '../packing/packer.js';
import { CommitPipeline } from '../pipeline/commit-pipeline.js';

import { verifyStreams, type StreamVerdict } from './verify-streams.js';

let server: TestServer;
/** Another server process on the same database. */
let other: TestServer;
let userId: UserId;
let streamId: StreamId;
let first: DocumentId;
let second: DocumentId;

beforeAll(async () => {
  server = await startTestServer();
  other = await startTestServer({ databaseUrl: server.databaseUrl });
});

afterAll(async () => {
  await other.stop();
  await server.stop();
});

beforeEach(async () => {
  userId = userIdSchema.parse(randomUUID());
  streamId = personalStreamOf(userId);
  await server.app.get(Accounts).authenticate({ token: 'demo-token', userId });
  [first, second] = [documentIdSchema.parse(randomUUID()), documentIdSchema.parse(randomUUID())];
  const update = { kind: 'update', baseVersion: null, knowsOwnChanges: true } as const;
  await commit(first, { kind: 'create', title: 'One', content: { b: 1.5e-7, a: ['ä', '\u2028', -0], n: null } });
  await commit(second, { kind: 'create', title: 'Two', content: 'text' });
  await commit(first, { ...update, title: 'Eins', patch: [{ op: 'replace', path: '/b', value: { z: 1, y: [] } }] });
  await commit(second, { kind: 'delete', baseVersion: null, knowsOwnChanges: true });
  await commit(second, { kind: 'restore' });
  await commit(first, { kind: 'undo', version: 2, force: false });
});

type WithoutKey<C> = C extends DocumentCommand ? Omit<C, 'streamId' | 'documentId'> : never;

async function commit(documentId: DocumentId, change: WithoutKey<DocumentCommand>, on = server): Promise<void> {
  const author = {
    userId,
    clientId: clientIdSchema.parse('0198c0de-5eed-7000-8000-0000000000cc'),
    mutationId: mutationIdSchema.parse(randomUUID()),
  };
  await on.app.get(CommitPipeline).submit({ ...change, streamId, documentId }, author);
}

async function verdict(notedHead?: EventHash): Promise<StreamVerdict> {
  const verdicts: StreamVerdict[] = [];
  for await (const each of verifyStreams(server.app.get(DataSource), { streamId, notedHead })) verdicts.push(each);
  expect(verdicts).toHaveLength(1);
  return verdicts[0]!;
}

async function tamper(sql: string, ...values: unknown[]): Promise<void> {
  await server.query(sql, [streamId, ...values]);
}

const hashes = async () =>
  server.query<{ sequence: string; hash: Buffer; head: Buffer }>(
    `SELECT e.sequence, e.hash, s.head_hash AS head FROM events e JOIN streams s ON s.id = e.stream_id
      WHERE e.stream_id = $1 ORDER BY e.sequence`,
    [streamId],
  );

describe('an untouched log', () => {
  it('is found right, with the head that its stream keeps', async () => {
    const rows = await hashes();
    const head = rows.at(-1)!.head.toString('hex');
    expect(rows.at(-1)!.hash.toString('hex')).toBe(head);
    await expect(verdict()).resolves.toMatchObject({ first: 1, last: 6, head, fault: null });
  });

  it('holds a head that was noted earlier, and none that never was', async () => {
    const noted = (await hashes())[2]!.hash.toString('hex') as EventHash;
    await expect(verdict(noted)).resolves.toMatchObject({ notedHeadAt: 3, fault: null });
    await expect(verdict('f'.repeat(64) as EventHash)).resolves.toMatchObject({
      fault: { problem: expect.stringContaining('noted head') as string },
    });
  });

  it('is one chain, though two nodes write it at once', async () => {
    const documents = Array.from({ length: 40 }, () => documentIdSchema.parse(randomUUID()));
    const create = { kind: 'create', title: 'Racing', content: { n: 1 } } as const;
    await Promise.all(documents.map((id, index) => commit(id, create, index % 2 ? server : other)));
    const touch = { kind: 'update', baseVersion: null, knowsOwnChanges: true, patch: [] } as const;
    await Promise.all(documents.flatMap((id) => [commit(id, touch, server), commit(id, touch, other)]));
    await expect(verdict()).resolves.toMatchObject({ last: 6 + 40 + 80, fault: null });
  });

  it('of a stream without events has nothing to hide', async () => {
    await tamper('DELETE FROM events WHERE stream_id = $1');
    await tamper(`UPDATE streams SET last_sequence = 0, head_hash = decode(repeat('00', 32), 'hex') WHERE id = $1`);
    await expect(verdict()).resolves.toMatchObject({ first: 0, last: 0, head: CHAIN_START, fault: null });
  });

  it('is read among all the others', async () => {
    const found: string[] = [];
    let progress: readonly [number, number] = [0, 0];
    const options = { onProgress: (done: number, total: number) => (progress = [done, total]) };
    for await (const each of verifyStreams(server.app.get(DataSource), options)) found.push(each.streamId);
    expect(found).toContain(streamId);
    expect(found).toEqual(found.toSorted());
    expect(progress[0]).toBeGreaterThanOrEqual(6);
  });
});

describe('a changed row', () => {
  const changes: [string, string][] = [
    ['document_id', `'00000000-0000-4000-8000-00000000dead'`],
    ['type', `'restore'`],
    ['user_id', `'00000000-0000-4000-8000-00000000dead'`],
    ['client_id', `'00000000-0000-4000-8000-00000000dead'`],
    ['mutation_id', `'00000000-0000-4000-8000-00000000dead'`],
    ['revision_id', `'2-0000000000000000'`],
    ['vector_clock', `'{}'`],
    ['forward_patch', `'[{"op":"replace","path":"/b","value":2}]'`],
    ['forward_patch', `NULL`],
    ['forward_patch', `'[{"op":"replace","path":"/b","value":{"y":[],"z":1},"note":""}]'`],
    ['reverse_patch', `'[]'`],
    ['title_from', `'Zwei'`],
    ['title_to', `NULL`],
    ['created_at', `created_at + interval '1 millisecond'`],
    ['created_at', `'infinity'`],
    ['version', '7'],
    ['hash', `sha256('')`],
  ];

  it.each(changes)('is found at its event: %s = %s', async (column, value) => {
    await tamper(`UPDATE events SET ${column} = ${value} WHERE stream_id = $1 AND sequence = 3`);
    const { fault, last } = await verdict();
    expect(fault).toMatchObject({ sequence: 3, problem: expect.stringContaining('not what was committed') as string });
    if (column !== 'document_id') expect(fault).toMatchObject({ documentId: first });
    expect(last).toBe(2);
  });

  it('is found where an undo is made to look like a change of its own making', async () => {
    await tamper('UPDATE events SET cause_kind = NULL, cause_version = NULL WHERE stream_id = $1 AND sequence = 6');
    await expect(verdict()).resolves.toMatchObject({ fault: { sequence: 6, documentId: first, version: 3 } });
  });

  it('counts by what it means: the same JSON written otherwise is the same', async () => {
    await tamper(
      `UPDATE events SET forward_patch = '[ {"value":{"z":1.0,"y":[]}, "path":"\\u002fb","op":"replace"} ]'
        WHERE stream_id = $1 AND sequence = 3`,
    );
    await expect(verdict()).resolves.toMatchObject({ fault: null });
  });
});

describe('a log with a hole', () => {
  it('is found at the event after it', async () => {
    await tamper('DELETE FROM events WHERE stream_id = $1 AND sequence IN (3, 4)');
    await expect(verdict()).resolves.toMatchObject({ fault: { sequence: 5, problem: 'follows a gap of 2 events' } });
  });

  it('that was closed by renumbering is found where it was', async () => {
    await tamper('DELETE FROM events WHERE stream_id = $1 AND sequence = 3');
    for (const sequence of [4, 5, 6]) {
      await tamper('UPDATE events SET sequence = $2 WHERE stream_id = $1 AND sequence = $3', sequence - 1, sequence);
    }
    await expect(verdict()).resolves.toMatchObject({ fault: { sequence: 3, documentId: second } });
  });

  it('at its end is found by the head', async () => {
    await tamper('DELETE FROM events WHERE stream_id = $1 AND sequence = 6');
    await expect(verdict()).resolves.toMatchObject({ fault: { sequence: 6, documentId: null } });
    await tamper('UPDATE streams SET last_sequence = 5 WHERE id = $1');
    await expect(verdict()).resolves.toMatchObject({
      fault: { sequence: 5, problem: expect.stringContaining('the head has another hash') as string },
    });
  });

  it('at its beginning is a shortened log: verified from there, and said so', async () => {
    await tamper('DELETE FROM events WHERE stream_id = $1 AND sequence <= 2');
    await expect(verdict()).resolves.toMatchObject({ first: 3, last: 6, fault: null });
    await tamper(`UPDATE events SET title_to = 'Forged' WHERE stream_id = $1 AND sequence = 6`);
    await expect(verdict()).resolves.toMatchObject({ first: 3, fault: { sequence: 6 } });
  });
});

describe('a log of which the old part is packed', () => {
  beforeEach(async () => {
    const touch = { kind: 'update', baseVersion: null, knowsOwnChanges: true, patch: [] } as const;
    for (let n = 0; n < 50; n++) await commit(first, { ...touch, title: `Title ${n}` });
    await packOldEvents(server.app.get(DataSource), { before: new Date(Date.now() + 60_000), rests: false });
    const [packs] = await server.query<{ count: number }>(
      'SELECT count(*)::int AS count FROM event_packs WHERE stream_id = $1',
      [streamId],
    );
    expect(packs).toEqual({ count: 1 });
  });

  it('is found right', async () => {
    await expect(verdict()).resolves.toMatchObject({ first: 1, last: 56, fault: null });
  });

  it('is found broken where its pack was changed', async () => {
    await tamper(`UPDATE event_packs SET patches = replace(patches, 'Title 7', 'Forged') WHERE stream_id = $1`);
    await expect(verdict()).resolves.toMatchObject({ last: 13, fault: { sequence: 14, documentId: first } });
  });

  it('is found broken where its pack is none any more, and the other streams are looked at', async () => {
    await tamper(`UPDATE event_packs SET patches = replace(patches, '[', '{') WHERE stream_id = $1`);
    const verdicts: StreamVerdict[] = [];
    for await (const each of verifyStreams(server.app.get(DataSource))) verdicts.push(each);
    expect(verdicts.find((each) => each.streamId === streamId)?.fault).toMatchObject({
      problem: expect.stringContaining('cannot be read') as string,
    });
    const [streams] = await server.query<{ count: number }>('SELECT count(*)::int AS count FROM streams');
    expect(verdicts.length).toBeGreaterThanOrEqual(streams!.count);
    await tamper('DELETE FROM event_packs WHERE stream_id = $1');
  });
});

it('names events that belong to no stream', async () => {
  await tamper('DELETE FROM stream_members WHERE stream_id = $1');
  await tamper('DELETE FROM streams WHERE id = $1');
  const found: StreamVerdict[] = [];
  for await (const each of verifyStreams(server.app.get(DataSource))) found.push(each);
  expect(found.find((each) => each.streamId === streamId)?.fault).toMatchObject({
    problem: expect.stringContaining('no stream') as string,
  });
  await tamper('DELETE FROM events WHERE stream_id = $1');
});

it('gives events from before the chain the hashes that they would have been committed with', async () => {
  // What the other tests have done to theirs is past chaining.
  await tamper('DELETE FROM events WHERE stream_id <> $1');
  await tamper('DELETE FROM stream_members WHERE stream_id <> $1');
  await tamper('DELETE FROM streams WHERE id <> $1');
  const runner = server.app.get(DataSource).createQueryRunner();
  const before = await server.query('SELECT stream_id, sequence, hash FROM events ORDER BY stream_id, sequence');
  const heads = await server.query('SELECT id, head_hash FROM streams ORDER BY id');
  const migration = new HashChain1795000000003();
  try {
    await runner.startTransaction();
    await migration.down(runner);
    await migration.up(runner);
    await runner.commitTransaction();
  } finally {
    await runner.release();
  }
  expect(await server.query('SELECT stream_id, sequence, hash FROM events ORDER BY stream_id, sequence')).toEqual(
    before,
  );
  expect(await server.query('SELECT id, head_hash FROM streams ORDER BY id')).toEqual(heads);
});
