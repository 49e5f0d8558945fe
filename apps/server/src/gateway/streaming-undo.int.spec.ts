/** Undo, redo and revert over a raw WebSocket: what is taken back, what is refused and why, and what the others see. */
import { randomUUID } from 'node:crypto';
import {
  LIMITS,
  clientIdSchema,
  documentIdSchema,
  mutationIdSchema,
  streamIdSchema,
  userIdSchema,
  type JsonValue,
} from '@json-database-sync/domain';
import { mutations, type MutationMaker } from '../../test/mutations.js';
import { expectSound } from '../../test/soundness.js';
import { startTestServer, type TestServer } from '../../test/test-server.js';
import { openClassic, openStreaming, type ClassicClient, type StreamingClient } from '../../test/wire-client.js';
import { DocumentHistory } from '../event-store/document-history.js';
import { EventStore } from '../event-store/event-store.js';
import { CommitPipeline } from '../pipeline/commit-pipeline.js';

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

const set = (path: string, value: JsonValue) => ({ op: 'replace', path, value }) as const;

async function mutate(by: StreamingClient, ...list: unknown[]) {
  by.send({ type: 'mutate', mutations: list });
  return (await by.next('mutation_results')).results;
}

/** A document of `{ a, b, c }`, each 0, and one change of each: versions 2, 3 and 4. */
async function edited(): Promise<string> {
  const create = make.create({ a: 0, b: 0, c: 0 });
  const id = create.document_id;
  const changes = ['a', 'b', 'c'].map((key, n) => make.update(id, n + 1, [set(`/${key}`, n + 1)]));
  const results = await mutate(client, create, ...changes);
  expect(results.map(({ status }) => status)).toEqual(['applied', 'applied', 'applied', 'applied']);
  return id;
}

async function documentNow(id: string, streamId = userId) {
  const key = [streamIdSchema.parse(streamId), documentIdSchema.parse(id)] as const;
  return (await server.app.get(EventStore).document(...key))?.state;
}

const contentNow = async (id: string, streamId = userId) => (await documentNow(id, streamId))?.content;

async function lastEvent(id: string, streamId = userId) {
  client.send({ type: 'get_history', stream_id: streamId, document_id: id, limit: 1 });
  return (await client.next('history')).events[0];
}

