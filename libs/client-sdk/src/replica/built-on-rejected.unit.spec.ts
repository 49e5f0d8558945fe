/** What falls with a rejected change: all that would hit another place than its author saw, and nothing that would not. */
import type {
  ClientId,
  DocumentId,
  DocumentState,
  JsonPatchOperation,
  MutationId,
  StreamId,
  UserId,
} from '@json-database-sync/domain';
import fc from 'fast-check';
import { builtOnRejected } from './built-on-rejected.js';
import type { PendingChange, PendingMutation } from './pending.js';
import { ReplayRun, type ReplicaInput } from './replica.js';

const USER = '0190a000-0000-7000-8000-00000000000a' as UserId;
const STREAM = USER as string as StreamId;
const DOCUMENT = '0190d000-0000-7000-8000-000000000001' as DocumentId;
const ME = '0190b000-0000-7000-8000-000000000001' as ClientId;
const NOW = '2026-01-01T00:00:00.000Z';

interface Content {
  readonly list: readonly string[];
  readonly map: { readonly a: string; readonly b: string };
}

const confirmed: DocumentState = {
  id: DOCUMENT,
  streamId: STREAM,
  title: 'T',
  content: { list: ['i0', 'i1', 'i2', 'i3'], map: { a: 'a0', b: 'b0' } },
  version: 3,
  revisionId: `3-${'0'.repeat(16)}` as DocumentState['revisionId'],
  vectorClock: {},
  userId: USER,
  createdAt: NOW,
  updatedAt: NOW,
  deletedAt: null,
};

function pendingOf(changes: readonly PendingChange[]): PendingMutation[] {
  return changes.map((change, position) => ({
    position,
    mutationId: `0190c000-0000-7000-8000-${String(position).padStart(12, '0')}` as MutationId,
    streamId: STREAM,
    documentId: DOCUMENT,
    baseVersion: 3,
    change,
    createdAt: NOW,
    owner: 'me',
    state: 'unanswered',
    ackedSequence: null,
  }));
}

function inputOf(pending: readonly PendingMutation[]): ReplicaInput {
  return {
    confirmed,
    pending,
    eventsAfter: () => [],
    newestEvents: () => [],
    alreadyLost: [],
    author: { clientId: ME, userId: USER },
    strategy: 'server_wins',
  };
}

const update = (...patch: JsonPatchOperation[]): PendingChange => ({ kind: 'update', patch });
const first = (pending: readonly PendingMutation[]) => new Set([pending[0]!.mutationId]);
const fallenOf = (...changes: PendingChange[]): number[] => {
  const pending = pendingOf(changes);
  return builtOnRejected(inputOf(pending), first(pending), () => true).map(({ position }) => position);
};

test('what it wrote falls, and what was made on that; what is elsewhere stays', () => {
  expect(
    fallenOf(
      update({ op: 'remove', path: '/list/0' }),
      update({ op: 'replace', path: '/map/a', value: 'mine' }),
      update({ op: 'replace', path: '/list/1', value: 'mine' }),
      update({ op: 'replace', path: '/list/1', value: 'mine again' }),
      { kind: 'delete' },
    ),
  ).toEqual([2, 3]);
});

test('nothing falls with what wrote nothing, and what was made on a change that falls falls too', () => {
  expect(fallenOf({ kind: 'delete' }, { kind: 'restore' }, update({ op: 'remove', path: '/list/0' }))).toEqual([]);
  expect(
    fallenOf(
      update({ op: 'add', path: '/list/0', value: 'new' }),
      update({ op: 'replace', path: '/list/0', value: 'newer' }, { op: 'replace', path: '/map/a', value: 'mine' }),
      update({ op: 'replace', path: '/map/a', value: 'mine again' }),
      update({ op: 'replace', path: '/map/b', value: 'mine' }),
    ),
  ).toEqual([1, 2]);
});

test('an undo that was shown and is out of reach falls by what it had done', () => {
  const effect = { patch: [{ op: 'add', path: '/list/0', value: 'back' } as const] };
  expect(
    fallenOf(
      { kind: 'undo', version: 2, force: false, effect },
      update({ op: 'replace', path: '/map/b', value: 'mine' }),
      update({ op: 'replace', path: '/list/1', value: 'mine' }),
    ),
  ).toEqual([2]);
});

test('what the server has settled stays', () => {
  const pending = pendingOf([
    update({ op: 'remove', path: '/list/0' }),
    update({ op: 'replace', path: '/list/1', value: 'mine' }),
  ]);
  expect(builtOnRejected(inputOf(pending), first(pending), () => false)).toEqual([]);
});

const edit = fc.record({
  how: fc.constantFrom('replace', 'add', 'remove', 'a', 'b'),
  at: fc.nat(5),
});

test('whatever stays replaces the very item that its author saw', () => {
  let [stayed, fell] = [0, 0];
  fc.assert(
    fc.property(fc.array(edit, { minLength: 2, maxLength: 8 }), (edits) => {
      // Each is made on what the ones before it have left, as an application makes it; every value is written once.
      const run = new ReplayRun(inputOf([]));
      const meant = new Map<MutationId, { gone: string | null; written: string | null }>();
      const pending = pendingOf([]);
      for (const [index, { how, at }] of edits.entries()) {
        const { list, map } = run.state!.content as unknown as Content;
        const value = `v${index}`;
        const made =
          how === 'a' || how === 'b'
            ? { change: update({ op: 'replace', path: `/map/${how}`, value }), gone: map[how], written: value }
            : how === 'add'
              ? {
                  change: update({ op: 'add', path: `/list/${Math.min(at, list.length)}`, value }),
                  gone: null,
                  written: value,
                }
              : at >= list.length
                ? null
                : how === 'remove'
                  ? { change: update({ op: 'remove', path: `/list/${at}` }), gone: list[at]!, written: null }
                  : { change: update({ op: 'replace', path: `/list/${at}`, value }), gone: list[at]!, written: value };
        if (!made) continue;
        const [mutation] = pendingOf([made.change]);
        const next = {
          ...mutation!,
          position: index,
          mutationId: `${mutation!.mutationId.slice(0, -2)}${10 + index}` as MutationId,
        };
        meant.set(next.mutationId, made);
        pending.push(next);
        run.take(next);
      }
      if (pending.length < 2) return;
      const fallen = new Set(builtOnRejected(inputOf(pending), first(pending), () => true));
      const left = new ReplayRun(inputOf([]));
      for (const mutation of pending.slice(1)) {
        if (fallen.has(mutation)) {
          fell++;
          continue;
        }
        stayed++;
        left.take(mutation);
        const values = JSON.stringify(left.state!.content);
        const { gone, written } = meant.get(mutation.mutationId)!;
        if (written !== null) expect(values).toContain(`"${written}"`);
        if (gone !== null) expect(values).not.toContain(`"${gone}"`);
      }
    }),
    { numRuns: 2_000 },
  );
  expect(Math.min(stayed, fell)).toBeGreaterThan(500);
});
