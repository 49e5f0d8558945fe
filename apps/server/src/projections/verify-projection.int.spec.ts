/** The projection against the log, on a real PostgreSQL, with events that the real commit pipeline has written. */
import { randomUUID } from 'node:crypto';
import {
  clientIdSchema,
  documentIdSchema,
  mutationIdSchema,
  personalStreamOf,
  userIdSchema,
  type DocumentCommand,
  type DocumentId,
  type StreamId,
  type UserId,
} from '@json-database-sync/domain';
import { DataSource } from 'typeorm';
import { createTestDatabase, type TestDatabase } from '../../../../testing/test-database.js';
import { Accounts } from '../accounts/accounts.js';
import { createServer, type RunningServer } from '../bootstrap.js';
import { CommitPipeline } from '../pipeline/commit-pipeline.js';
import { readSettings, withDatabase } from '../settings/settings.js';
import { reportText } from './report-text.js';
import { isSound, verifyProjection, type ProjectionReport } from './verify-projection.js';

let database: TestDatabase;
let server: RunningServer;
let dataSource: DataSource;
let userId: UserId;
let streamId: StreamId;

beforeEach(async () => {
  database = await createTestDatabase();
  const settings = readSettings({
    DATABASE_URL: database.url,
    BIND_ADDRESS: '127.0.0.1:0',
    LOG_LEVEL: 'silent',
    DEMO_MODE: 'true',
  });
  server = await createServer(withDatabase(settings, database.url));
  dataSource = server.app.get(DataSource);
  ({ userId, streamId } = await newUser());
});

afterEach(async () => {
  await server.close();
  await database.drop();
});

async function newUser(): Promise<{ userId: UserId; streamId: StreamId }> {
  const id = userIdSchema.parse(randomUUID());
  await server.app.get(Accounts).authenticate({ token: 'demo-token', userId: id });
  return { userId: id, streamId: personalStreamOf(id) };
}

type WithoutKey<C> = C extends DocumentCommand ? Omit<C, 'streamId' | 'documentId'> : never;
type Change = WithoutKey<DocumentCommand>;

async function commit(documentId: DocumentId, change: Change, user = userId): Promise<void> {
  const author = {
    userId: user,
    clientId: clientIdSchema.parse('0198c0de-5eed-7000-8000-0000000000cc'),
    mutationId: mutationIdSchema.parse(randomUUID()),
  };
  await server.app.get(CommitPipeline).submit({ ...change, streamId: personalStreamOf(user), documentId }, author);
}

/** Created, changed, deleted, restored and changed again: six events. */
async function fullLife(user = userId): Promise<DocumentId> {
  const id = documentIdSchema.parse(randomUUID());
  await commit(id, { kind: 'create', title: 'Task', content: { text: 'ä', list: [1, 2], 'ab"c': null } }, user);
  await commit(
    id,
    {
      kind: 'update',
      baseVersion: 1,
      knowsOwnChanges: true,
      patch: [{ op: 'add', path: '/list/0', value: { deep: [true] } }],
    },
    user,
  );
  await commit(
    id,
    {
      kind: 'update',
      baseVersion: 2,
      knowsOwnChanges: true,
      patch: [{ op: 'remove', path: '/text' }],
      title: 'Renamed',
    },
    user,
  );
  await commit(id, { kind: 'delete', baseVersion: 3, knowsOwnChanges: true }, user);
  await commit(id, { kind: 'restore' }, user);
  await commit(
    id,
    { kind: 'update', baseVersion: 5, knowsOwnChanges: true, patch: [{ op: 'replace', path: '/list', value: 1e-7 }] },
    user,
  );
  return id;
}

async function projection(): Promise<unknown[]> {
  return dataSource.query<unknown[]>(`SELECT d.*, content::text AS text FROM documents d ORDER BY stream_id, id`);
}

const verify = (repair = false): Promise<ProjectionReport> => verifyProjection(dataSource, { repair });

it('has nothing to say of an empty database', async () => {
  expect(await verify()).toMatchObject({ events: 0, documents: 0, differenceCount: 0, faultCount: 0 });
});

it('finds that the live projection is what the log makes of it, whatever happened to the documents', async () => {
  const other = await newUser();
  for (let i = 0; i < 3; i++) {
    await fullLife();
    await fullLife(other.userId);
  }
  const gone = documentIdSchema.parse(randomUUID());
  await commit(gone, { kind: 'create', title: 'Gone', content: 'just a text' });
  await commit(gone, { kind: 'delete', baseVersion: 1, knowsOwnChanges: true });
  const seen: number[] = [];
  const report = await verifyProjection(dataSource, { onProgress: (done, total) => seen.push(done / total) });
  expect(report).toMatchObject({ events: 38, documents: 7, differences: [], faults: [] });
  expect(isSound(report)).toBe(true);
  expect(seen).toHaveLength(38);
  expect(seen.at(-1)).toBe(1);
  expect(reportText(report)).toContain('the projection is what the log makes of it');
});

it('is given more events and documents than a page holds', async () => {
  const ids = Array.from({ length: 1_100 }, () => documentIdSchema.parse(randomUUID()));
  await Promise.all(ids.map((id) => commit(id, { kind: 'create', title: 'One of many', content: {} })));
  expect(await verify()).toMatchObject({ events: 1_100, documents: 1_100, differenceCount: 0, faultCount: 0 });
});

