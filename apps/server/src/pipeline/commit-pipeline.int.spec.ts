/** The commit pipeline on a real PostgreSQL: order, refusals, lost connections, two nodes on one database. */
import { randomUUID } from 'node:crypto';
import {
  SyncError,
  clientIdSchema,
  documentIdSchema,
  mutationIdSchema,
  personalStreamOf,
  userIdSchema,
  type DocumentCommand,
  type UpdateDocumentCommand,
  type DocumentId,
  type JsonValue,
  type StreamId,
  type UserId,
} from '@json-database-sync/domain';
import { expectSound } from '../../test/soundness.js';
import { startTestServer, type TestServer } from '../../test/test-server.js';
import { waitFor } from '../../../../testing/wait-for.js';
import { Accounts } from '../accounts/accounts.js';
import { EventStore } from '../event-store/event-store.js';
import { CommitPipeline } from './commit-pipeline.js';
import type { Author, CommitReply } from './submission.js';

let first: TestServer;
/** Another node on the same database. */
let second: TestServer;
let userId: UserId;
let streamId: StreamId;

beforeAll(async () => {
  first = await startTestServer();
  second = await startTestServer({ databaseUrl: first.databaseUrl });
});

beforeEach(async () => {
  userId = userIdSchema.parse(randomUUID());
  streamId = personalStreamOf(userId);
  await first.app.get(Accounts).authenticate({ token: 'demo-token', userId });
});

afterEach(() => expectSound(first));

afterAll(async () => {
  await second.stop();
  await first.stop();
});

const author = (part: Partial<Author> = {}): Author => ({
  userId,
  clientId: clientIdSchema.parse(randomUUID()),
  mutationId: mutationIdSchema.parse(randomUUID()),
  ...part,
});
const newId = (): DocumentId => documentIdSchema.parse(randomUUID());
const create = (documentId: DocumentId, content: JsonValue = {}, title = 't'): DocumentCommand => ({
  kind: 'create',
  streamId,
  documentId,
  title,
  content,
});
const set = (
  documentId: DocumentId,
  key: string,
  value: JsonValue,
  baseVersion: number | null = null,
): UpdateDocumentCommand => ({
  kind: 'update',
  streamId,
  documentId,
  baseVersion,
  knowsOwnChanges: true,
  patch: [{ op: 'add', path: `/${key}`, value }],
});
const remove = (documentId: DocumentId, baseVersion: number | null = null): DocumentCommand => ({
  kind: 'delete',
  streamId,
  documentId,
  baseVersion,
  knowsOwnChanges: true,
});
const restore = (documentId: DocumentId): DocumentCommand => ({ kind: 'restore', streamId, documentId });

function submit(node: TestServer, command: DocumentCommand, by: Author = author()): Promise<CommitReply> {
  return node.app.get(CommitPipeline).submit(command, by);
}

const contentOf = async (documentId: DocumentId) =>
  (await first.app.get(EventStore).document(streamId, documentId))?.state.content;

const codeOf = (outcome: PromiseSettledResult<CommitReply>) =>
  outcome.status === 'fulfilled'
    ? outcome.value.status
    : outcome.reason instanceof SyncError
      ? outcome.reason.code
      : String(outcome.reason);

