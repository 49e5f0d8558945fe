/** Who goes into which batch, with batches that end when the test says so. */
import {
  clientIdSchema,
  documentIdSchema,
  mutationIdSchema,
  streamIdSchema,
  userIdSchema,
} from '@json-database-sync/domain';
import { CommitLanes } from './commit-lanes.js';
import type { Submission } from './submission.js';

/** Streams of the two lanes. */
const EVEN = streamIdSchema.parse('0190d0aa-0000-7000-8000-000000000002');
const ODD = streamIdSchema.parse('0190d0aa-0000-7000-8000-000000000001');
const ANY = '0190d0aa-0000-7000-8000-0000000000ff';

function submission(streamId: typeof EVEN, name: string): Submission & { readonly name: string } {
  return {
    name,
    command: { kind: 'restore', streamId, documentId: documentIdSchema.parse(ANY) },
    author: {
      userId: userIdSchema.parse(ANY),
      clientId: clientIdSchema.parse(ANY),
      mutationId: mutationIdSchema.parse(ANY),
    },
    settle: () => undefined,
    fail: () => undefined,
    verified: false,
    depth: 1,
  };
}

class Batch {
  members: readonly Submission[] = [];
  failed: readonly Submission[] = [];
  end: (deferred?: readonly Submission[]) => void = () => undefined;

  commit(members: readonly Submission[]): Promise<readonly Submission[]> {
    this.members = members;
    return new Promise((resolve) => (this.end = (deferred = []) => resolve(deferred)));
  }

  withoutFollowers(waiting: Submission[]): Submission[] {
    return waiting.filter((each) => !this.failed.includes(each));
  }

  get names(): string[] {
    return this.members.map((each) => ('name' in each ? String(each.name) : '?'));
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function start() {
  const batches: Batch[] = [];
  const lanes = new CommitLanes(() => {
    const batch = new Batch();
    batches.push(batch);
    return batch;
  }, turn);
  const submit = (streamId: typeof EVEN, ...names: string[]): void => {
    for (const name of names) lanes.submit(submission(streamId, name));
  };
  const names = (): string[][] => batches.map((batch) => batch.names);
  return { lanes, batches, submit, names };
}

const many = (prefix: string, count: number): string[] => Array.from({ length: count }, (_, n) => `${prefix}${n}`);

it('makes one batch of what one turn brings to both lanes, in the order of each', async () => {
  const { submit, names } = start();
  submit(ODD, 'a', 'b');
  submit(EVEN, 'c');
  await turn();
  expect(names()).toEqual([['c', 'a', 'b']]);
});

it('lets what comes meanwhile wait for a small batch, and makes the next one of it', async () => {
  const { lanes, batches, submit, names } = start();
  submit(ODD, 'a');
  await turn();
  submit(EVEN, 'b');
  submit(ODD, 'c');
  await turn();
  expect(lanes.length).toBe(2);
  batches[0]?.end();
  await turn();
  expect(names()).toEqual([['a'], ['b', 'c']]);
});

it('carries out lanes beside each other that have much to do, and a little beside much', async () => {
  const { submit, names } = start();
  submit(EVEN, ...many('e', 50));
  submit(ODD, ...many('o', 50));
  await turn();
  expect(names()).toEqual([many('e', 50), many('o', 50)]);

  const other = start();
  other.submit(EVEN, ...many('e', 100));
  await turn();
  other.submit(ODD, 'o');
  await turn();
  expect(other.names()).toEqual([many('e', 100), ['o']]);
});

it('never has a stream in two batches', async () => {
  const { batches, submit, names } = start();
  submit(EVEN, ...many('e', 300));
  await turn();
  submit(EVEN, 'later');
  await turn();
  expect(names()).toEqual([many('e', 300).slice(0, 200)]);
  batches[0]?.end();
  await turn();
  expect(names()[1]).toEqual([...many('e', 300).slice(200), 'later']);
});

it('takes up what was put off before what came after it, and leaves out what failed with the batch', async () => {
  const { batches, submit, names } = start();
  submit(EVEN, 'a');
  submit(ODD, 'b', 'c');
  await turn();
  submit(ODD, 'd', 'e');
  const [first] = batches;
  if (!first) throw new Error('nothing was begun');
  await turn();
  const [, , c] = first.members;
  if (!c) throw new Error('c is missing');
  first.end([c]);
  await turn();
  expect(names()[1]).toEqual(['c', 'd', 'e']);

  submit(ODD, 'f', 'g');
  const second = batches[1];
  if (!second) throw new Error('nothing was begun');
  second.failed = second.members.slice(-1);
  second.end(second.members.slice(-1));
  await turn();
  expect(names()[2]).toEqual(['f', 'g']);
});

it('is drained once all that waited has been carried out, what was put off as well', async () => {
  const { lanes, batches, submit } = start();
  await lanes.drained();
  submit(EVEN, 'a', 'b');
  let drained = false;
  const told = lanes.drained().then(() => (drained = true));
  await turn();
  batches[0]?.end(batches[0].members.slice(1));
  await turn();
  await turn();
  expect(drained).toBe(false);
  batches[1]?.end();
  await told;
  expect(lanes.length).toBe(0);
});
