import fc from 'fast-check';
import { deepFreeze } from '../../../../testing/arbitrary-json.js';
import { canonicalJson } from '../json/canonical-json.js';
import type { JsonValue } from '../json/json-value.js';
import { applyPatch } from './json-patch.js';
import type { JsonPatch } from './json-patch.types.js';
import { documentAndPatch, documentAndTwoPatches } from '../../../../testing/patch-model.js';
import { rebasePatch, type Rebased } from './rebase-patch.js';
import { touchedPaths } from './touched-paths.js';

/** What becomes of `mine` when `theirs` was committed first; both were made against `base`. */
function rebase(base: JsonValue, theirs: JsonPatch, mine: JsonPatch): Rebased {
  const current = applyPatch(base, theirs);
  const rebased = rebasePatch({ patch: mine, current, foreign: touchedPaths(theirs, base) });
  expect(canonicalJson(rebased.value)).toBe(canonicalJson(applyPatch(current, rebased.kept)));
  return rebased;
}

const base: JsonValue = { title: 't', done: false, tags: ['a', 'b'], meta: { x: 1, y: 2 } };
const indexes = ({ dropped }: Rebased): number[] => dropped.map(({ index }) => index);

describe('rebasePatch', () => {
  it('keeps what does not overlap', () => {
    const mine: JsonPatch = [
      { op: 'replace', path: '/done', value: true },
      { op: 'add', path: '/meta/z', value: 3 },
    ];
    const rebased = rebase(base, [{ op: 'replace', path: '/meta/x', value: 9 }], mine);
    expect(rebased).toMatchObject({ kept: mine, dropped: [], already: [] });
    expect(rebased.value).toEqual({ title: 't', done: true, tags: ['a', 'b'], meta: { x: 9, y: 2, z: 3 } });
  });

  it.each<[string, JsonPatch, JsonPatch, number[]]>([
    [
      'the same member',
      [{ op: 'replace', path: '/title', value: 'theirs' }],
      [
        { op: 'replace', path: '/title', value: 'mine' },
        { op: 'replace', path: '/done', value: true },
      ],
      [0],
    ],
    [
      'a member of what they replaced',
      [{ op: 'replace', path: '/meta', value: { x: 5 } }],
      [{ op: 'replace', path: '/meta/x', value: 6 }],
      [0],
    ],
    [
      'what holds a member that they changed',
      [{ op: 'replace', path: '/meta/x', value: 5 }],
      [{ op: 'replace', path: '/meta', value: {} }],
      [0],
    ],
    [
      'an array that they inserted into',
      [{ op: 'add', path: '/tags/0', value: 'c' }],
      [{ op: 'add', path: '/tags/-', value: 'd' }],
      [0],
    ],
    [
      'an item of an array that they removed from',
      [{ op: 'remove', path: '/tags/0' }],
      [{ op: 'replace', path: '/tags/1', value: 'z' }],
      [0],
    ],
    [
      'a member that they removed',
      [{ op: 'remove', path: '/title' }],
      [{ op: 'replace', path: '/title', value: 'mine' }],
      [0],
    ],
    [
      'everything, after they replaced the root',
      [{ op: 'replace', path: '', value: {} }],
      [{ op: 'add', path: '/new', value: 1 }],
      [0],
    ],
    [
      'what builds on a dropped operation',
      [{ op: 'add', path: '/new', value: 'theirs' }],
      [
        { op: 'add', path: '/new', value: { part: {} } },
        { op: 'add', path: '/new/part/x', value: 1 },
        { op: 'replace', path: '/done', value: true },
      ],
      [0, 1],
    ],
  ])('drops %s', (_what, theirs, mine, dropped) => {
    const rebased = rebase(base, theirs, mine);
    expect(indexes(rebased)).toEqual(dropped);
    expect(rebased.dropped.map(({ operation }) => operation)).toEqual(dropped.map((index) => mine[index]));
    expect(rebased.kept).toEqual(mine.filter((_, index) => !dropped.includes(index)));
  });

  it.each<[string, JsonPatch, JsonPatch]>([
    [
      'a test that fails',
      [{ op: 'replace', path: '/title', value: 'theirs' }],
      [
        { op: 'test', path: '/title', value: 't' },
        { op: 'replace', path: '/done', value: true },
      ],
    ],
    [
      'a test that fails after others',
      [{ op: 'replace', path: '/title', value: 'theirs' }],
      [
        { op: 'replace', path: '/done', value: true },
        { op: 'test', path: '/title', value: 't' },
      ],
    ],
    [
      'a move from what they changed',
      [{ op: 'replace', path: '/title', value: 'theirs' }],
      [
        { op: 'replace', path: '/done', value: true },
        { op: 'move', from: '/title', path: '/name' },
      ],
    ],
    [
      'a move to what they made',
      [{ op: 'add', path: '/name', value: 'theirs' }],
      [
        { op: 'replace', path: '/done', value: true },
        { op: 'move', from: '/title', path: '/name' },
      ],
    ],
    [
      'a copy of what they changed',
      [{ op: 'replace', path: '/meta/x', value: 7 }],
      [
        { op: 'copy', from: '/meta', path: '/copy' },
        { op: 'replace', path: '/done', value: true },
      ],
    ],
    [
      'a copy of what they changed, to where they put the same',
      [
        { op: 'replace', path: '/meta/x', value: 7 },
        { op: 'add', path: '/copy', value: 7 },
      ],
      [
        { op: 'copy', from: '/meta/x', path: '/copy' },
        { op: 'replace', path: '/done', value: true },
      ],
    ],
    [
      'a copy of what a dropped operation wrote',
      [{ op: 'replace', path: '/title', value: 'theirs' }],
      [
        { op: 'replace', path: '/title', value: 'mine' },
        { op: 'copy', from: '/title', path: '/copy' },
      ],
    ],
  ])('drops the whole patch for %s', (_what, theirs, mine) => {
    const rebased = rebase(base, theirs, mine);
    expect(rebased).toMatchObject({ kept: [], already: [] });
    expect(indexes(rebased)).toEqual([...mine.keys()]);
    expect(rebased.value).toEqual(applyPatch(base, theirs));
  });

  it('drops a patch that does not apply, and one that copies without end', () => {
    const patch: JsonPatch = [{ op: 'add', path: '/gone/x', value: 1 }];
    expect(indexes(rebasePatch({ patch, current: {}, foreign: [] }))).toEqual([0]);
    const malformed: JsonPatch = [{ op: 'add', path: 'x', value: 1 }];
    expect(indexes(rebasePatch({ patch: malformed, current: {}, foreign: [] }))).toEqual([0]);
    const bomb: JsonPatch = Array.from({ length: 60 }, (_, i) => ({ op: 'copy', from: '', path: `/${i}` }));
    expect(rebasePatch({ patch: bomb, current: { seed: 1 }, foreign: [['x']] }).dropped).toHaveLength(60);
  });

  it('drops what is gone, though nobody said that they touched it', () => {
    const patch: JsonPatch = [
      { op: 'replace', path: '/gone', value: 1 },
      { op: 'remove', path: '/gone/x' },
      { op: 'add', path: '/new', value: 1 },
    ];
    const rebased = rebasePatch({ patch, current: {}, foreign: [] });
    expect(indexes(rebased)).toEqual([0, 1]);
    expect(rebased.value).toEqual({ new: 1 });
  });

  it.each<[string, JsonPatch, JsonPatch]>([
    [
      'the same value',
      [{ op: 'replace', path: '/done', value: true }],
      [{ op: 'replace', path: '/done', value: true }],
    ],
    [
      'the same new member',
      [{ op: 'add', path: '/n', value: { a: 1, b: 2 } }],
      [{ op: 'add', path: '/n', value: { b: 2, a: 1 } }],
    ],
    ['the same removal', [{ op: 'remove', path: '/meta/x' }], [{ op: 'remove', path: '/meta/x' }]],
    [
      'the removal of a part of what they removed',
      [{ op: 'remove', path: '/meta' }],
      [{ op: 'remove', path: '/meta/x' }],
    ],
    ['the same copy', [{ op: 'copy', from: '/meta', path: '/n' }], [{ op: 'copy', from: '/meta', path: '/n' }]],
  ])('calls it no conflict when both did %s', (_what, theirs, mine) => {
    expect(rebase(base, theirs, mine)).toMatchObject({ kept: [], dropped: [], already: [0] });
    const more: JsonPatch = [...mine, { op: 'replace', path: '/title', value: 'mine' }];
    expect(rebase(base, theirs, more)).toMatchObject({ kept: more.slice(1), dropped: [], already: [0] });
  });

  it('drops all that overlaps as soon as one of them would have changed something', () => {
    const theirs: JsonPatch = [
      { op: 'replace', path: '/done', value: true },
      { op: 'replace', path: '/title', value: 'theirs' },
    ];
    const mine: JsonPatch = [
      { op: 'replace', path: '/done', value: true },
      { op: 'replace', path: '/title', value: 'mine' },
    ];
    expect(rebase(base, theirs, mine)).toMatchObject({ kept: [], already: [], dropped: [{ index: 0 }, { index: 1 }] });
  });

  it('inserts nothing twice: two equal insertions are a conflict, since a list may hold a value twice', () => {
    const insertion: JsonPatch = [{ op: 'add', path: '/tags/-', value: 'c' }];
    expect(indexes(rebase(base, insertion, insertion))).toEqual([0]);
  });

  it('does not keep tests that guard nothing any more', () => {
    const mine: JsonPatch = [
      { op: 'test', path: '/done', value: false },
      { op: 'replace', path: '/title', value: 'mine' },
    ];
    const rebased = rebase(base, [{ op: 'replace', path: '/title', value: 'theirs' }], mine);
    expect(rebased.kept).toEqual([]);
    expect(indexes(rebased)).toEqual([1]);
  });

  it('with nothing foreign, is applying', () => {
    fc.assert(
      fc.property(documentAndPatch, ([document, patch]) => {
        deepFreeze(document);
        const rebased = rebasePatch({ patch, current: document, foreign: [] });
        expect(rebased.kept).toEqual(patch);
        expect(rebased.dropped).toEqual([]);
        expect(canonicalJson(rebased.value)).toBe(canonicalJson(applyPatch(document, patch)));
      }),
    );
  });

  it('accounts for every operation, whatever the other side did', () => {
    fc.assert(
      fc.property(documentAndTwoPatches, ([document, theirs, mine]) => {
        deepFreeze(document);
        const { kept, dropped, already } = rebase(document, theirs, mine);
        const lost = new Set([...dropped.map(({ index }) => index), ...already]);
        const rest = mine.filter((_, index) => !lost.has(index));
        expect(kept).toEqual(rest.every(({ op }) => op === 'test') && lost.size > 0 ? [] : rest);
      }),
      { numRuns: 500 },
    );
  });

  it('lets changes that do not overlap commute', () => {
    let commuted = 0;
    fc.assert(
      fc.property(documentAndTwoPatches, ([document, one, other]) => {
        const first = rebase(document, one, other);
        const second = rebase(document, other, one);
        const whole = [first, second].every(({ dropped, already }) => dropped.length + already.length === 0);
        if (!whole) return;
        if (one.length > 0 && other.length > 0) commuted++;
        expect(canonicalJson(first.value)).toBe(canonicalJson(second.value));
      }),
      { numRuns: 2_000 },
    );
    expect(commuted).toBeGreaterThan(30);
  });
});
