/** What the log of every LocalStore must do, however long it is and however it is kept: it is held against a plain list. */
import {
  documentIdSchema,
  streamIdSchema,
  userIdSchema,
  clientIdSchema,
  mutationIdSchema,
  revisionIdSchema,
  toChangeEvent,
  type DocumentId,
  type DocumentState,
  type Sequenced,
} from '@json-database-sync/domain';
import fc from 'fast-check';
import type { LocalStore } from './local-store.js';

const USER = '0190a000-0000-7000-8000-00000000000a';
const STREAM = streamIdSchema.parse(USER);
const T0 = '2026-01-01T00:00:00.000Z';
const DOCUMENTS = 3;

const id = (n: number): DocumentId => documentIdSchema.parse(`0190d000-0000-7000-8000-${String(n).padStart(12, '0')}`);

/** Every type of event, and what JSON can be. */
export function logEvent(n: number, sequence: number, version: number): Sequenced {
  const head = {
    sequence,
    streamId: STREAM,
    documentId: id(n),
    version,
    userId: userIdSchema.parse(USER),
    clientId: clientIdSchema.parse(USER),
    mutationId: mutationIdSchema.parse(`0190c000-0000-7000-8000-${String(sequence).padStart(12, '0')}`),
    revisionId: revisionIdSchema.parse(`${version}-${String(sequence).padStart(16, '0')}`),
    vectorClock: { a: version, [USER]: sequence },
    createdAt: T0,
    cause: version % 5 === 0 ? { kind: 'undo' as const, version: version - 1 } : null,
  };
  const state: DocumentState = {
    ...{
      id: id(n),
      streamId: STREAM,
      userId: head.userId,
      title: `t ${sequence} 😀`,
      content: { ['__proto__']: [null, ''] },
    },
    ...{
      version,
      revisionId: head.revisionId,
      vectorClock: head.vectorClock,
      createdAt: T0,
      updatedAt: T0,
      deletedAt: null,
    },
  };
  if (version === 1) return { ...head, type: 'create', forward: state, reverse: null };
  if (version % 13 === 6) return { ...head, type: 'delete', forward: null, reverse: state };
  if (version % 13 === 7) return { ...head, type: 'restore', forward: state, reverse: version % 2 ? state : null };
  return {
    ...head,
    type: 'update',
    forward: [{ op: 'add', path: '/a~1b', value: { deep: [version, 'é', { sequence }] } }],
    reverse: [{ op: 'remove', path: '/a~1b' }],
    title: version % 4 === 0 ? { from: 'old', to: `"new" ${sequence}` } : null,
  };
}

/** What is to be done to the log: so many events of a document come, or all beyond a part of it goes. */
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('add' as const),
      n: fc.nat(DOCUMENTS - 1),
      count: fc.integer({ min: 1, max: 200 }),
      atOnce: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('mixed' as const), count: fc.integer({ min: 1, max: 200 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('hole' as const), n: fc.nat(DOCUMENTS - 1) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('removeAfter' as const),
      part: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('again' as const), part: fc.double({ min: 0, max: 1, noNaN: true }) }),
  },
);

