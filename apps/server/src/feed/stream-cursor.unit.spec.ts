/** The cursor's promise as a property: whatever comes in whatever way, it is passed on in order, each once, without a gap. */
import { randomUUID } from 'node:crypto';
import {
  clientIdSchema,
  documentIdSchema,
  mutationIdSchema,
  revisionIdSchema,
  streamIdSchema,
  userIdSchema,
} from '@json-database-sync/domain';
import fc from 'fast-check';
import type { CommittedEvent } from '../pipeline/submission.js';
import { CommittedBatch } from './committed-batch.js';
import { StreamCursor, type CursorPort } from './stream-cursor.js';

const streamId = streamIdSchema.parse(randomUUID());
const ids = {
  streamId,
  documentId: documentIdSchema.parse(randomUUID()),
  userId: userIdSchema.parse(randomUUID()),
  clientId: clientIdSchema.parse(randomUUID()),
  mutationId: mutationIdSchema.parse(randomUUID()),
  revisionId: revisionIdSchema.parse('1-0123456789abcdef'),
  vectorClock: {},
  createdAt: '2026-01-01T00:00:00.000Z',
};

function committed(sequence: number): CommittedEvent {
  const { documentId: id, createdAt, ...rest } = ids;
  const state = { ...rest, id, title: 't', content: {}, version: 1, createdAt, updatedAt: createdAt, deletedAt: null };
  return { event: { ...ids, sequence, version: 1, cause: null, type: 'create', forward: state, reverse: null }, state };
}

function batch(first: number, last: number): CommittedBatch {
  const rest = Array.from({ length: last - first }, (_, i) => committed(first + 1 + i));
  return new CommittedBatch(streamId, [committed(first), ...rest]);
}

/** A log, a socket that can be slow, and a record of what was passed on. */
class World implements CursorPort {
  readonly passedOn: number[] = [];
  readonly failures: unknown[] = [];
  head = 0;
  slow = false;
  /** How many reads of the log are to fail. */
  failing = 0;
  private waiting: (() => void)[] = [];

  constructor(private readonly pageSize: number) {}

  ready = (): boolean => !this.slow;
  drained = (): Promise<void> => (this.slow ? new Promise((resolve) => this.waiting.push(resolve)) : Promise.resolve());
  failed = (error: unknown): void => void this.failures.push(error);

  send(pushed: CommittedBatch): void {
    for (const { event } of pushed.events) this.passedOn.push(event.sequence);
  }

  async sendFromLog(_stream: typeof streamId, after: number): Promise<number> {
    await Promise.resolve();
    if (this.failing > 0) {
      this.failing -= 1;
      throw new Error('the database is away');
    }
    const until = Math.min(this.head, after + this.pageSize);
    for (let sequence = after + 1; sequence <= until; sequence++) this.passedOn.push(sequence);
    return until;
  }

  drain(): void {
    this.slow = false;
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}

/** Lets everything that can go on go on. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

type Step =
  | { readonly kind: 'commit'; readonly count: number; readonly how: 'pushed' | 'lost' | 'announced' | 'pushed twice' }
  | { readonly kind: 'slow' | 'drain' | 'settle' | 'read fails' };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('commit' as const),
        count: fc.integer({ min: 1, max: 5 }),
        how: fc.constantFrom('pushed', 'pushed', 'lost', 'announced', 'pushed twice'),
      }),
    },
    { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('slow', 'drain', 'settle', 'settle', 'read fails') }) },
  ),
  { maxLength: 40 },
);

async function play(world: World, cursor: StreamCursor, step: Step): Promise<void> {
  switch (step.kind) {
    case 'commit': {
      const first = world.head + 1;
      world.head += step.count;
      if (step.how === 'announced') cursor.onHead(world.head);
      if (step.how === 'pushed' || step.how === 'pushed twice') cursor.onCommitted(batch(first, world.head));
      if (step.how === 'pushed twice') cursor.onCommitted(batch(first, world.head));
      return;
    }
    case 'slow':
      world.slow = true;
      return;
    case 'drain':
      return world.drain();
    case 'read fails':
      world.failing += 1;
      return;
    case 'settle':
      return settle();
  }
}

const upTo = (last: number, from = 1): number[] =>
  Array.from({ length: Math.max(0, last - from + 1) }, (_, i) => from + i);

describe('a stream cursor', () => {
  it('passes everything on in order, each once, without a gap', async () => {
    await fc.assert(
      fc.asyncProperty(
        steps,
        fc.integer({ min: 0, max: 5 }),
        fc.integer({ min: 1, max: 4 }),
        async (list, known, page) => {
          const world = new World(page);
          world.head = known;
          const cursor = new StreamCursor(streamId, known, world);
          for (const step of list) {
            await play(world, cursor, step);
            // At every moment it is a beginning of what there is.
            expect(world.passedOn).toEqual(upTo(known + world.passedOn.length, known + 1));
          }
          // Once the trouble is over and one more comes, nothing is missing.
          world.drain();
          await settle();
          world.failing = 0;
          await play(world, cursor, { kind: 'commit', count: 1, how: 'pushed' });
          // Each turn reads a page; the bound is for a cursor that has stopped.
          for (let turn = 0; turn <= world.head && world.passedOn.length < world.head - known; turn++) await settle();
          expect(world.passedOn).toEqual(upTo(world.head, known + 1));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('pushes straight through while nothing is in the way, without reading the log', () => {
    const world = new World(100);
    const cursor = new StreamCursor(streamId, 0, world);
    cursor.onCommitted(batch(1, 3));
    cursor.onCommitted(batch(4, 4));
    expect(world.passedOn).toEqual([1, 2, 3, 4]);
  });

  it('keeps nothing for a slow socket: what it missed is read when it takes more', async () => {
    const world = new World(100);
    const cursor = new StreamCursor(streamId, 0, world);
    world.slow = true;
    world.head = 6;
    cursor.onCommitted(batch(1, 3));
    cursor.onCommitted(batch(4, 6));
    await settle();
    expect(world.passedOn).toEqual([]);
    world.drain();
    await settle();
    expect(world.passedOn).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('tells of a read that failed and goes on with the next push', async () => {
    const world = new World(100);
    const cursor = new StreamCursor(streamId, 0, world);
    world.failing = 1;
    world.head = 2;
    cursor.onHead(2);
    await settle();
    expect(world.failures).toHaveLength(1);
    world.head = 3;
    cursor.onCommitted(batch(3, 3));
    await settle();
    expect(world.passedOn).toEqual([1, 2, 3]);
  });

  it('says nothing more once it has ended, neither news nor failures', async () => {
    const world = new World(100);
    const cursor = new StreamCursor(streamId, 0, world);
    world.failing = 1;
    world.head = 2;
    cursor.onHead(2);
    cursor.end();
    cursor.onCommitted(batch(1, 2));
    cursor.onHead(5);
    await settle();
    expect(world.passedOn).toEqual([]);
    expect(world.failures).toEqual([]);
  });
});
