/** Deciding a batch in memory: what each command sees of the ones before it, what waits, and what is written where. */
import { createHash, randomUUID } from 'node:crypto';
import {
  LIMITS,
  clientIdSchema,
  conflictIdSchema,
  documentIdSchema,
  mutationIdSchema,
  streamIdSchema,
  userIdSchema,
  type DocumentCommand,
  type DocumentId,
  type JsonValue,
  type StreamId,
} from '@json-database-sync/domain';
import type { RecordedMutation } from '../event-store/event-store.js';
import { FIRST_DEPTH } from './submission.js';
import { planBatch, type BatchInput, type LoadedDocument } from './batch-plan.js';
import { classifyCommitFailure } from './commit-failure.js';
import { cacheKey } from './document-cache.js';
import type { Submission } from './submission.js';

const streamId = streamIdSchema.parse(randomUUID());
const otherStream = streamIdSchema.parse(randomUUID());
const userId = userIdSchema.parse(randomUUID());
const mine = clientIdSchema.parse(randomUUID());
const theirs = clientIdSchema.parse(randomUUID());
const newId = (): DocumentId => documentIdSchema.parse(randomUUID());

function submission(command: DocumentCommand, part: Partial<Submission & Submission['author']> = {}): Submission {
  const { clientId = mine, mutationId = mutationIdSchema.parse(randomUUID()), verified = false } = part;
  return {
    command,
    author: { userId, clientId, mutationId },
    settle: () => {},
    fail: () => {},
    verified,
    depth: FIRST_DEPTH,
  };
}

const create = (documentId: DocumentId, content: JsonValue = {}, inStream: StreamId = streamId): DocumentCommand => ({
  kind: 'create',
  streamId: inStream,
  documentId,
  title: 't',
  content,
});
const set = (
  documentId: DocumentId,
  key: string,
  value: JsonValue,
  baseVersion: number | null = null,
): DocumentCommand => ({
  kind: 'update',
  streamId,
  documentId,
  baseVersion,
  knowsOwnChanges: true,
  patch: [{ op: 'add', path: `/${key}`, value }],
});
const remove = (documentId: DocumentId): DocumentCommand => ({
  kind: 'delete',
  streamId,
  documentId,
  baseVersion: null,
  knowsOwnChanges: true,
});

function input(part: Partial<BatchInput> = {}): BatchInput {
  return {
    documents: new Map(),
    histories: new Map(),
    losses: new Map(),
    mutations: new Map(),
    now: '2026-01-01T00:00:00.000Z',
    sha256Hex: (text) => createHash('sha256').update(text).digest('hex'),
    newConflictId: () => conflictIdSchema.parse(randomUUID()),
    ...part,
  };
}

/** A document that was created by them and changed by them `versions - 1` times, as it would be read. */
function loaded(documentId: DocumentId, versions: number) {
  const changes = Array.from({ length: versions - 1 }, (_, n) => set(documentId, `n${n}`, n));
  const { events } = planBatch(
    [create(documentId), ...changes].map((command) => submission(command, { clientId: theirs })),
    input(),
  );
  const last = events.at(-1);
  if (!last) throw new Error('nothing was made');
  const document: LoadedDocument = { state: last.state, lastSequence: versions };
  const key = cacheKey({ streamId, documentId });
  return { documents: new Map([[key, document]]), history: events.map(({ event }) => event), key };
}