export function eventsSuite(name: string, open: () => LocalStore): void {
  describe(`${name}, its log`, () => {
    let store: LocalStore;
    beforeEach(() => {
      store = open();
    });
    afterEach(() => store.close());
    const addOne = (event: Sequenced): void => store.events.add(STREAM, [toChangeEvent(event)]);

    test('is what a plain list would be', () => {
      fc.assert(
        fc.property(fc.array(step, { minLength: 1, maxLength: 8 }), fc.boolean(), (steps, together) => {
          store.events.removeAfter(STREAM, -1);
          let list: Sequenced[] = [];
          const versions = Array.from({ length: DOCUMENTS }, () => 0);
          let sequence = 0;
          const add = (...events: readonly Sequenced[]): void => {
            store.events.add(STREAM, events.map(toChangeEvent));
            for (const event of events) list = [...list.filter((old) => old.sequence !== event.sequence), event];
          };
          const carryOut = (): void => {
            for (const one of steps) {
              if (one.kind === 'add') {
                const events = Array.from({ length: one.count }, () =>
                  logEvent(one.n, (sequence += 1), (versions[one.n] = (versions[one.n] ?? 0) + 1)),
                );
                if (one.atOnce) add(...events);
                else for (const event of events) add(event);
              } else if (one.kind === 'mixed') {
                add(
                  ...Array.from({ length: one.count }, (_, at) => {
                    const n = (at * at) % DOCUMENTS;
                    return logEvent(n, (sequence += 1), (versions[n] = (versions[n] ?? 0) + 1));
                  }),
                );
              } else if (one.kind === 'hole') {
                // A snapshot took the log's place: what came meanwhile is not here.
                versions[one.n] = (versions[one.n] ?? 0) + 3;
                sequence += 3;
              } else if (one.kind === 'again') {
                const old = list[Math.floor(one.part * list.length)];
                if (old) add({ ...old, createdAt: '2027-01-01T00:00:00.000Z' });
              } else {
                sequence = Math.floor(one.part * sequence);
                store.events.removeAfter(STREAM, sequence);
                list = list.filter((event) => event.sequence <= sequence);
                for (const n of versions.keys()) {
                  versions[n] = Math.max(0, ...list.filter((e) => e.documentId === id(n)).map((e) => e.version));
                }
              }
            }
          };
          if (together) store.transaction(carryOut);
          else carryOut();
          expectSame(store, list);
        }),
        { numRuns: 30 },
      );
    }, 120_000);

    test('finds the nearest keyframe, and none that came of what is gone', () => {
      const key = (version: number): DocumentState => {
        const { forward } = logEvent(1, 1, 1);
        if (forward === null || !('id' in forward)) throw new Error('a creation has the document');
        return { ...forward, version };
      };
      store.transaction(() => {
        for (let n = 1; n <= 90; n += 1) {
          addOne(logEvent(1, n, n));
          if (n % 20 === 0) store.events.addKeyframe(key(n));
        }
      });
      const near = (version: number, within = 100): number | undefined =>
        store.events.nearestKeyframe(id(1), version, within)?.version;
      expect(store.events.nearestKeyframe(id(1), 40, 1)).toEqual(key(40));
      expect([1, 29, 30, 31, 90].map((version) => near(version))).toEqual([20, 20, 20, 40, 80]);
      expect([near(10, 10), near(10, 11), near(90, 10)]).toEqual([undefined, 20, undefined]);
      expect(store.events.nearestKeyframe(id(2), 40, 100)).toBeUndefined();
      store.events.removeAfter(STREAM, 59);
      expect(near(90)).toBe(40);
      addOne({ ...logEvent(1, 30, 30), createdAt: '2027-01-01T00:00:00.000Z' });
      expect(near(90)).toBe(20);
      store.events.removeAfter(STREAM, -1);
      expect(near(20)).toBeUndefined();
    });

    test('stays as it was when a transaction is taken back', () => {
      const list = Array.from({ length: 100 }, (_, n) => logEvent(1, n + 1, n + 1));
      store.transaction(() => list.forEach(addOne));
      const failing = (): void =>
        store.transaction(() => {
          for (let n = 100; n < 200; n += 1) addOne(logEvent(1, n + 1, n + 1));
          addOne(logEvent(2, 201, 1));
          store.events.removeAfter(STREAM, 50);
          throw new Error('no');
        });
      expect(failing).toThrow('no');
      expectSame(store, list);
      const other = open();
      expectSame(other, list);
      other.close();
    });
  });
}

function expectSame(store: LocalStore, list: readonly Sequenced[]): void {
  const highest = Math.max(0, ...list.map(({ sequence }) => sequence));
  for (let sequence = 0; sequence <= highest + 1; sequence += 7) {
    expect(store.events.at(STREAM, sequence)).toEqual(list.find((event) => event.sequence === sequence));
  }
  for (let n = 0; n < DOCUMENTS; n += 1) {
    const own = list.filter((event) => event.documentId === id(n)).sort((a, b) => a.version - b.version);
    const versions = own.map(({ version }) => version);
    expect(store.events.after(id(n), 0)).toEqual(own);
    expect(store.events.before(id(n), null, 10_000)).toEqual(own.toReversed());
    for (const version of versions.filter((_, index) => index % 17 === 0)) {
      expect(store.events.after(id(n), version).map((event) => event.version)).toEqual(
        versions.filter((v) => v > version),
      );
      const before = versions
        .filter((v) => v < version)
        .slice(-9)
        .reverse();
      expect(store.events.before(id(n), version, 9).map((event) => event.version)).toEqual(before);
    }
  }
}
