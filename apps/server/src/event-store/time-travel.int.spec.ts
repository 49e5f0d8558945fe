/** Any version of a document, against what the commit pipeline answered when that version was made. */
import { randomUUID } from 'node:crypto';
import {
  LIMITS,
  clientIdSchema,
  documentIdSchema,
  keyframeDue,
  mutationIdSchema,
  personalStreamOf,
  userIdSchema,
  type DocumentCommand,
  type DocumentId,
  type DocumentState,
  type StreamId,
  type UserId,
} from '@json-database-sync/domain';
import { expectSound } from '../../test/soundness.js';
import { startTestServer, type TestServer } from '../../test/test-server.js';
import { Accounts } from '../accounts/accounts.js';
import { CommitPipeline } from '../pipeline/commit-pipeline.js';
import { DocumentHistory } from './document-history.js';
import { TimeTravel } from './time-travel.js';

let server: TestServer;
let travel: TimeTravel;
let userId: UserId;
let streamId: StreamId;
const clientId = clientIdSchema.parse(randomUUID());

beforeAll(async () => {
  server = await startTestServer();
  travel = server.app.get(TimeTravel);
});

beforeEach(async () => {
  userId = userIdSchema.parse(randomUUID());
  streamId = personalStreamOf(userId);
  await server.app.get(Accounts).authenticate({ token: 'demo-token', userId });
});

afterEach(() => expectSound(server));

afterAll(() => server.stop());

type Change = DocumentCommand extends infer C
  ? C extends DocumentCommand
    ? Omit<C, 'streamId' | 'documentId'>
    : never
  : never;

const create: Change = { kind: 'create', title: 'a task', content: { n: 1, list: [] } };
const update = (n: number): Change => ({
  kind: 'update',
  baseVersion: null,
  knowsOwnChanges: true,
  patch: [
    { op: 'replace', path: '/n', value: n },
    n % 7 === 0 ? { op: 'remove', path: '/list' } : { op: 'add', path: '/list', value: [n] },
    ...(n % 7 === 0 ? [{ op: 'add', path: '/list', value: [] } as const] : []),
  ],
  ...(n % 50 === 0 && { title: `task ${n}` }),
});
const remove: Change = { kind: 'delete', baseVersion: null, knowsOwnChanges: true };
const restore: Change = { kind: 'restore' };
const edits = (count: number): Change[] => Array.from({ length: count }, (_, i) => update(i + 2));
const newId = (): DocumentId => documentIdSchema.parse(randomUUID());

/** The document after each of the changes. */
async function made(documentId: DocumentId, changes: readonly Change[]): Promise<DocumentState[]> {
  const pipeline = server.app.get(CommitPipeline);
  const replies = await Promise.all(
    changes.map((change) => {
      const author = { userId, clientId, mutationId: mutationIdSchema.parse(randomUUID()) };
      return pipeline.submit({ ...change, streamId, documentId }, author);
    }),
  );
  return replies.map(({ state }) => state);
}

const keyframesOf = async (documentId: DocumentId) => {
  const rows = await server.query<{ version: number }>(
    'SELECT version FROM keyframes WHERE stream_id = $1 AND document_id = $2 ORDER BY version',
    [streamId, documentId],
  );
  return rows.map(({ version }) => version);
};

describe('keyframes', () => {
  it('are written with the versions at which they are due, in one batch or several', async () => {
    const id = newId();
    const states = await made(id, [create, ...edits(348)]);
    states.push(...(await made(id, edits(100))));
    expect(await keyframesOf(id)).toEqual(states.map(({ version }) => version).filter(keyframeDue));
    for (const version of await keyframesOf(id)) {
      const keyframe = await server.app.get(DocumentHistory).nearestKeyframe({ streamId, documentId: id }, version, 1);
      expect(keyframe).toEqual(states[version - 1]);
    }
  });
});

