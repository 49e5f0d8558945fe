import fc from 'fast-check';
import { LIMITS } from '../limits.js';
import { advanceClock, compareClocks, mergeClocks, type ClockOrder, type VectorClock } from './vector-clock.js';

const someClock = fc.dictionary(fc.constantFrom('a', 'b', 'c', '__proto__', 'toString'), fc.nat({ max: 4 }));

/** Around the limit, from a pool of names half as large again, so that merging has to leave entries out. */
const pool = Array.from({ length: LIMITS.vectorClockEntries * 1.5 }, (_, i) => `node-${i}`);
const largeClock = fc
  .uniqueArray(fc.tuple(fc.constantFrom(...pool), fc.integer({ min: 1, max: 9 })), {
    minLength: LIMITS.vectorClockEntries - 4,
    maxLength: LIMITS.vectorClockEntries,
    selector: ([node]) => node,
  })
  .map((entries): VectorClock => Object.fromEntries(entries));

const clock: fc.Arbitrary<VectorClock> = fc.oneof(someClock, largeClock);
const sizeOf = (of: VectorClock): number => Object.keys(of).length;

describe('compareClocks', () => {
  it.each<[VectorClock, VectorClock, ClockOrder]>([
    [{}, {}, 'equal'],
    [{ a: 1 }, { a: 1 }, 'equal'],
    [{ a: 0 }, {}, 'equal'],
    [{ a: 1 }, { a: 2 }, 'before'],
    [{ a: 2 }, { a: 1 }, 'after'],
    [{}, { a: 1 }, 'before'],
    [{ a: 1, b: 1 }, { a: 1 }, 'after'],
    [{ a: 2, b: 1 }, { a: 1, b: 2 }, 'concurrent'],
    [{ a: 1 }, { b: 1 }, 'concurrent'],
    [{ toString: 1 }, {}, 'after'],
  ])('%j to %j is %s', (a, b, order) => {
    expect(compareClocks(a, b)).toBe(order);
  });

  it('says the opposite the other way round', () => {
    const opposite = { before: 'after', after: 'before', equal: 'equal', concurrent: 'concurrent' } as const;
    fc.assert(
      fc.property(clock, clock, (a, b) => {
        expect(compareClocks(b, a)).toBe(opposite[compareClocks(a, b)]);
      }),
    );
  });

  it('is transitive', () => {
    fc.assert(
      fc.property(someClock, someClock, someClock, (a, b, c) => {
        const known = (x: VectorClock, y: VectorClock) => ['before', 'equal'].includes(compareClocks(x, y));
        if (known(a, b) && known(b, c)) expect(known(a, c)).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('mergeClocks', () => {
  it('takes the larger counter of each node', () => {
    expect(mergeClocks({ a: 1, b: 5 }, { b: 2, c: 3 })).toEqual({ a: 1, b: 5, c: 3 });
  });

  it('is commutative', () => {
    fc.assert(
      fc.property(clock, clock, (a, b) => {
        expect(mergeClocks(a, b)).toEqual(mergeClocks(b, a));
      }),
    );
  });

  it('is associative', () => {
    fc.assert(
      fc.property(clock, clock, clock, (a, b, c) => {
        expect(mergeClocks(mergeClocks(a, b), c)).toEqual(mergeClocks(a, mergeClocks(b, c)));
      }),
      { numRuns: 500 },
    );
  });

  it('is idempotent', () => {
    fc.assert(
      fc.property(clock, clock, (a, b) => {
        const merged = mergeClocks(a, b);
        expect(mergeClocks(a, a)).toEqual(a);
        expect(mergeClocks(merged, b)).toEqual(merged);
      }),
    );
  });

  it('never grows past the limit', () => {
    fc.assert(
      fc.property(largeClock, largeClock, (a, b) => {
        expect(sizeOf(mergeClocks(a, b))).toBeLessThanOrEqual(LIMITS.vectorClockEntries);
      }),
    );
  });

  it('knows all that both know, while nothing has to be left out', () => {
    fc.assert(
      fc.property(someClock, someClock, (a, b) => {
        const merged = mergeClocks(a, b);
        expect(['after', 'equal']).toContain(compareClocks(merged, a));
        expect(['after', 'equal']).toContain(compareClocks(merged, b));
      }),
    );
  });
});

describe('advanceClock', () => {
  it('counts one more change of the node', () => {
    expect(advanceClock({ a: 1 }, 'a')).toEqual({ a: 2 });
    expect(advanceClock({ a: 1 }, 'b')).toEqual({ a: 1, b: 1 });
  });

  it('comes after what it was, and does not change it', () => {
    fc.assert(
      fc.property(someClock, fc.constantFrom('a', 'd', '__proto__'), (before, node) => {
        const frozen = Object.freeze(before);
        expect(compareClocks(advanceClock(frozen, node), frozen)).toBe('after');
      }),
    );
  });

  it('keeps the node that has just written, at the limit too', () => {
    fc.assert(
      fc.property(largeClock, (before) => {
        const after = advanceClock(before, 'newcomer');
        expect(after).toHaveProperty('newcomer', 1);
        expect(sizeOf(after)).toBeLessThanOrEqual(LIMITS.vectorClockEntries);
      }),
    );
  });
});