describe('undo', () => {
  it('takes back an older change and keeps what came later elsewhere', async () => {
    const id = await edited();
    await expect(mutate(client, make.undo(id, { version: 2 }))).resolves.toMatchObject([
      { status: 'applied', version: 5, sequence: 5 },
    ]);
    await expect(contentNow(id)).resolves.toEqual({ a: 0, b: 2, c: 3 });
    await expect(lastEvent(id)).resolves.toMatchObject({ event_type: 'update', cause: { kind: 'undo', version: 2 } });
  });

  it('without a version goes back over one’s own changes, one by one, down to the creation', async () => {
    const id = await edited();
    for (const content of [
      { a: 1, b: 2, c: 0 },
      { a: 1, b: 0, c: 0 },
      { a: 0, b: 0, c: 0 },
    ]) {
      await expect(mutate(client, make.undo(id))).resolves.toMatchObject([{ status: 'applied' }]);
      await expect(contentNow(id)).resolves.toEqual(content);
    }
    await expect(mutate(client, make.undo(id))).resolves.toMatchObject([
      { status: 'rejected', error: { code: 'nothing_to_undo' } },
    ]);
    await expect(mutate(client, make.undo(id, { version: 1 }))).resolves.toMatchObject([
      { status: 'rejected', error: { code: 'cannot_undo' } },
    ]);
  });

  it('is refused over later changes of the same parts, which it names, and goes through with force', async () => {
    const id = await edited();
    await mutate(client, make.update(id, 4, [set('/a', 10)]), make.update(id, 5, [set('/b', 20)]));
    await expect(mutate(client, make.undo(id, { version: 2 }))).resolves.toMatchObject([
      {
        status: 'rejected',
        version: null,
        error: {
          code: 'undo_overlap',
          retryable: false,
          details: { target_version: 2, overlaps: [{ version: 5, user_id: userId, paths: ['/a'], title: false }] },
        },
      },
    ]);
    await expect(documentNow(id)).resolves.toMatchObject({ version: 6, content: { a: 10, b: 20, c: 3 } });
    await expect(mutate(client, make.undo(id, { version: 2, force: true }))).resolves.toMatchObject([
      { status: 'applied', version: 7 },
    ]);
    await expect(contentNow(id)).resolves.toEqual({ a: 0, b: 20, c: 3 });
  });

  it('of a deletion brings the document back', async () => {
    const id = await edited();
    await mutate(client, make.delete(id, 4));
    await expect(mutate(client, make.undo(id))).resolves.toMatchObject([{ status: 'applied', version: 6 }]);
    await expect(documentNow(id)).resolves.toMatchObject({ deletedAt: null, content: { a: 1, b: 2, c: 3 } });
    await expect(lastEvent(id)).resolves.toMatchObject({ event_type: 'restore', cause: { kind: 'undo', version: 5 } });
  });

  it('sent twice has one effect, also in one frame and on another connection', async () => {
    const id = await edited();
    const undo = make.undo(id, { version: 3 });
    await expect(mutate(client, undo, undo)).resolves.toMatchObject([
      { status: 'applied', version: 5 },
      { status: 'duplicate', original_status: 'applied', version: 5, sequence: 5 },
    ]);
    const later = await openStreaming(server.wsUrl, userId, randomUUID());
    await mutate(later, make.update(id, 5, [set('/b', 'new')]));
    await expect(mutate(later, undo)).resolves.toMatchObject([{ status: 'duplicate', version: 5, sequence: 5 }]);
    await expect(documentNow(id)).resolves.toMatchObject({ version: 6, content: { a: 1, b: 'new', c: 3 } });
    await later.close();
  });

  it('of an unknown document or version is refused', async () => {
    const id = await edited();
    for (const [change, code] of [
      [make.undo(randomUUID()), 'document_not_found'],
      [make.undo(id, { version: 9 }), 'version_mismatch'],
      [make.revert(id, 9), 'version_mismatch'],
      [make.redo(id), 'nothing_to_redo'],
    ]) {
      await expect(mutate(client, change)).resolves.toMatchObject([{ error: { code } }]);
    }
    await expect(documentNow(id)).resolves.toMatchObject({ version: 4 });
  });
});

describe('redo', () => {
  it('takes back one’s last undo, and another one the undo before', async () => {
    const id = await edited();
    await mutate(client, make.undo(id), make.undo(id));
    await expect(contentNow(id)).resolves.toEqual({ a: 1, b: 0, c: 0 });
    await expect(mutate(client, make.redo(id))).resolves.toMatchObject([{ status: 'applied', version: 7 }]);
    await expect(contentNow(id)).resolves.toEqual({ a: 1, b: 2, c: 0 });
    await mutate(client, make.redo(id));
    await expect(contentNow(id)).resolves.toEqual({ a: 1, b: 2, c: 3 });
    await expect(lastEvent(id)).resolves.toMatchObject({ cause: { kind: 'redo' } });
    await expect(mutate(client, make.redo(id))).resolves.toMatchObject([{ error: { code: 'nothing_to_redo' } }]);
  });

  it('takes back the undo that it names, and nothing that is none', async () => {
    const id = await edited();
    await mutate(client, make.undo(id), make.undo(id));
    await expect(mutate(client, make.redo(id, { version: 5 }))).resolves.toMatchObject([{ status: 'applied' }]);
    await expect(contentNow(id)).resolves.toEqual({ a: 1, b: 0, c: 3 });
    await expect(lastEvent(id)).resolves.toMatchObject({ cause: { kind: 'redo', version: 5 } });
    await expect(mutate(client, make.redo(id, { version: 3 }))).resolves.toMatchObject([
      { error: { code: 'nothing_to_redo' } },
    ]);
  });
});