describe('planBatch', () => {
  it('lets a command see what the earlier ones of the batch decided', () => {
    const id = newId();
    const plan = planBatch(
      [create(id), set(id, 'a', 1), set(id, 'b', 2), remove(id)].map((one) => submission(one)),
      input(),
    );
    expect(plan.events.map(({ event, place }) => [event.type, event.version, place])).toEqual([
      ['create', 1, 1],
      ['update', 2, 2],
      ['update', 3, 3],
      ['delete', 4, 4],
    ]);
    expect(plan.events.at(-1)?.state).toMatchObject({ content: { a: 1, b: 2 }, version: 4 });
    expect(plan.streams).toEqual(new Map([[streamId, 4]]));
  });

  it('counts each stream’s places for itself', () => {
    const commands = [
      create(newId()),
      create(newId(), {}, otherStream),
      create(newId()),
      create(newId(), {}, otherStream),
    ];
    const plan = planBatch(
      commands.map((one) => submission(one)),
      input(),
    );
    expect(plan.mutations.map(({ state, place }) => [state.streamId, place])).toEqual([
      [streamId, 1],
      [otherStream, 1],
      [streamId, 2],
      [otherStream, 2],
    ]);
  });

  it('sees a concurrent change of the same batch: overlapping parts conflict, others merge', () => {
    const id = newId();
    const { documents } = loaded(id, 1);
    const batch = [
      submission(set(id, 'a', 'theirs', 1), { clientId: theirs }),
      submission(set(id, 'b', 'mine', 1)),
      submission(
        {
          ...set(id, 'a', 'mine', 1),
          kind: 'update',
          baseVersion: 1,
          knowsOwnChanges: false,
          patch: [
            { op: 'add', path: '/a', value: 'mine' },
            { op: 'add', path: '/c', value: 'mine' },
          ],
        },
        { verified: true },
      ),
    ];
    const plan = planBatch(batch, input({ documents }));
    expect(plan.mutations.map(({ status }) => status)).toEqual(['applied', 'merged', 'conflicted']);
    expect(plan.mutations[2]?.conflict).toMatchObject({ dropped: [{ index: 0 }], serverVersion: 3 });
    expect(plan.events.at(-1)?.state.content).toEqual({ a: 'theirs', b: 'mine', c: 'mine' });
  });

  it.each<[string, (id: DocumentId) => DocumentCommand, number]>([
    ['a rejection', (id) => create(id, 'other'), 1],
    ['nothing to do', (id) => create(id), 1],
    ['a conflict that keeps nothing', (id) => set(id, 'a', 1, 7), 1],
  ])('does not answer %s before it has looked at what the database says', (_what, command, version) => {
    const id = newId();
    const { documents } = loaded(id, version);
    const one = submission(command(id));
    const unsure = planBatch([one], input({ documents }));
    expect(unsure.deferred).toEqual([one]);
    expect(unsure).toMatchObject({ events: [], mutations: [], repeated: [], rejected: [] });
    const sure = planBatch([one], input({ documents }));
    expect(sure.deferred).toEqual([]);
    expect([...sure.mutations, ...sure.repeated, ...sure.rejected].map((told) => told.submission)).toEqual([one]);
  });

  it('lets later commands of a document wait for one that waits, and no others', () => {
    const [id, free] = [newId(), newId()];
    const { documents } = loaded(id, 1);
    const batch = [create(id, 'other'), set(id, 'a', 1), create(free), set(id, 'b', 2)].map((one) => submission(one));
    const plan = planBatch(batch, input({ documents }));
    expect(plan.deferred).toEqual([batch[0], batch[1], batch[3]]);
    expect(plan.events.map(({ event }) => event.documentId)).toEqual([free]);
    expect(batch.map(({ verified }) => verified)).toEqual([true, false, false, false]);
  });

  it('lets the same mutation in one batch wait for what the first one comes to', () => {
    const id = newId();
    const one = submission(create(id));
    const again = submission(create(id), { mutationId: one.author.mutationId });
    const plan = planBatch([one, again], input());
    expect(plan.mutations).toHaveLength(1);
    expect(plan.deferred).toEqual([again]);
    expect(again.verified).toBe(true);
  });

  describe('a mutation that was carried out before', () => {
    const id = newId();
    const mutationId = mutationIdSchema.parse(randomUUID());
    const recorded = (documentId: DocumentId): RecordedMutation => ({
      streamId,
      mutationId,
      documentId,
      status: 'merged',
      version: 1,
      sequence: 9,
      conflict: null,
    });
    const mutationsWith = (documentId: DocumentId) => new Map([[`${streamId}/${mutationId}`, recorded(documentId)]]);

    it('is answered as then, without a write', () => {
      const { documents } = loaded(id, 2);
      const one = submission(set(id, 'a', 1), { mutationId, verified: true });
      const plan = planBatch([one], input({ documents, mutations: mutationsWith(id) }));
      expect(plan).toMatchObject({ events: [], mutations: [], rejected: [], deferred: [] });
      expect(plan.repeated).toMatchObject([{ recorded: recorded(id), state: { version: 2 } }]);
    });

    it('is refused where it was for another document', () => {
      const one = submission(create(newId()), { mutationId, verified: true });
      const plan = planBatch([one], input({ mutations: mutationsWith(id) }));
      expect(plan.rejected).toMatchObject([{ submission: one, error: { code: 'invalid_message' } }]);
    });
  });

  it('waits for the part of the log that a merge needs, and works with it', () => {
    const id = newId();
    const { documents, history, key } = loaded(id, 4);
    const one = submission(set(id, 'mine', 1, 2));
    expect(planBatch([one], input({ documents })).deferred).toEqual([one]);
    const plan = planBatch([one], input({ documents, histories: new Map([[key, history.slice(2)]]) }));
    expect(plan.mutations).toMatchObject([{ status: 'merged', state: { version: 5 } }]);
  });

  it('takes a base that the log does not reach back to for a conflict as a whole', () => {
    const id = newId();
    const { documents, history, key } = loaded(id, 4);
    const shortLog = new Map([[key, history.slice(3)]]);
    const plan = planBatch(
      [submission(set(id, 'mine', 1, 1), { verified: true })],
      input({ documents, histories: shortLog }),
    );
    expect(plan.mutations).toMatchObject([
      { status: 'conflicted', stored: false, conflict: { dropped: [{ index: 0 }] } },
    ]);
  });

  it('takes what an earlier change of the same client lost for changed by others, in one batch or another', () => {
    const id = newId();
    const { documents, history, key } = loaded(id, 2);
    const histories = new Map([[key, history.slice(1)]]);
    const put = { op: 'add', path: '/mine', value: 0 } as const;
    const failing = { op: 'test', path: '/n0', value: 'not so' } as const;
    const guarded: DocumentCommand = {
      kind: 'update',
      streamId,
      documentId: id,
      baseVersion: 1,
      knowsOwnChanges: true,
      patch: [put, failing],
    };
    const first = submission(guarded, { verified: true });
    const second = submission(set(id, 'mine', 1, 1), { verified: true });
    expect(planBatch([first, second], input({ documents, histories })).mutations).toMatchObject([
      { status: 'conflicted', stored: false },
      { status: 'conflicted', stored: false },
    ]);
    const losses = new Map([[key, [{ clientId: mine, serverVersion: 2, operation: put }]]]);
    expect(planBatch([second], input({ documents, histories, losses })).mutations).toMatchObject([
      { status: 'conflicted', stored: false },
    ]);
  });

  it('does not ask for more of the log than a merge may look at', () => {
    const id = newId();
    const { documents, key } = loaded(id, 2);
    const document = documents.get(key);
    if (!document) throw new Error('it was loaded');
    const version = LIMITS.mergeEvents + 10;
    const old = new Map([[key, { ...document, state: { ...document.state, version } }]]);
    const plan = planBatch([submission(set(id, 'mine', 1, 1), { verified: true })], input({ documents: old }));
    expect(plan.mutations).toMatchObject([{ status: 'conflicted', stored: false }]);
  });
});

describe('classifyCommitFailure', () => {
  const withCode = (code: string) => Object.assign(new Error('driver'), { code });

  it.each<[string, unknown, string]>([
    ['another node was first', withCode('23505'), 'stale'],
    ['a check that fails', withCode('23514'), 'refused'],
    ['a number out of range', withCode('22003'), 'refused'],
    ['a serialization failure', withCode('40001'), 'transient'],
    ['a deadlock', withCode('40P01'), 'transient'],
    ['a shutdown', withCode('57P01'), 'transient'],
    ['a full disk', withCode('53100'), 'transient'],
    ['a standby', withCode('25006'), 'transient'],
    ['a socket that was reset', withCode('ECONNRESET'), 'transient'],
    ['a broken pipe', withCode('EPIPE'), 'transient'],
    ['a connection that ended', new Error('Connection terminated unexpectedly'), 'transient'],
    ['a bug of ours', new TypeError('x is undefined'), 'refused'],
  ])('%s', (_what, error, failure) => {
    expect(classifyCommitFailure(error)).toBe(failure);
  });
});
