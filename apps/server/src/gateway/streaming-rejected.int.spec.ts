/** A frame of changes of which one is rejected, over a raw WebSocket: what follows it on the same document waits. */
import { randomUUID } from 'node:crypto';
import { LIMITS, documentIdSchema, streamIdSchema, type JsonValue } from '@json-database-sync/domain';
import { mutations, type MutationMaker } from '../../test/mutations.js';
import { expectSound } from '../../test/soundness.js';
import { startTestServer, type TestServer } from '../../test/test-server.js';
import { openStreaming, type StreamingClient } from '../../test/wire-client.js';
import { EventStore } from '../event-store/event-store.js';

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

async function mutate(...list: unknown[]) {
  client.send({ type: 'mutate', mutations: list });
  return (await client.next('mutation_results')).results;
}

const outcomes = async (...list: unknown[]) =>
  (await mutate(...list)).map(({ status, error }) => (error ? [error.code, error.retryable] : status));

async function contentNow(id: string) {
  const key = [streamIdSchema.parse(userId), documentIdSchema.parse(id)] as const;
  return (await server.app.get(EventStore).document(...key))?.state.content;
}

const WAITS = ['earlier_change_rejected', true];

it('what follows on the same document is to be sent again; other documents go on', async () => {
  const [one, two] = [make.create({ list: ['x', 'y'] }), make.create({ n: 0 })];
  await mutate(one, two);
  const id = one.document_id;
  const follower = make.update(id, 1, [set('/list/0', 'mine')]);
  await expect(
    outcomes(
      make.update(id, 1, [set('/nowhere', 0)]),
      follower,
      make.update(two.document_id, 1, [set('/n', 1)]),
      make.delete(id, 1),
    ),
  ).resolves.toEqual([['invalid_patch', false], WAITS, 'applied', WAITS]);
  await expect(contentNow(id)).resolves.toEqual({ list: ['x', 'y'] });
  await expect(outcomes(follower)).resolves.toEqual(['applied']);
  await expect(contentNow(id)).resolves.toEqual({ list: ['mine', 'y'] });
});

it('what was carried out before is answered as then', async () => {
  const one = make.create({ n: 0 });
  const change = make.update(one.document_id, 1, [set('/n', 1)]);
  await expect(outcomes(one, change)).resolves.toEqual(['applied', 'applied']);
  await expect(
    outcomes(make.restore(randomUUID()), make.undo(one.document_id, { version: 1 }), change),
  ).resolves.toEqual([['document_not_found', false], ['cannot_undo', false], 'duplicate']);
});

it('a whole frame waits', async () => {
  const one = make.create({ n: 0 });
  const id = one.document_id;
  await mutate(one);
  const followers = Array.from({ length: LIMITS.mutationsPerFrame - 1 }, (_, n) => make.update(id, 1, [set('/n', n)]));
  const results = await outcomes(make.update(id, 1, [set('/nowhere', 0)]), ...followers);
  expect(results).toEqual([['invalid_patch', false], ...followers.map(() => WAITS)]);
  await expect(contentNow(id)).resolves.toEqual({ n: 0 });
});