describe('revert', () => {
  it('makes a document what it was at a version, title and all, and can be undone', async () => {
    const id = await edited();
    await mutate(client, make.update(id, 4, [set('/a', 'x')], 'renamed'));
    await expect(mutate(client, make.revert(id, 2))).resolves.toMatchObject([{ status: 'applied', version: 6 }]);
    await expect(documentNow(id)).resolves.toMatchObject({ title: 'a document', content: { a: 1, b: 0, c: 0 } });
    await expect(lastEvent(id)).resolves.toMatchObject({ cause: { kind: 'revert', version: 2 } });
    await mutate(client, make.undo(id));
    await expect(documentNow(id)).resolves.toMatchObject({ title: 'renamed', content: { a: 'x', b: 2, c: 3 } });
  });

  it('deletes and restores where the document was deleted or alive then', async () => {
    const id = await edited();
    await mutate(client, make.delete(id, 4));
    await mutate(client, make.revert(id, 3));
    await expect(documentNow(id)).resolves.toMatchObject({ deletedAt: null, content: { a: 1, b: 2, c: 0 } });
    await mutate(client, make.revert(id, 5));
    expect((await documentNow(id))?.deletedAt).not.toBeNull();
  });

  it('to what there is already changes nothing', async () => {
    const id = await edited();
    await expect(mutate(client, make.revert(id, 4))).resolves.toMatchObject([{ status: 'applied', version: 4 }]);
  });

  it('sees what the changes before it in the same frame did', async () => {
    const id = await edited();
    await expect(
      mutate(client, make.update(id, 4, [set('/a', 9)]), make.revert(id, 3), make.revert(id, 5), make.revert(id, 1)),
    ).resolves.toMatchObject([{ version: 5 }, { version: 6 }, { version: 7 }, { version: 8 }]);
    await expect(contentNow(id)).resolves.toEqual({ a: 0, b: 0, c: 0 });
    await mutate(client, make.revert(id, 7));
    await expect(contentNow(id)).resolves.toEqual({ a: 9, b: 2, c: 3 });
  });

  it('goes back further than an undo looks, over few events', async () => {
    const id = await edited();
    const author = { userId: userIdSchema.parse(userId), clientId: clientIdSchema.parse(randomUUID()) };
    const command = {
      kind: 'update',
      streamId: streamIdSchema.parse(userId),
      documentId: documentIdSchema.parse(id),
      baseVersion: null,
      knowsOwnChanges: true,
    } as const;
    await Promise.all(
      Array.from({ length: LIMITS.undoEvents + 10 }, (_, n) =>
        server.app
          .get(CommitPipeline)
          .submit(
            { ...command, patch: [set('/a', n)] },
            { ...author, mutationId: mutationIdSchema.parse(randomUUID()) },
          ),
      ),
    );
    const history = server.app.get(DocumentHistory);
    const walked = jest.spyOn(history, 'events');
    const after = jest.spyOn(server.app.get(EventStore), 'eventsAfterVersion');
    try {
      await expect(mutate(client, make.undo(id, { version: 2 }))).resolves.toMatchObject([
        { error: { code: 'history_too_long' } },
      ]);
      after.mockClear();
      await expect(mutate(client, make.revert(id, 3))).resolves.toMatchObject([{ status: 'applied' }]);
      await expect(contentNow(id)).resolves.toEqual({ a: 1, b: 2, c: 0 });
      const read = await Promise.all(walked.mock.results.map(({ value }) => value as Promise<unknown[]>));
      expect(read.flat()).toHaveLength(3);
      expect(after).not.toHaveBeenCalled();
    } finally {
      walked.mockRestore();
      after.mockRestore();
    }
  }, 120_000);
});