describe('one node', () => {
  it('numbers what is submitted at once without a gap, in the order of submission', async () => {
    const ids = Array.from({ length: 500 }, newId);
    const replies = await Promise.all(ids.map((id, n) => submit(first, create(id, { n }))));
    expect(replies.map(({ sequence }) => sequence)).toEqual(ids.map((_, i) => i + 1));
    const log = await first.app.get(EventStore).changesSince(streamId, 0, 1_000);
    expect(log.map(({ sequence, documentId }) => [sequence, documentId])).toEqual(ids.map((id, i) => [i + 1, id]));
  });

  it('takes a document’s commands in the order of submission, each seeing the one before', async () => {
    const id = newId();
    const by = author().clientId;
    const commands = [create(id), ...Array.from({ length: 300 }, (_, n) => set(id, 'n', n)), remove(id), restore(id)];
    const replies = await Promise.all(commands.map((command) => submit(first, command, author({ clientId: by }))));
    expect(replies.map(({ version }) => version)).toEqual(commands.map((_, i) => i + 1));
    await expect(contentOf(id)).resolves.toEqual({ n: 299 });
  });

  it('lets whoever got an answer read what was written', async () => {
    const id = newId();
    await submit(first, create(id, { n: 0 }));
    for (let n = 1; n <= 20; n++) {
      const { sequence } = await submit(first, set(id, 'n', n));
      await expect(contentOf(id)).resolves.toEqual({ n });
      await expect(second.app.get(EventStore).lastSequence(streamId)).resolves.toBe(sequence);
    }
  });

  it('fails a command that PostgreSQL refuses alone: its neighbours commit', async () => {
    await first.query(`ALTER TABLE documents ADD CONSTRAINT refused CHECK (title <> 'refused')`);
    try {
      const ids = Array.from({ length: 100 }, newId);
      const refused = new Set([0, 37, 38, 99]);
      const outcomes = await Promise.allSettled(
        ids.map((id, n) => submit(first, create(id, { n }, refused.has(n) ? 'refused' : 'fine'))),
      );
      expect(outcomes.map(codeOf)).toEqual(ids.map((_, n) => (refused.has(n) ? 'server_error' : 'applied')));
      await expect(first.app.get(EventStore).lastSequence(streamId)).resolves.toBe(96);
      // The refused ones left nothing behind, not even in memory.
      await expect(submit(first, set(ids[37] ?? newId(), 'x', 1))).rejects.toMatchObject({
        code: 'document_not_found',
      });
    } finally {
      await first.query('ALTER TABLE documents DROP CONSTRAINT refused');
    }
  });

  it('lets no change overtake an earlier one of its author’s that has to be sent again', async () => {
    const mine = author().clientId;
    const [made, unmade] = [newId(), newId()];
    await submit(first, create(made));
    const titled = (title: string): DocumentCommand => ({ ...set(made, 'n', 1), kind: 'update', patch: [], title });
    await first.query(`ALTER TABLE documents ADD CONSTRAINT refused CHECK (title <> 'refused')`);
    try {
      const commands = [
        create(unmade, {}, 'refused'),
        titled('refused'),
        ...Array.from({ length: 300 }, (_, n) => set(newId(), 'n', n)),
        set(unmade, 'n', 2),
        titled('later'),
      ];
      const outcomes = await Promise.allSettled([
        ...commands.map((command) => submit(first, command, author({ clientId: mine }))),
        submit(first, set(made, 'theirs', 3)),
      ]);
      const codes = outcomes.map(codeOf);
      expect([...codes.slice(0, 2), ...codes.slice(-3)]).toEqual([
        'server_error',
        'server_error',
        'server_error',
        'server_error',
        'applied',
      ]);
      await expect(contentOf(made)).resolves.toEqual({ theirs: 3 });
    } finally {
      await first.query('ALTER TABLE documents DROP CONSTRAINT refused');
    }
    // Nothing is held against the author: sent again, both are taken, in their order.
    const again = await Promise.all(
      [create(unmade), set(unmade, 'n', 2)].map((command) => submit(first, command, author({ clientId: mine }))),
    );
    expect(again.map(({ version }) => version)).toEqual([1, 2]);
  });

  it('refuses a stream that does not exist, and its neighbours commit', async () => {
    const nowhere = personalStreamOf(userIdSchema.parse(`${randomUUID().slice(0, -1)}${streamId.slice(-1)}`));
    const outcomes = await Promise.allSettled([
      submit(first, create(newId())),
      submit(first, { ...create(newId()), streamId: nowhere }),
      submit(first, create(newId())),
    ]);
    expect(outcomes.map(codeOf)).toEqual(['applied', 'forbidden', 'applied']);
    await expect(first.query('SELECT FROM documents WHERE stream_id = $1', [nowhere])).resolves.toEqual([]);
  });

  it('gives one effect to a mutation id that is submitted many times at once', async () => {
    const id = newId();
    await submit(first, create(id, { list: [] }));
    const by = author();
    const append: DocumentCommand = {
      ...set(id, 'list', 1),
      kind: 'update',
      knowsOwnChanges: true,
      baseVersion: null,
      patch: [{ op: 'add', path: '/list/-', value: 1 }],
    };
    const replies = await Promise.all(Array.from({ length: 50 }, () => submit(first, append, by)));
    expect(replies.map(({ status }) => status).toSorted()).toEqual([
      'applied',
      ...Array.from({ length: 49 }, () => 'duplicate'),
    ]);
    expect(new Set(replies.map(({ sequence }) => sequence)).size).toBe(1);
    await expect(contentOf(id)).resolves.toEqual({ list: [1] });
  });
});

