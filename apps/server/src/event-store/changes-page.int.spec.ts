/** A page as text is what its rows would have been made into, whatever stands in them, packed or not. */
import { randomUUID } from 'node:crypto';
import {
  clientIdSchema,
  documentIdSchema,
  mutationIdSchema,
  parseJson,
  personalStreamOf,
  streamIdSchema,
  toChangeEvent,
  userIdSchema,
  type DocumentCommand,
  type StreamId,
} from '@json-database-sync/domain';
import { DataSource } from 'typeorm';
import { expectSound } from '../../test/soundness.js';
import { startTestServer, type TestServer } from '../../test/test-server.js';
import { Accounts } from '../accounts/accounts.js';
import { packOldEvents } from '../packing/packer.js';
import { CommitPipeline } from '../pipeline/commit-pipeline.js';
import { EventStore } from './event-store.js';

/** What JSON has to escape, or PostgreSQL might write in another way. */
const STRANGE = { 'quo"te\\': ['\n\u001f\u2028é😀', 1e300, -0.1, 1e-7, null, true], '': { deep: {} } };
/** So that there is something to pack. */
const MORE = 40;
const TITLES = ['plain', 'quo"ted\\ \n\u2028 é 😀', ''];

let server: TestServer;
let store: EventStore;
let streamId: StreamId;

beforeAll(async () => {
  server = await startTestServer();
  store = server.app.get(EventStore);
  const userId = userIdSchema.parse(randomUUID());
  streamId = personalStreamOf(userId);
  await server.app.get(Accounts).authenticate({ token: 'demo-token', userId });
  const clientId = clientIdSchema.parse(randomUUID());
  const key = { streamId, documentId: documentIdSchema.parse(randomUUID()) };
  const update = (value: number, title?: string): DocumentCommand => ({
    ...{ ...key, kind: 'update', baseVersion: null, knowsOwnChanges: true },
    patch: [{ op: 'add', path: '/quo"te\\/0', value }],
    ...(title !== undefined && { title }),
  });
  const commands: DocumentCommand[] = [
    { ...key, kind: 'create', title: TITLES[1] ?? '', content: STRANGE },
    ...TITLES.map((title, value) => update(value, title)),
    update(9),
    { ...key, kind: 'undo', version: null, force: false },
    { ...key, kind: 'redo', version: null, force: false },
    { ...key, kind: 'delete', baseVersion: null, knowsOwnChanges: true },
    { ...key, kind: 'restore' },
    { ...key, kind: 'revert', toVersion: 1 },
    ...Array.from({ length: MORE }, (_, value) => update(value)),
  ];
  for (const command of commands) {
    const mutationId = mutationIdSchema.parse(randomUUID());
    await server.app.get(CommitPipeline).submit(command, { userId, clientId, mutationId });
  }
});

afterAll(async () => {
  await expectSound(server);
  await server.stop();
});

async function expectSame(after: number, limit: number): Promise<void> {
  const events = (await store.changesSince(streamId, after, limit)).map(toChangeEvent);
  const page = await store.changesPage(streamId, after, limit);
  const [first, last] = [events[0], events.at(-1)];
  const range = first && last ? { first: first.sequence, last: last.sequence } : null;
  expect({ ...page, text: parseJson(`[${page.text}]`, { maxDepth: 100 }) }).toEqual({
    head: await store.lastSequence(streamId),
    range,
    text: { ok: true, value: events },
  });
}

const HEAD = 10 + MORE;

test('every page is the same as text and as rows', async () => {
  for (let after = 0; after <= HEAD + 1; after++) for (const limit of [1, 3, 100]) await expectSame(after, limit);
  expect((await store.changesPage(streamId, 0, 1)).head).toBe(HEAD);
});

test('also where the events are packed', async () => {
  const before = new Date(Date.now() + 60_000);
  const { events } = await packOldEvents(server.app.get(DataSource), { before, rests: false });
  expect(events).toBeGreaterThan(10);
  for (let after = 0; after <= HEAD; after++) for (const limit of [1, 3, 100]) await expectSame(after, limit);
});

test('a stream that does not exist has nothing', async () => {
  const nowhere = streamIdSchema.parse(randomUUID());
  await expect(store.changesPage(nowhere, 0, 10)).resolves.toEqual({ head: 0, range: null, text: '' });
});
