import { created, history, LAPTOP, set, timeOf, updated } from '../../../../testing/decider.js';
import { AssertionFailure } from '../errors/sync-error.js';
import { LIMITS } from '../limits.js';
import { canWalk, eventsBetween, keyframeDue, nearestAnchor, stateAtVersion, versionAtTime } from './walk-history.js';

const past = history(created({ n: 1 }), ...[2, 3, 4].map((n) => updated(LAPTOP, [set('/n', n)])));

describe('stateAtVersion', () => {
  it('takes no more events than eventsBetween names', () => {
    expect(eventsBetween(4, 2)).toEqual({ first: 2, last: 4 });
    expect(eventsBetween(0, 2)).toEqual({ first: 1, last: 2 });
    expect(eventsBetween(4, 0)).toEqual({ first: 1, last: 4 });
    expect(eventsBetween(3, 3)).toBeNull();
    const back = { anchor: past.state, events: past.events.slice(1), version: 2 };
    expect(stateAtVersion(back)).toEqual(past.states[2]);
    expect(stateAtVersion({ ...back, version: 4, events: [] })).toBe(past.state);
  });

  it('fails where one of them is missing', () => {
    for (const events of [past.events.slice(2), past.events.filter(({ version }) => version !== 3), []]) {
      expect(canWalk({ anchor: past.state, events, version: 2 })).toBe(false);
      expect(() => stateAtVersion({ anchor: past.state, events, version: 2 })).toThrow(AssertionFailure);
    }
    expect(canWalk({ anchor: undefined, events: past.events, version: 5 })).toBe(false);
  });
});

describe('nearestAnchor', () => {
  it.each([
    [90, 10_000, { kind: 'creation', version: 0 }],
    [101, 10_000, { kind: 'keyframe', version: 200 }],
    [5_099, 10_000, { kind: 'keyframe', version: 5_000 }],
    [9_990, 9_999, { kind: 'current', version: 9_999 }],
    [80, 90, { kind: 'current', version: 90 }],
    [7, 7, { kind: 'current', version: 7 }],
  ])('for version %d of %d', (version, currentVersion, anchor) => {
    expect(nearestAnchor({ version, currentVersion })).toEqual(anchor);
  });

  it('is at most half the spacing away, for every version', () => {
    for (const currentVersion of [1, 199, 200, 201, 1_050]) {
      for (let version = 1; version <= currentVersion; version++) {
        const anchor = nearestAnchor({ version, currentVersion });
        expect(Math.abs(anchor.version - version)).toBeLessThanOrEqual(LIMITS.keyframeSpacing / 2);
        expect(anchor.kind !== 'keyframe' || keyframeDue(anchor.version)).toBe(true);
      }
    }
  });

  it('makes do with the keyframes that are there', () => {
    expect(nearestAnchor({ version: 500, currentVersion: 1_000, keyframes: [300] })).toEqual({
      kind: 'keyframe',
      version: 300,
    });
    expect(nearestAnchor({ version: 500, currentVersion: 900, keyframes: [] })).toEqual({
      kind: 'current',
      version: 900,
    });
  });
});

describe('versionAtTime', () => {
  it('is the last one committed by then', () => {
    expect(versionAtTime(past.events, timeOf(2))).toBe(2);
    expect(versionAtTime(past.events, '2026-01-01T02:59:59.999Z')).toBe(2);
    expect(versionAtTime(past.events, '2026-01-01T05:30:00+01:00')).toBe(4);
    expect(versionAtTime(past.events, '2025-12-31T00:00:00Z')).toBe(0);
  });
});
