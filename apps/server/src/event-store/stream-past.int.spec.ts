/** A whole stream as it was, against a replay of its events up to then. */
import { randomUUID } from 'node:crypto';
import {
  clientIdSchema,
  documentIdSchema,
  evolve,
  mutationIdSchema,
  personalStreamOf,
  userIdSchema,
  type DocumentCommand,
  type DocumentId,
  type DocumentState,
  type Sequenced,
  type StreamId,
  type UserId,
} from '@json-database-sync/domain';
import fc from 'fast-check';
import { expectSound } from '../../test/soundness.js';
import { startTestServer, type TestServer } from '../../test/test-server.js';
import { Accounts } from '../accounts/accounts.js';
import { CommitPipeline } from '../pipeline/commit-pipeline.js';
import { EventStore } from './event-store.js';
import { StreamPast, type PastQuestion } from './stream-past.js';

let server: TestServer;
let userId: UserId;
let streamId: StreamId;
const clientId = clientIdSchema.parse(randomUUID());

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(async () => {
  await expectSound(server);
  await server.stop();
});

async function newStream(): Promise<void> {
  userId = userIdSchema.parse(randomUUID());
  streamId = personalStreamOf(userId);
  await server.app.get(Accounts).authenticate({ token: 'demo-token', userId });
}

async function commit(commands: readonly DocumentCommand[]): Promise<void> {
  const pipeline = server.app.get(CommitPipeline);
  const author = () => ({ userId, clientId, mutationId: mutationIdSchema.parse(randomUUID()) });
  // What does not apply is refused, and of no matter here.
  await Promise.allSettled(commands.map((command) => pipeline.submit(command, author())));
}

/** Every page; small ones, so that there are some. */
async function past(when: PastQuestion['when'], includeDeleted = true, limit = 2): Promise<DocumentState[]> {
  const found: DocumentState[] = [];
  let cursor: string | null = null;
  do {
    const page = await server.app.get(StreamPast).page({ streamId, when, cursor, limit, includeDeleted });
    found.push(...page.documents);
    cursor = page.cursor;
  } while (cursor !== null);
  return found;
}

/** As slowly and obviously as it goes. */
function replayed(events: readonly Sequenced[]): DocumentState[] {
  const documents = new Map<DocumentId, DocumentState>();
  for (const event of events) documents.set(event.documentId, evolve(documents.get(event.documentId), event));
  return [...documents.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

const IDS = Array.from({ length: 5 }, () => documentIdSchema.parse(randomUUID()));
const step = fc.record({
  document: fc.nat(IDS.length - 1),
  kind: fc.constantFrom('create', 'update', 'update', 'update', 'delete', 'restore'),
  value: fc.nat(100),
});

function commandOf({ document, kind, value }: { document: number; kind: string; value: number }): DocumentCommand {
  const key = { streamId, documentId: IDS[document]! };
  switch (kind) {
    case 'create':
      return { ...key, kind: 'create', title: `made ${value}`, content: { value } };
    case 'delete':
      return { ...key, kind: 'delete', baseVersion: null, knowsOwnChanges: true };
    case 'restore':
      return { ...key, kind: 'restore' };
    default:
      return {
        ...key,
        kind: 'update',
        baseVersion: null,
        knowsOwnChanges: true,
        patch: [{ op: 'add', path: '/value', value }],
        ...(value % 3 === 0 && { title: `title ${value}` }),
      };
  }
}

it('is the replay of the events up to then, by sequence and by time', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 60 }), async (steps) => {
      await newStream();
      await commit(IDS.slice(0, 3).map((_, n) => commandOf({ document: n, kind: 'create', value: n })));
      for (let at = 0; at < steps.length; at += 7) await commit(steps.slice(at, at + 7).map(commandOf));
      const events = await server.app.get(EventStore).changesSince(streamId, 0, 1_000);
      for (let sequence = 0; sequence <= events.length; sequence += 3) {
        const expected = replayed(events.slice(0, sequence));
        await expect(past({ sequence })).resolves.toEqual(expected);
        await expect(past({ sequence }, false, 200)).resolves.toEqual(
          expected.filter(({ deletedAt }) => deletedAt === null),
        );
      }
      for (const { createdAt } of events) {
        const until = events.filter((event) => event.createdAt <= createdAt);
        await expect(past({ time: createdAt }, true, 200)).resolves.toEqual(replayed(until));
      }
      await expect(past('now')).resolves.toEqual(replayed(events));
      await expect(past({ time: '2001-01-01T00:00:00.000Z' })).resolves.toEqual([]);
      await expect(past({ time: '9999-01-01T00:00:00.000Z' })).resolves.toEqual(replayed(events));
    }),
    { numRuns: 12 },
  );
}, 120_000);

it('stays at the sequence of the first page, whatever is written meanwhile', async () => {
  await newStream();
  await commit(IDS.map((_, n) => commandOf({ document: n, kind: 'create', value: n })));
  const ask = { streamId, when: 'now', limit: 2, includeDeleted: false } as const;
  const first = await server.app.get(StreamPast).page({ ...ask, cursor: null });
  const newId = documentIdSchema.parse('ffffffff-ffff-4fff-bfff-ffffffffffff');
  await commit([
    ...IDS.map((_, n) => commandOf({ document: n, kind: n === 4 ? 'delete' : 'update', value: 99 })),
    { streamId, documentId: newId, kind: 'create', title: 'late', content: {} },
  ]);
  const found = [...first.documents];
  for (let cursor = first.cursor; cursor !== null;) {
    const page = await server.app.get(StreamPast).page({ ...ask, cursor });
    expect(page.sequence).toBe(first.sequence);
    found.push(...page.documents);
    cursor = page.cursor;
  }
  const events = await server.app.get(EventStore).changesSince(streamId, 0, 1_000);
  expect(found).toEqual(replayed(events.slice(0, 5)));
});

it('is refused where the stream has not come to it, or the log no longer reaches back', async () => {
  await newStream();
  await commit([commandOf({ document: 0, kind: 'create', value: 0 })]);
  await expect(past({ sequence: 2 })).rejects.toMatchObject({ code: 'version_mismatch' });
  await expect(
    server.app.get(StreamPast).page({ streamId, when: 'now', cursor: 'x', limit: 1, includeDeleted: false }),
  ).rejects.toMatchObject({ code: 'invalid_message' });
  for (let n = 1; n < 10; n++) await commit([commandOf({ document: 0, kind: 'update', value: n })]);
  const events = await server.app.get(EventStore).changesSince(streamId, 0, 1_000);
  await server.query(
    'UPDATE events SET created_at = created_at - make_interval(mins => (20 - sequence)::int) WHERE stream_id = $1',
    [streamId],
  );
  await server.query('DELETE FROM events WHERE stream_id = $1 AND sequence <= 4', [streamId]);
  await expect(past({ sequence: 3 })).rejects.toMatchObject({ code: 'history_too_long' });
  await expect(past({ time: '2001-01-01T00:00:00.000Z' })).rejects.toMatchObject({ code: 'history_too_long' });
  await expect(past({ sequence: 5 })).resolves.toMatchObject([{ version: 5 }]);
  const sixth = new Date(Date.parse(events[5]!.createdAt) - 14 * 60_000).toISOString();
  await expect(past({ time: sixth })).resolves.toMatchObject([{ version: 6 }]);
  for (const table of ['events', 'mutations', 'documents']) {
    await server.query(`DELETE FROM ${table} WHERE stream_id = $1`, [streamId]);
  }
  await server.query('DELETE FROM streams WHERE id = $1', [streamId]);
});
