/** What every LocalStore must do. Takes a factory that opens the same place again and again. */
import { documentInText, toChangeEvent } from '@json-database-sync/domain';
import { STREAM, T0, T1, USER, conflict, event, id, mutation, mutationId, state } from '../../testing/store-rows.js';
import { NOBODY, type ListOptions, type LocalStore } from './local-store.js';

const LOCAL = { kind: 'updated', origin: 'local' } as const;

export function localStoreSuite(name: string, open: () => LocalStore): void {
  describe(`${name} as a local store`, () => {
    let store: LocalStore;
    beforeEach(() => {
      store = open();
    });
    afterEach(() => store.close());

    test('identity: a client id for good, a user once', () => {
      const first = store.identity();
      expect(first).toEqual({ clientId: expect.any(String) as unknown, userId: null, streamId: first.clientId });
      store.transaction(() => {
        store.outbox.add({ ...mutation(1, 1), streamId: first.streamId });
        store.documents.putView(id(1), first.streamId, state(1), LOCAL);
        store.bindUser(USER, STREAM);
      });
      const bound = { clientId: first.clientId, userId: USER, streamId: STREAM };
      expect(store.identity()).toEqual(bound);
      expect(store.outbox.ofDocument(id(1))[0]!.streamId).toBe(STREAM);
      expect(store.documents.current(id(1))!.streamId).toBe(STREAM);
      const again = open();
      expect(again.identity()).toEqual(bound);
      again.close();
    });

    test('a transaction that throws leaves nothing, one that ends is there for others', () => {
      const other = open();
      expect(other.changedElsewhere()).toBe(false);
      const failing = () =>
        store.transaction(() => {
          store.documents.putConfirmed(state(1), null, LOCAL);
          store.outbox.add(mutation(1, 1));
          store.setPosition(STREAM, 7, T0);
          throw new Error('no');
        });
      expect(failing).toThrow('no');
      expect(store.documents.current(id(1))).toBeUndefined();
      expect(store.outbox.size()).toBe(0);
      expect(store.position(STREAM)).toEqual({ cursor: null, lastSyncAt: null });
      store.transaction(() => store.setPosition(STREAM, 7, T0));
      expect(other.changedElsewhere()).toBe(true);
      expect(other.changedElsewhere()).toBe(false);
      expect(store.changedElsewhere()).toBe(false);
      expect(other.position(STREAM)).toEqual({ cursor: 7, lastSyncAt: T0 });
      other.close();
    });

    test('a transaction inside a transaction is refused, and the outer one goes on', () => {
      store.transaction(() => {
        expect(() => store.transaction(() => 1)).toThrow(
          expect.objectContaining({ code: 'invalid_argument' }) as Error,
        );
        store.setPosition(STREAM, 1, T0);
      });
      expect(store.position(STREAM).cursor).toBe(1);
    });

    test('documents: the view covers what is confirmed, and goes again', () => {
      const confirmed = state(1, 4, { a: 1, __proto__x: 1 });
      store.documents.putConfirmed(confirmed, null, LOCAL);
      expect(store.documents.confirmed(id(1))).toEqual(confirmed);
      expect(store.documents.standing(id(1))).toBe('live');
      const view = { title: 'mine', content: [1], createdAt: T0, updatedAt: T1, deletedAt: T1 };
      store.documents.putView(id(1), STREAM, view, LOCAL);
      expect(store.documents.current(id(1))).toMatchObject({ ...view, version: 4, revisionId: confirmed.revisionId });
      expect(store.documents.standing(id(1))).toBe('deleted');
      expect(store.documents.confirmed(id(1))).toEqual(confirmed);
      store.documents.putView(id(1), STREAM, null, LOCAL);
      expect(store.documents.current(id(1))).toMatchObject({
        title: 'document 1',
        content: confirmed.content,
        deletedAt: null,
      });
      store.documents.putConfirmed(state(1, 5), view, LOCAL);
      expect(store.documents.current(id(1))).toMatchObject({ ...view, version: 5 });
      store.documents.putConfirmed(state(1, 6), null, LOCAL);
      expect(store.documents.current(id(1))).toMatchObject({ title: 'document 1', version: 6 });
    });

    test('documents: one that is neither confirmed nor pending is none', () => {
      store.documents.putView(id(1), STREAM, state(1), LOCAL);
      expect(store.documents.current(id(1))).toMatchObject({ version: 0, revisionId: null, userId: null });
      expect(store.documents.confirmed(id(1))).toBeUndefined();
      store.documents.putView(id(1), STREAM, null, LOCAL);
      expect(store.documents.current(id(1))).toBeUndefined();
      expect(store.documents.standing(id(1))).toBe('absent');
      expect(store.documents.list({ includeDeleted: true })).toEqual([]);
      expect(store.documents.count(true)).toBe(0);
    });

    test('documents: lists, orders, pages, counts and finds what the application sees', () => {
      for (const n of [3, 1, 2, 4]) {
        const at = `2026-01-0${n}T00:00:00.000Z`;
        store.documents.putConfirmed({ ...state(n), title: `t${9 - n}`, createdAt: at, updatedAt: at }, null, LOCAL);
      }
      const { title, content, createdAt } = state(4);
      store.documents.putView(id(4), STREAM, { title, content, createdAt, updatedAt: T0, deletedAt: T0 }, LOCAL);
      const numbers = (options: Parameters<typeof store.documents.list>[0]) =>
        store.documents.list(options).map((document) => (document.content as { n: number }).n);
      expect(numbers({})).toEqual([1, 2, 3]);
      expect(numbers({ descending: true, limit: 2 })).toEqual([3, 2]);
      expect(numbers({ orderBy: 'title', offset: 1 })).toEqual([2, 1]);
      expect(numbers({ orderBy: 'updatedAt', includeDeleted: true })).toEqual([1, 4, 2, 3]);
      expect(numbers({ limit: 0 })).toEqual([]);
      expect(store.documents.count(false)).toBe(3);
      expect(store.documents.count(true)).toBe(4);
      const condition = [{ tokens: ['n'], tests: [{ operator: 'in', values: [1, 3, 4] }] }] as const;
      const found = (options: ListOptions) =>
        store.documents.find({ ...options, condition }).map((document) => document.id);
      expect(found({ offset: 1, limit: 5 })).toEqual([id(3)]);
      expect(found({ limit: 1 })).toEqual([id(1)]);
      expect(found({ descending: true, includeDeleted: true })).toEqual([3, 4, 1].map(id));
    });

    test('outbox: order, states, and whose turn it is', () => {
      for (const n of [1, 2, 3, 4]) store.outbox.add(mutation(n, n % 2));
      expect(() => store.outbox.add(mutation(1, 9))).toThrow(
        expect.objectContaining({ code: 'storage_failed' }) as Error,
      );
      const [first] = store.outbox.ofDocument(id(1));
      expect(first).toEqual({ ...mutation(1, 1), position: 1, state: 'unanswered', ackedSequence: null });
      store.outbox.markAnswered(mutationId(1), 10);
      store.outbox.markSettling(mutationId(2));
      const toSend = (after: number, limit: number) =>
        store.outbox.toSend(STREAM, after, limit).map((m) => m.mutationId);
      expect(toSend(0, 9)).toEqual([2, 3, 4].map(mutationId));
      expect(toSend(2, 1)).toEqual([mutationId(3)]);
      expect(store.outbox.documentIds(STREAM).sort()).toEqual([id(0), id(1)]);
      expect(store.outbox.removeAnswered(STREAM, 9)).toEqual([]);
      expect(store.outbox.removeAnswered(STREAM, 10)).toEqual([id(1)]);
      store.outbox.remove(mutationId(2));
      expect(store.outbox.get(mutationId(2))).toBeUndefined();
      expect(store.outbox.size()).toBe(2);
      // Positions are not given twice, so that order of making is order for good.
      for (const n of [3, 4]) store.outbox.remove(mutationId(n));
      store.outbox.add(mutation(5, 1));
      expect(store.outbox.get(mutationId(5))!.position).toBe(5);
    });

    test("outbox: what its owner leaves behind is nobody's", () => {
      store.outbox.add(mutation(1, 1));
      store.outbox.add({ ...mutation(2, 1), owner: 'you' });
      store.outbox.release('me');
      expect(store.outbox.ofDocument(id(1)).map((m) => m.owner)).toEqual([NOBODY, 'you']);
    });

    test('outbox: starting over sends again what was answered, and lowers bases to what is confirmed', () => {
      store.documents.putConfirmed(state(1, 2), null, LOCAL);
      for (const [n, base] of [
        [1, 7],
        [2, 1],
        [3, 2],
      ] as const)
        store.outbox.add(mutation(n, 1, base));
      store.outbox.add(mutation(4, 2, 5));
      store.outbox.markAnswered(mutationId(1), 10);
      store.outbox.markSettling(mutationId(2));
      store.outbox.startOver(STREAM);
      const after = [1, 2, 3, 4].map((n) => store.outbox.get(mutationId(n))!);
      expect(after.map((m) => m.baseVersion)).toEqual([2, 1, 2, 0]);
      expect(after.map((m) => m.state)).toEqual(['unanswered', 'settling', 'unanswered', 'unanswered']);
    });

    test('a pending or conflicted document says so', () => {
      store.documents.putConfirmed(state(1), null, LOCAL);
      store.outbox.add(mutation(1, 1));
      expect(store.conflicts.add(conflict(1, 1))).toBe(true);
      expect(store.conflicts.add({ ...conflict(2, 1), mutationId: mutationId(1) })).toBe(false);
      expect(store.documents.current(id(1))).toMatchObject({ pending: true, conflicted: true });
      expect(store.conflicts.count()).toBe(1);
      store.outbox.remove(mutationId(1));
      expect(store.conflicts.dismiss(conflict(1, 1).id, T1)).toBe(id(1));
      expect(store.conflicts.dismiss(conflict(1, 1).id, T1)).toBeUndefined();
      expect(store.documents.current(id(1))).toMatchObject({ pending: false, conflicted: false });
      expect(store.conflicts.count()).toBe(0);
      expect(store.conflicts.list({ includeDismissed: false, limit: 9 })).toEqual([]);
      expect(store.conflicts.list({ includeDismissed: true, limit: 9 })).toEqual([
        { ...conflict(1, 1), dismissedAt: T1 },
      ]);
      expect(store.conflicts.list({ includeDismissed: true, limit: 9, documentId: id(2) })).toEqual([]);
    });

    test('the server is told of what was dismissed, but not of what it had turned down or has seen brought back', () => {
      const turnedDown = { ...conflict(2, 1), error: { code: 'forbidden', message: 'no' } };
      for (const each of [conflict(1, 1), turnedDown, conflict(3, 1)]) store.conflicts.add(each);
      expect(store.conflicts.untold()).toBeUndefined();
      for (const each of [turnedDown, conflict(3, 1), conflict(1, 1)]) store.conflicts.dismiss(each.id, T1);
      store.conflicts.markApplied(conflict(3, 1).id, T1);
      expect(store.conflicts.get(conflict(3, 1).id)).toMatchObject({ dismissedAt: T1, appliedAt: T1 });
      expect(store.conflicts.untold()).toBe(conflict(1, 1).id);
      store.conflicts.markTold(conflict(1, 1).id);
      expect(store.conflicts.untold()).toBeUndefined();
    });

    test('the strategy is remembered', () => {
      expect(store.strategy()).toBe('server_wins');
      store.setStrategy('client_wins');
      store.setStrategy('resolver:union');
      expect(store.strategy()).toBe('resolver:union');
    });

    test('events: by place, by document, forwards and backwards', () => {
      const events = [event(1, 1, 1), event(2, 2, 1), event(1, 3, 2), event(1, 4, 3)];
      store.events.add(STREAM, events.map(toChangeEvent));
      expect(store.events.at(STREAM, 3)).toEqual(events[2]);
      expect(store.events.at(STREAM, 9)).toBeUndefined();
      expect(store.events.after(id(1), 1).map((e) => e.sequence)).toEqual([3, 4]);
      expect(store.events.before(id(1), null, 2).map((e) => e.sequence)).toEqual([4, 3]);
      expect(store.events.before(id(1), 2, 9).map((e) => e.sequence)).toEqual([1]);
      store.events.removeAfter(STREAM, 2);
      expect(store.events.before(id(1), null, 9).map((e) => e.sequence)).toEqual([1]);
    });

    test('changes are counted over all connections, each document once', () => {
      const other = open();
      const start = store.lastChange();
      store.documents.putConfirmed(state(1), null, { kind: 'created', origin: 'remote' });
      other.documents.putConfirmed(state(2), null, { kind: 'created', origin: 'local' });
      store.documents.putView(id(1), STREAM, state(1), { kind: 'updated', origin: 'local' });
      const { changes, counter } = other.changesAfter(start);
      expect(changes).toEqual([
        { id: id(2), kind: 'created', origin: 'local' },
        { id: id(1), kind: 'updated', origin: 'local' },
      ]);
      expect(counter).toBe(store.lastChange());
      expect(store.changesAfter(counter)).toEqual({ changes: [], counter });
      // Also when the newest one ends as no document at all, counters only grow.
      other.documents.putView(id(3), STREAM, state(3), LOCAL);
      other.documents.putView(id(3), STREAM, null, { kind: 'deleted', origin: 'local' });
      expect(store.changesAfter(counter).changes).toEqual([{ id: id(3), kind: 'deleted', origin: 'local' }]);
      other.close();
    });

    test('a snapshot takes the place of what was confirmed, and only of that', () => {
      store.documents.putConfirmed(state(1, 3), null, LOCAL);
      store.documents.putConfirmed(state(2, 3), null, LOCAL);
      store.documents.putConfirmed(state(3, 3), null, LOCAL);
      const { title, content, createdAt, updatedAt } = state(3, 3, 'mine');
      store.documents.putView(id(3), STREAM, { title, content, createdAt, updatedAt, deletedAt: null }, LOCAL);
      const before = store.lastChange();
      store.snapshots.add([state(2, 9), state(3, 5)].map(documentInText));
      store.snapshots.add([state(4), state(1, 3)].map(documentInText));
      expect(store.snapshots.size()).toBe(4);
      expect(store.documents.current(id(2))!.version).toBe(3);
      store.snapshots.clear();
      store.snapshots.add([state(1, 3), state(3, 5), { ...state(4), deletedAt: T1 }].map(documentInText));
      store.transaction(() => store.snapshots.swapIn(STREAM));
      expect(store.documents.confirmed(id(1))).toEqual(state(1, 3));
      expect(store.documents.current(id(2))).toBeUndefined();
      expect(store.documents.current(id(3))).toMatchObject({ version: 5, content: 'mine' });
      expect(store.documents.standing(id(4))).toBe('deleted');
      const told = store.changesAfter(before).changes.map((change) => [change.id, change.kind]);
      expect(new Map(told as [string, string][])).toEqual(
        new Map([
          [id(2), 'deleted'],
          [id(3), 'updated'],
          [id(4), 'deleted'],
        ]),
      );
    });

    test('what waits in the stage is private to its connection', () => {
      const other = open();
      store.snapshots.add([documentInText(state(1))]);
      expect(other.snapshots.size()).toBe(0);
      other.close();
    });
  });
}