it('reports every field that differs, and repairs it', async () => {
  const id = await fullLife();
  await fullLife();
  const before = await projection();
  const mistakes: [string, string][] = [
    ['title', `title = 'Other'`],
    ['content', `content = '{"list": 2}'`],
    ['version', `version = 7`],
    ['revision', `revision_id = '6-0000000000000000'`],
    ['clock', `vector_clock = '{"other": 1}'`],
    ['author', `user_id = '${randomUUID()}'`],
    ['created', `created_at = now() + interval '1 day'`],
    ['updated', `updated_at = now() + interval '1 day'`],
    ['deleted', `deleted_at = now()`],
    ['sequence', `last_sequence = 1`],
    ['characters', `characters = 1`],
  ];
  for (const [field, mistake] of mistakes) {
    await dataSource.query(`UPDATE documents SET ${mistake} WHERE id = $1`, [id]);
    const found = await verify();
    expect(found.differences).toEqual([
      { streamId, documentId: id, kind: 'differs', fields: [field], repaired: false },
    ]);
    expect(isSound(found)).toBe(false);
    expect(isSound(await verify(true))).toBe(true);
    expect(await projection()).toEqual(before);
  }
});

it('finds rows that are missing and rows that nothing has made, and repairs both', async () => {
  const lost = await fullLife();
  await fullLife();
  const before = await projection();
  await dataSource.query('DELETE FROM documents WHERE id = $1', [lost]);
  const invented = randomUUID();
  await dataSource.query(
    `INSERT INTO documents SELECT (d).* FROM (SELECT jsonb_populate_record(d, jsonb_build_object('id', $1::text)) AS d FROM documents d LIMIT 1) x`,
    [invented],
  );
  const found = await verify();
  expect(found.differences.map(({ documentId, kind }) => [documentId, kind]).toSorted()).toEqual(
    [
      [lost, 'missing'],
      [invented, 'surplus'],
    ].toSorted(),
  );
  expect(reportText(found)).toContain('-- --repair');
  expect(await verify(true)).toMatchObject({ differenceCount: 2, repairedCount: 2 });
  expect(await projection()).toEqual(before);
});

it('finds a digest that is not that of the documents, and counts it anew', async () => {
  await fullLife();
  const other = await newUser();
  await fullLife(other.userId);
  const digests = () => dataSource.query<unknown[]>('SELECT id, state_digest FROM streams ORDER BY id');
  const before = await digests();
  await dataSource.query('UPDATE streams SET state_digest = state_digest # 1 WHERE id = $1', [streamId]);
  const found = await verify();
  expect(found).toMatchObject({
    differenceCount: 0,
    wrongDigests: [{ streamId, repaired: false }],
    wrongDigestCount: 1,
  });
  expect(isSound(found)).toBe(false);
  expect(reportText(found)).toContain(`the digest of stream ${streamId} is not that of its documents`);
  expect(reportText(found)).toContain('-- --repair');
  const repaired = await verify(true);
  expect(isSound(repaired)).toBe(true);
  expect(reportText(repaired)).toContain('(repaired)');
  expect(await digests()).toEqual(before);
});

it('brings back a projection that is lost altogether', async () => {
  for (let i = 0; i < 4; i++) await fullLife();
  const before = await projection();
  await dataSource.query('TRUNCATE documents');
  expect(await verify(true)).toMatchObject({ differenceCount: 4, repairedCount: 4 });
  expect(await projection()).toEqual(before);
});

it.each<[string, string, RegExp]>([
  ['a gap', `DELETE FROM events WHERE sequence = 3`, /stream .*: 5 events from 1 to 6, while its counter is at 6/],
  ['a counter that is behind', `UPDATE streams SET last_sequence = 4`, /while its counter is at 4/],
  ['a version that is missing', `DELETE FROM events WHERE version = 2`, /event 3 cannot follow version 1/],
  [
    'a changed patch',
    `UPDATE events SET forward_patch = '[{"op":"replace","path":"/list","value":9}]' WHERE version = 6`,
    /its last event names 6-/,
  ],
  [
    'a patch that does not apply',
    `UPDATE events SET forward_patch = '[{"op":"remove","path":"/nowhere"}]' WHERE version = 3`,
    /cannot be replayed/,
  ],
])('reports %s in the log as a fault, and leaves everything as it is', async (_, mistake, expected) => {
  await fullLife();
  await dataSource.query(mistake);
  const before = await projection();
  const report = await verify(true);
  expect(isSound(report)).toBe(false);
  expect(report.faults.join('\n')).toMatch(expected);
  expect(reportText(report)).toMatch(/fault in the log/);
  expect(await projection()).toEqual(before);
});

it('sees one moment while the server goes on writing', async () => {
  await fullLife();
  let writing: Promise<unknown> | undefined;
  const report = await verifyProjection(dataSource, {
    onProgress: () => {
      writing ??= Promise.all([fullLife(), fullLife()]);
    },
  });
  await writing;
  expect(report).toMatchObject({ events: 6, documents: 1, differenceCount: 0, faultCount: 0 });
  expect(await verify()).toMatchObject({ events: 18, documents: 3, differenceCount: 0, faultCount: 0 });
});
