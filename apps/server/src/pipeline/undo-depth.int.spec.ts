/** An undo that names no version looks at the newest events first, and deeper only where it has to. */
import { randomUUID } from 'node:crypto';
import {
  clientIdSchema,
  documentIdSchema,
  mutationIdSchema,
  personalStreamOf,
  userIdSchema,
  type DocumentCommand,
  type UserId,
} from '@json-database-sync/domain';
import { expectSound } from '../../test/soundness.js';
import { startTestServer, type TestServer } from '../../test/test-server.js';
import { Accounts } from '../accounts/accounts.js';
import { EventStore } from '../event-store/event-store.js';
import { CommitPipeline } from './commit-pipeline.js';
import { FIRST_DEPTH } from './submission.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

/** A document whose owner made the first change; another user made all the others. */
async function longDocument(changes: number) {
  const [owner, other] = [randomUUID(), randomUUID()].map((id) => userIdSchema.parse(id)) as [UserId, UserId];
  await server.app.get(Accounts).authenticate({ token: 'demo-token', userId: owner });
  const head = { streamId: personalStreamOf(owner), documentId: documentIdSchema.parse(randomUUID()) };
  const submit = (command: DocumentCommand, userId: UserId) =>
    server.app.get(CommitPipeline).submit(command, {
      userId,
      clientId: clientIdSchema.parse(randomUUID()),
      mutationId: mutationIdSchema.parse(randomUUID()),
    });
  const set = (key: string, value: number): DocumentCommand => {
    const patch = [{ op: 'add', path: `/${key}`, value } as const];
    return { ...head, kind: 'update', baseVersion: null, knowsOwnChanges: true, patch };
  };
  await submit({ ...head, kind: 'create', title: 't', content: { mine: 0 } }, owner);
  await submit(set('mine', 1), owner);
  await Promise.all(Array.from({ length: changes }, (_, n) => submit(set('theirs', n), other)));
  const undo: DocumentCommand = { ...head, kind: 'undo', version: null, force: false };
  return { owner, other, submit, undo };
}

it.each([
  ['among the newest', 20, 1],
  ['further back', 3 * FIRST_DEPTH, 2],
])('what is to be undone lies %s', async (_, changes, reads) => {
  const { owner, submit, undo } = await longDocument(changes);
  const read = jest.spyOn(server.app.get(EventStore), 'eventsAfterVersion');
  const reply = await submit(undo, owner);
  expect(reply.state.content).toEqual({ mine: 0, theirs: changes - 1 });
  const depths = read.mock.calls.map(([[key]]) => reply.version - 1 - (key?.version ?? 0));
  expect(depths).toHaveLength(reads);
  expect(depths[0]).toBeLessThanOrEqual(FIRST_DEPTH);
  read.mockRestore();
  await expectSound(server);
});

it('says that there is nothing to undo only when it has looked at everything', async () => {
  const { submit, undo } = await longDocument(2 * FIRST_DEPTH);
  const stranger = userIdSchema.parse(randomUUID());
  await expect(submit(undo, stranger)).rejects.toMatchObject({ code: 'nothing_to_undo' });
});