describe('a version', () => {
  it('is what the document was, across its deletion and restoration', async () => {
    const id = newId();
    const states = await made(id, [create, ...edits(160), remove, restore, ...edits(36), remove, restore, update(5)]);
    expect(states[LIMITS.keyframeSpacing - 1]?.deletedAt).toEqual(expect.any(String));
    for (const state of states) {
      await expect(travel.atVersion({ streamId, documentId: id }, state.version)).resolves.toEqual(state);
    }
  });

  it('is reached without any keyframe too', async () => {
    const id = newId();
    const states = await made(id, [create, ...edits(450)]);
    await server.query('DELETE FROM keyframes WHERE document_id = $1', [id]);
    for (const version of [1, 2, 101, 225, 226, 350, 450]) {
      await expect(travel.atVersion({ streamId, documentId: id }, version)).resolves.toEqual(states[version - 1]);
    }
  });

  it('of a document with 10,000 of them takes few events, wherever it lies', async () => {
    const id = newId();
    const states = await made(id, [create, ...edits(9_999)]);
    const read = jest.spyOn(server.app.get(DocumentHistory), 'events');
    try {
      for (const version of [
        1, 2, 100, 101, 199, 200, 201, 4_899, 4_900, 4_901, 5_000, 5_101, 9_899, 9_900, 9_999, 10_000,
      ]) {
        read.mockClear();
        await expect(travel.atVersion({ streamId, documentId: id }, version)).resolves.toEqual(states[version - 1]);
        const events = await Promise.all(read.mock.results.map(({ value }) => value as Promise<unknown[]>));
        // A walk applies each event that it reads at most once.
        expect(events.flat().length).toBeLessThanOrEqual(LIMITS.keyframeSpacing / 2 + 1);
      }
    } finally {
      read.mockRestore();
    }
  }, 120_000);

  it('that there is not is refused', async () => {
    const id = newId();
    await made(id, [create, update(2)]);
    const noSuch = { code: 'document_not_found' };
    await expect(travel.atVersion({ streamId, documentId: id }, 3)).rejects.toMatchObject(noSuch);
    await expect(travel.atVersion({ streamId, documentId: id }, 0)).rejects.toMatchObject(noSuch);
    await expect(travel.atVersion({ streamId, documentId: newId() }, 1)).rejects.toMatchObject(noSuch);
  });

  it('that the log no longer reaches is refused as too long ago', async () => {
    const id = newId();
    await made(id, [create, ...edits(20)]);
    const old = await server.query(
      'DELETE FROM events WHERE document_id = $1 AND version <= 10 RETURNING *, sequence::text',
      [id],
    );
    expect(old).toHaveLength(10);
    await expect(travel.atVersion({ streamId, documentId: id }, 5)).rejects.toMatchObject({ code: 'history_too_long' });
    // The rest of the test's soundness is not at stake: this document goes as a whole.
    for (const table of ['events', 'mutations']) {
      await server.query(`DELETE FROM ${table} WHERE document_id = $1`, [id]);
    }
    await server.query('DELETE FROM documents WHERE id = $1', [id]);
    await server.query(
      `UPDATE streams SET state_digest = 0, last_sequence = 0, head_hash = decode(repeat('00', 32), 'hex') WHERE id = $1`,
      [streamId],
    );
  });
});

describe('a time', () => {
  it('stands for the version that was current then', async () => {
    const id = newId();
    const key = { streamId, documentId: id };
    const [first] = await made(id, [create]);
    const was = { version: 1, content: first?.content };
    await server.query(`UPDATE events SET created_at = '2026-01-01T00:00:00.000Z' WHERE document_id = $1`, [id]);
    const [second] = await made(id, [update(2)]);
    await expect(travel.atTime(key, '2026-01-01T00:00:00.000Z')).resolves.toMatchObject(was);
    await expect(travel.atTime(key, '2026-02-01T00:00:00.000Z')).resolves.toMatchObject(was);
    await expect(travel.atTime(key, '9999-12-31T23:59:59.999Z')).resolves.toEqual(second);
    for (const early of ['2025-12-31T23:59:59.999Z', '0000-01-01T00:00:00.000Z']) {
      await expect(travel.atTime(key, early)).rejects.toMatchObject({ code: 'document_not_found' });
    }
    await server.query(`UPDATE events SET created_at = $2 WHERE document_id = $1 AND version = 1`, [
      id,
      first?.createdAt,
    ]);
  });
});
