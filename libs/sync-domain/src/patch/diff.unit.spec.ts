import fc from 'fast-check';
import { arbitraryJson, deepFreeze, shuffledCopy } from '../../../../testing/arbitrary-json.js';
import { canonicalJson, jsonEqual } from '../json/canonical-json.js';
import type { JsonValue } from '../json/json-value.js';
import { LIMITS } from '../limits.js';
import { diffJson } from './diff.js';
import { applyPatch } from './json-patch.js';
import type { JsonPatch } from './json-patch.types.js';
import { documentAndPatch } from '../../../../testing/patch-model.js';

const tasks = (n: number): { id: number; title: string; done: boolean }[] =>
  Array.from({ length: n }, (_, id) => ({ id, title: `task number ${id}`, done: false }));

describe('diffJson', () => {
  it.each<[string, JsonValue, JsonValue, JsonPatch]>([
    ['nothing', { a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }, []],
    ['zero and minus zero', { a: 0 }, { a: -0 }, []],
    ['a scalar', { a: 1, b: 2 }, { a: 1, b: 3 }, [{ op: 'replace', path: '/b', value: 3 }]],
    [
      'every member, so that others can add theirs meanwhile',
      { a: 1, b: 2 },
      { a: 3, b: 4 },
      [
        { op: 'replace', path: '/a', value: 3 },
        { op: 'replace', path: '/b', value: 4 },
      ],
    ],
    [
      'other keys',
      { b: 1 },
      { 'a/~': 1 },
      [
        { op: 'remove', path: '/b' },
        { op: 'add', path: '/a~1~0', value: 1 },
      ],
    ],
    ['another kind', { a: [] }, { a: {} }, [{ op: 'replace', path: '/a', value: {} }]],
    ['the root', [1], 'x', [{ op: 'replace', path: '', value: 'x' }]],
    ['null for a member', { a: {} }, { a: null }, [{ op: 'replace', path: '/a', value: null }]],
    [
      'a short array of new scalars',
      { a: [1, 2, 3] },
      { a: [4, 5, 6] },
      [{ op: 'replace', path: '/a', value: [4, 5, 6] }],
    ],
    ['one item of a short array', { a: [1, 2] }, { a: [1, 3] }, [{ op: 'replace', path: '/a/1', value: 3 }]],
    ['an emptied array', { a: [1, 2, 3] }, { a: [] }, [{ op: 'replace', path: '/a', value: [] }]],
  ])('%s', (_what, before, after, patch) => {
    expect(diffJson(before, after)).toEqual(patch);
  });

  it('finds the one field of the one item that changed', () => {
    const before = tasks(50);
    const after = before.map((task) => (task.id === 20 ? { ...task, done: true } : { ...task }));
    expect(diffJson({ tasks: before }, { tasks: after })).toEqual([
      { op: 'replace', path: '/tasks/20/done', value: true },
    ]);
  });

  it('finds items that came and went around changed ones', () => {
    const before = tasks(20);
    const after = before
      .filter((task) => task.id !== 3)
      .map((task) => (task.id === 10 ? { ...task, done: true } : task))
      .toSpliced(15, 0, { id: 99, title: 'new', done: false });
    expect(diffJson(before, after)).toEqual([
      { op: 'remove', path: '/3' },
      { op: 'replace', path: '/9/done', value: true },
      { op: 'add', path: '/15', value: { id: 99, title: 'new', done: false } },
    ]);
  });

  it('replaces an array where its changes would take more text', () => {
    const before = Array.from({ length: 300 }, (_, i) => i);
    expect(diffJson({ a: before }, { a: before.toReversed() })).toEqual([
      { op: 'replace', path: '/a', value: before.toReversed() },
    ]);
  });

  it('stays bounded for arrays too long to compare item with item', () => {
    const before = tasks(5_000);
    const after = before.map((task) => (task.id === 10 || task.id === 4_990 ? { ...task, done: true } : task));
    expect(diffJson(before, after)).toEqual([
      { op: 'replace', path: '/10/done', value: true },
      { op: 'replace', path: '/4990/done', value: true },
    ]);
    const patch = diffJson(before, before.toReversed());
    expect(patch).toEqual([{ op: 'replace', path: '', value: before.toReversed() }]);
  });

  it('keeps within the limits of a patch: operations and pointers', () => {
    const wide = (value: number): JsonValue =>
      Object.fromEntries(
        Array.from({ length: LIMITS.patchOperations + 1 }, (_, i) => [`k${i}`, { value, text: 'x'.repeat(90) }]),
      );
    expect(diffJson({ wide: wide(1), a: 1 }, { wide: wide(2), a: 2 })).toEqual([
      { op: 'replace', path: '/a', value: 2 },
      { op: 'replace', path: '/wide', value: wide(2) },
    ]);
    const key = '~'.repeat(LIMITS.pointerCharacters / 2);
    const long = (value: JsonValue): JsonValue => ({ a: { [key]: value, b: 1 }, c: 1 });
    for (const [before, after] of [
      [1, 2],
      [[1, 2], [1]],
      [{ x: 1 }, { x: 2 }],
    ] as const) {
      expect(diffJson(long(before), long(after))).toEqual([
        { op: 'replace', path: '/a', value: { [key]: after, b: 1 } },
      ]);
    }
    const nearlyTooLong = 'x'.repeat(LIMITS.pointerCharacters - 5);
    expect(diffJson({ [nearlyTooLong]: [1, 2] }, { [nearlyTooLong]: [1, 3] })).toEqual([
      { op: 'replace', path: `/${nearlyTooLong}`, value: [1, 3] },
    ]);
  });

  it('gives a patch from any value to any other', () => {
    fc.assert(
      fc.property(arbitraryJson, arbitraryJson, (before, after) => {
        deepFreeze(before);
        deepFreeze(after);
        const patch = diffJson(before, after);
        expect(canonicalJson(applyPatch(before, patch))).toBe(canonicalJson(after));
        expect(patch.length === 0).toBe(jsonEqual(before, after));
        expect(diffJson(shuffledCopy(before), shuffledCopy(after))).toEqual(patch);
      }),
      { numRuns: 500 },
    );
  });

  it('gives a patch between neighbours, and between long arrays that differ in places', () => {
    const letters = fc.array(fc.constantFrom<JsonValue>('a', 'b', 'c', { d: 1 }, { d: 2 }, [1]), { maxLength: 30 });
    const arrays = fc.tuple<[JsonValue, JsonValue]>(letters, letters);
    const neighbours = documentAndPatch.map(([before, patch]): [JsonValue, JsonValue] => [
      before,
      applyPatch(before, patch),
    ]);
    fc.assert(
      fc.property(fc.oneof(neighbours, arrays), ([before, after]) => {
        expect(canonicalJson(applyPatch(before, diffJson(before, after)))).toBe(canonicalJson(after));
      }),
      { numRuns: 500 },
    );
  });
});