describe('in a shared stream', () => {
  let collection: string;
  let otherId: string;
  let other: StreamingClient;
  let viewer: StreamingClient;
  let id: string;

  beforeEach(async () => {
    [collection, otherId] = [randomUUID(), randomUUID()];
    const viewerId = randomUUID();
    other = await openStreaming(server.wsUrl, otherId, randomUUID());
    viewer = await openStreaming(server.wsUrl, viewerId, randomUUID());
    await server.query(`INSERT INTO streams (id, kind, name) VALUES ($1, 'collection', 'shared')`, [collection]);
    for (const [member, role] of [
      [userId, 'owner'],
      [otherId, 'editor'],
      [viewerId, 'viewer'],
    ]) {
      await server.query(`INSERT INTO stream_members (stream_id, user_id, role) VALUES ($1, $2, $3)`, [
        collection,
        member,
        role,
      ]);
    }
    make = mutations(collection);
    const create = make.create({ a: 0, b: 0, c: 0 });
    id = create.document_id;
    await mutate(client, create, make.update(id, 1, [set('/a', 'mine')]));
    await mutate(other, make.update(id, 2, [set('/b', 'theirs')]));
  });

  afterEach(() => Promise.all([other.close(), viewer.close()]));

  it('is each user’s own latest change, whoever edited since', async () => {
    await expect(mutate(client, make.undo(id))).resolves.toMatchObject([{ status: 'applied', version: 4 }]);
    await expect(contentNow(id, collection)).resolves.toEqual({ a: 0, b: 'theirs', c: 0 });
    await mutate(other, make.undo(id));
    await expect(contentNow(id, collection)).resolves.toEqual({ a: 0, b: 0, c: 0 });
    // What others did is no undo of one's own.
    await mutate(client, make.redo(id));
    await expect(contentNow(id, collection)).resolves.toEqual({ a: 'mine', b: 0, c: 0 });
  });

  it('may be somebody else’s change by its version, and says whose change is in the way', async () => {
    await mutate(other, make.update(id, 3, [set('/a', 'theirs too')]));
    await expect(mutate(client, make.undo(id))).resolves.toMatchObject([
      { error: { code: 'undo_overlap', details: { overlaps: [{ version: 4, user_id: otherId, paths: ['/a'] }] } } },
    ]);
    await mutate(client, make.undo(id, { version: 4 }));
    await expect(contentNow(id, collection)).resolves.toEqual({ a: 'mine', b: 'theirs', c: 0 });
    await expect(mutate(client, make.undo(id, { version: 2 }))).resolves.toMatchObject([{ status: 'applied' }]);
    await expect(contentNow(id, collection)).resolves.toEqual({ a: 0, b: 'theirs', c: 0 });
  });

  it('takes the right to write', async () => {
    for (const mutation of [make.undo(id, { version: 2 }), make.redo(id), make.revert(id, 1)]) {
      await expect(mutate(viewer, mutation)).resolves.toMatchObject([{ error: { code: 'forbidden' } }]);
    }
    await expect(documentNow(id, collection)).resolves.toMatchObject({ version: 3 });
  });
});

describe('a classic client', () => {
  let classic: ClassicClient;

  beforeEach(async () => {
    classic = await openClassic(server.wsUrl, userId);
  });

  afterEach(() => classic.close());

  it('sees the document that comes of it', async () => {
    const id = await edited();
    await classic.next('sync_document', ({ document }) => document.id === id && document.version === 4);
    await mutate(client, make.undo(id, { version: 2 }));
    const undone = await classic.next('sync_document', ({ document }) => document.version === 5);
    expect(undone.document).toMatchObject({ id, content: { a: 0, b: 2, c: 3 } });

    await mutate(client, make.delete(id, 5), make.undo(id));
    await expect(classic.next('document_deleted')).resolves.toMatchObject({ document_id: id });
    const restored = await classic.next('sync_document', ({ document }) => document.version === 7);
    expect(restored.document).toMatchObject({ id, deleted_at: null, content: { a: 0, b: 2, c: 3 } });

    await mutate(client, make.revert(id, 6));
    await expect(classic.next('document_deleted')).resolves.toMatchObject({ document_id: id });
  });
});