describe('two nodes on one database', () => {
  it('race on the same documents: everything is acknowledged, nothing is lost', async () => {
    const ids = Array.from({ length: 4 }, newId);
    await Promise.all(ids.map((id) => submit(first, create(id))));
    const perNode = 150;
    const replies = await Promise.all(
      [first, second].flatMap((node, which) =>
        Array.from({ length: perNode }, async (_, n) => {
          const id = ids[n % ids.length] ?? newId();
          return { id, key: `node${which}n${n}`, reply: await submit(node, set(id, `node${which}n${n}`, n, 1)) };
        }),
      ),
    );
    expect(new Set(replies.map(({ reply }) => reply.sequence)).size).toBe(2 * perNode);
    for (const id of ids) {
      const written = replies.filter((one) => one.id === id).map(({ key }) => key);
      expect(Object.keys((await contentOf(id)) as object).toSorted()).toEqual(written.toSorted());
    }
    await expect(first.app.get(EventStore).lastSequence(streamId)).resolves.toBe(2 * perNode + ids.length);
  });

  it('give one effect to a mutation that is submitted on both at once', async () => {
    const id = newId();
    await submit(first, create(id, { list: [] }));
    for (let round = 1; round <= 20; round++) {
      const by = author();
      const append: DocumentCommand = {
        kind: 'update',
        streamId,
        documentId: id,
        baseVersion: null,
        knowsOwnChanges: true,
        patch: [{ op: 'add', path: '/list/-', value: round }],
      };
      const replies = await Promise.all([submit(first, append, by), submit(second, append, by)]);
      expect(replies.map(({ status }) => status).toSorted()).toEqual(['applied', 'duplicate']);
      expect(new Set(replies.map(({ version }) => version))).toEqual(new Set([round + 1]));
    }
    await expect(contentOf(id)).resolves.toEqual({ list: Array.from({ length: 20 }, (_, i) => i + 1) });
  });

  it('let one of two creations of an id win', async () => {
    const id = newId();
    const outcomes = await Promise.allSettled([
      submit(first, create(id, 'mine')),
      submit(second, create(id, 'theirs')),
    ]);
    expect(outcomes.map(codeOf).toSorted()).toEqual(['applied', 'document_exists']);
  });

  describe('where one remembers what the other has changed', () => {
    let id: DocumentId;

    beforeEach(async () => {
      id = newId();
      await submit(first, create(id, { n: 1 }));
    });

    it('an update is based on a version that this node has not seen: no conflict', async () => {
      await submit(second, set(id, 'n', 2));
      const reply = await submit(first, set(id, 'm', 1, 2));
      expect(reply).toMatchObject({ status: 'applied', version: 3 });
      await expect(contentOf(id)).resolves.toEqual({ n: 2, m: 1 });
      await expect(first.query('SELECT FROM conflicts WHERE stream_id = $1', [streamId])).resolves.toEqual([]);
    });

    it('a deletion of what this node takes for deleted, and the other has restored', async () => {
      await submit(first, remove(id));
      await submit(second, restore(id));
      await expect(submit(first, remove(id))).resolves.toMatchObject({ status: 'applied', version: 4, stored: true });
    });

    it('a restoration of what this node takes for alive, and the other has deleted', async () => {
      await submit(second, remove(id));
      await expect(submit(first, restore(id))).resolves.toMatchObject({ status: 'applied', version: 3, stored: true });
    });

    it('a creation again of what the other has deleted', async () => {
      await submit(second, remove(id));
      await expect(submit(first, create(id, { n: 1 }))).rejects.toMatchObject({ code: 'document_exists' });
    });

    it('an update of what the other has created meanwhile', async () => {
      const fresh = newId();
      await expect(submit(first, set(fresh, 'n', 1))).rejects.toMatchObject({ code: 'document_not_found' });
      await submit(second, create(fresh));
      await expect(submit(first, set(fresh, 'n', 1))).resolves.toMatchObject({ version: 2 });
    });
  });
});

describe('a database that goes away', () => {
  it('loses nothing and doubles nothing when connections are killed in mid-flight', async () => {
    const ids = Array.from({ length: 10 }, newId);
    await Promise.all(ids.map((id) => submit(first, create(id, { list: [] }))));
    const kill = () =>
      first.query<{ killed: boolean }>(
        `SELECT pg_terminate_backend(pid) AS killed FROM pg_stat_activity
          WHERE datname = current_database() AND application_name = 'json-database-sync'`,
      );
    const total = 600;
    let answered = 0;
    let killed = 0;
    const replies = Array.from({ length: total }, async (_, n) => {
      const id = ids[n % ids.length] ?? newId();
      // In steps, so that there is always something in flight and something to come.
      await waitFor('its turn', () => n < answered + 60);
      const append: DocumentCommand = {
        kind: 'update',
        streamId,
        documentId: id,
        baseVersion: null,
        knowsOwnChanges: true,
        patch: [{ op: 'add', path: '/list/-', value: n }],
      };
      const reply = await submit(n % 2 === 0 ? first : second, append);
      answered += 1;
      return reply;
    });
    for (const mark of [50, 150, 300, 450]) {
      await waitFor(`${mark} answers`, () => answered >= mark);
      killed += (await kill()).length;
    }
    const all = await Promise.all(replies);
    expect(killed).toBeGreaterThan(0);
    expect(new Set(all.map(({ sequence }) => sequence)).size).toBe(total);
    const contents = await Promise.all(ids.map(contentOf));
    const listed = contents.flatMap((content) => (content as { list: number[] }).list);
    expect(listed.toSorted((a, b) => a - b)).toEqual(Array.from({ length: total }, (_, n) => n));
  });
});
