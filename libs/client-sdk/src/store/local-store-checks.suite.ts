/** What every LocalStore must do about digests and confirmed documents. Takes a factory that opens the same place again. */
import { createHash } from 'node:crypto';
import {
  EMPTY_DIGEST,
  combineDigests,
  documentDigest,
  documentInText,
  type DocumentState,
  type RevisionId,
  type StateDigest,
  type StreamId,
} from '@json-database-sync/domain';
import fc from 'fast-check';
import { STREAM, T0, USER, id } from '../../testing/store-rows.js';
import type { LocalStore } from './local-store.js';

const OTHER = '0190a000-0000-7000-8000-00000000000b' as StreamId;
const REMOTE = { kind: 'updated', origin: 'remote' } as const;

const sha256Hex = (text: string): string => createHash('sha256').update(text).digest('hex');

function state(n: number, version: number, title: string, deleted = false, streamId = STREAM): DocumentState {
  return {
    id: id(n),
    streamId,
    userId: USER,
    title,
    content: { n, version },
    version,
    revisionId: `${version}-0123456789abcdef` as RevisionId,
    vectorClock: {},
    createdAt: T0,
    updatedAt: T0,
    deletedAt: deleted ? T0 : null,
  };
}

function digestOf(documents: Iterable<DocumentState>): StateDigest {
  return [...documents].map((each) => documentDigest(each, sha256Hex)).reduce(combineDigests, EMPTY_DIGEST);
}

const step = fc.oneof(
  fc.record({
    do: fc.constant('confirm' as const),
    n: fc.nat(4),
    version: fc.integer({ min: 1, max: 9 }),
    title: fc.string(),
    deleted: fc.boolean(),
  }),
  fc.record({ do: fc.constant('unconfirm' as const), n: fc.nat(4) }),
  fc.record({ do: fc.constant('view' as const), n: fc.nat(4) }),
  fc.record({
    do: fc.constant('snapshot' as const),
    ns: fc.uniqueArray(fc.nat(4)),
    version: fc.integer({ min: 1, max: 9 }),
  }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

export function checksSuite(name: string, open: () => LocalStore): void {
  describe(`${name} and its digest`, () => {
    let store: LocalStore;
    beforeEach(() => {
      store = open();
    });
    afterEach(() => store.close());

    function take(next: Step, confirmed: Map<number, DocumentState>): void {
      switch (next.do) {
        case 'confirm': {
          const made = state(next.n, next.version, next.title, next.deleted);
          store.documents.putConfirmed(made, null, REMOTE);
          confirmed.set(next.n, made);
          break;
        }
        case 'unconfirm':
          store.documents.unconfirm(id(next.n), REMOTE);
          confirmed.delete(next.n);
          break;
        case 'view':
          store.documents.putView(id(next.n), STREAM, state(next.n, 1, 'mine'), { kind: 'updated', origin: 'local' });
          break;
        case 'snapshot': {
          const staged = next.ns.map((n) => state(n, next.version, 'staged'));
          store.snapshots.clear();
          store.snapshots.add(staged.map(documentInText));
          store.transaction(() => store.snapshots.swapIn(STREAM));
          confirmed.clear();
          next.ns.forEach((n, at) => confirmed.set(n, staged[at]!));
        }
      }
    }

    test('is that of what is confirmed, whatever is done', () => {
      fc.assert(
        fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
          const confirmed = new Map<number, DocumentState>();
          for (let n = 0; n < 5; n++) store.documents.unconfirm(id(n), REMOTE);
          for (const next of steps) {
            take(next, confirmed);
            expect(store.checks.digest(STREAM)).toBe(digestOf(confirmed.values()));
          }
          const page = store.documents.confirmedPage(STREAM, null, 10);
          expect(page.map((each) => each.state)).toEqual(
            [...confirmed].sort(([a], [b]) => a - b).map(([, each]) => each),
          );
          expect(store.transaction(() => store.checks.recount(STREAM))).toBe(true);
        }),
        { numRuns: 60 },
      );
    });

    test('goes with its transaction, and is there for whoever opens the same place', () => {
      store.documents.putConfirmed(state(1, 1, 'kept'), null, REMOTE);
      const kept = store.checks.digest(STREAM);
      const failing = () =>
        store.transaction(() => {
          store.documents.putConfirmed(state(2, 1, 'lost'), null, REMOTE);
          throw new Error('no');
        });
      expect(failing).toThrow('no');
      const again = open();
      expect(again.checks.digest(STREAM)).toBe(kept);
      expect(kept).toBe(digestOf([state(1, 1, 'kept')]));
      again.close();
    });

    test('each stream has its own, and none before its first document', () => {
      expect(store.checks.digest(STREAM)).toBe(EMPTY_DIGEST);
      store.documents.putConfirmed(state(1, 1, 'here'), null, REMOTE);
      store.documents.putConfirmed(state(2, 1, 'there', false, OTHER), null, REMOTE);
      expect(store.checks.digest(STREAM)).toBe(digestOf([state(1, 1, 'here')]));
      expect(store.checks.digest(OTHER)).toBe(digestOf([state(2, 1, 'there', false, OTHER)]));
      expect(store.documents.confirmedPage(OTHER, null, 9)).toHaveLength(1);
    });

    test('what is no longer confirmed keeps its view, and is told as changed', () => {
      store.documents.putConfirmed(state(1, 3, 'theirs'), state(1, 3, 'mine'), REMOTE);
      const before = store.lastChange();
      store.documents.unconfirm(id(1), { kind: 'deleted', origin: 'remote' });
      expect(store.documents.confirmed(id(1))).toBeUndefined();
      expect(store.documents.current(id(1))).toMatchObject({ title: 'mine', version: 0 });
      expect(store.changesAfter(before).changes).toEqual([{ id: id(1), kind: 'deleted', origin: 'remote' }]);
      store.documents.unconfirm(id(7), REMOTE);
      expect(store.changesAfter(before).changes).toHaveLength(1);
    });

    test('pages of what is confirmed follow on each other, by id', () => {
      for (const n of [5, 2, 9, 4]) store.documents.putConfirmed(state(n, 1, 't', n === 4), null, REMOTE);
      store.documents.putView(id(3), STREAM, state(3, 1, 'pending'), { kind: 'created', origin: 'local' });
      const first = store.documents.confirmedPage(STREAM, null, 3);
      expect(first.map((each) => each.id)).toEqual([id(2), id(4), id(5)]);
      expect(store.documents.confirmedPage(STREAM, id(5), 3).map((each) => each.id)).toEqual([id(9)]);
      expect(store.documents.confirmedPage(STREAM, id(9), 3)).toEqual([]);
    });

    test('when it was verified and what was repaired is kept', () => {
      const never = { verifiedSequence: null, verifiedAt: null, repairedDocuments: 0, repairedAt: null };
      expect(store.checks.of(STREAM)).toEqual(never);
      store.documents.putConfirmed(state(1, 1, 't'), null, REMOTE);
      store.checks.setVerified(STREAM, 7, T0);
      store.checks.addRepaired(STREAM, 2, T0);
      store.checks.addRepaired(STREAM, 3, '2026-01-02T00:00:00.000Z');
      const again = open();
      expect(again.checks.of(STREAM)).toEqual({
        verifiedSequence: 7,
        verifiedAt: T0,
        repairedDocuments: 5,
        repairedAt: '2026-01-02T00:00:00.000Z',
      });
      expect(again.checks.of(OTHER)).toEqual(never);
      expect(again.checks.digest(STREAM)).toBe(digestOf([state(1, 1, 't')]));
      again.close();
    });
  });
}
