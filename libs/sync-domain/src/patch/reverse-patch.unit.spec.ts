import fc from 'fast-check';
import { canonicalJson } from '../json/canonical-json.js';
import type { JsonValue } from '../json/json-value.js';
import { applyPatch } from './json-patch.js';
import type { JsonPatch } from './json-patch.types.js';
import { documentAndPatch } from '../../../../testing/patch-model.js';
import { applyWithReverse } from './reverse-patch.js';

describe('applyWithReverse', () => {
  it.each<[string, JsonValue, JsonPatch, JsonPatch]>([
    ['an added member', {}, [{ op: 'add', path: '/a', value: 1 }], [{ op: 'remove', path: '/a' }]],
    [
      'an add over a member',
      { a: 0 },
      [{ op: 'add', path: '/a', value: 1 }],
      [{ op: 'replace', path: '/a', value: 0 }],
    ],
    [
      'an item at the end',
      { 'a/b': [1, 2] },
      [{ op: 'add', path: '/a~1b/-', value: 3 }],
      [{ op: 'remove', path: '/a~1b/2' }],
    ],
    ['a removed item', [1, 2, 3], [{ op: 'remove', path: '/1' }], [{ op: 'add', path: '/1', value: 2 }]],
    ['the root', { a: 1 }, [{ op: 'add', path: '', value: [] }], [{ op: 'replace', path: '', value: { a: 1 } }]],
    ['a moved item', [1, 2, 3], [{ op: 'move', from: '/0', path: '/2' }], [{ op: 'move', from: '/2', path: '/0' }]],
    [
      'a move to the end',
      [1, 2, 3],
      [{ op: 'move', from: '/0', path: '/-' }],
      [{ op: 'move', from: '/2', path: '/0' }],
    ],
    [
      'a move over a member',
      { a: 1, b: 2 },
      [{ op: 'move', from: '/a', path: '/b' }],
      [
        { op: 'move', from: '/b', path: '/a' },
        { op: 'add', path: '/b', value: 2 },
      ],
    ],
    [
      'a move over a member of an item behind it',
      [1, { c: 2 }, { c: 3 }],
      [{ op: 'move', from: '/0', path: '/1/c' }],
      [
        { op: 'move', from: '/1/c', path: '/0' },
        { op: 'add', path: '/2/c', value: 3 },
      ],
    ],
    [
      'a move over a member of an item before it',
      [{ c: 2 }, 1],
      [{ op: 'move', from: '/1', path: '/0/c' }],
      [
        { op: 'move', from: '/0/c', path: '/1' },
        { op: 'add', path: '/0/c', value: 2 },
      ],
    ],
    [
      'a move over an ancestor',
      { a: { b: { c: 1 }, d: 2 } },
      [{ op: 'move', from: '/a/b', path: '/a' }],
      [{ op: 'replace', path: '/a', value: { b: { c: 1 }, d: 2 } }],
    ],
    [
      'a move out of an item to its place',
      [{ a: 1 }, 2],
      [{ op: 'move', from: '/0/a', path: '/0' }],
      [
        { op: 'remove', path: '/0' },
        { op: 'add', path: '/0/a', value: 1 },
      ],
    ],
    ['a copy', { a: [1] }, [{ op: 'copy', from: '/a', path: '/a/-' }], [{ op: 'remove', path: '/a/1' }]],
    ['a test', { a: 1 }, [{ op: 'test', path: '/a', value: 1 }], []],
    ['a move to where it is', { a: 1 }, [{ op: 'move', from: '/a', path: '/a' }], []],
  ])('takes back %s', (_what, document, patch, expected) => {
    const { value, reverse } = applyWithReverse(document, patch);
    expect(reverse).toEqual(expected);
    expect(applyPatch(value, reverse)).toEqual(document);
  });

  it('says once what an operation on the same place says all of', () => {
    const { reverse } = applyWithReverse({ a: 0, list: [7] }, [
      { op: 'replace', path: '/a', value: 1 },
      { op: 'replace', path: '/a', value: 2 },
      { op: 'replace', path: '/a', value: 3 },
      { op: 'add', path: '/b', value: 1 },
      { op: 'replace', path: '/b', value: 2 },
      { op: 'remove', path: '/b' },
      { op: 'remove', path: '/list/0' },
      { op: 'add', path: '/list/-', value: 8 },
    ]);
    expect(reverse).toEqual([
      { op: 'replace', path: '/list/0', value: 7 },
      { op: 'replace', path: '/a', value: 0 },
    ]);
  });

  it('does not mix the parts that it hands out', () => {
    const { value, reverse } = applyWithReverse({ a: { b: { c: [1] } } }, [
      { op: 'add', path: '/a/b/c/-', value: 2 },
      { op: 'move', from: '/a/b', path: '/a' },
      { op: 'add', path: '/a/c/-', value: 3 },
    ]);
    expect(value).toEqual({ a: { c: [1, 2, 3] } });
    expect(applyPatch(value, reverse)).toEqual({ a: { b: { c: [1] } } });
  });

  it('restores every document exactly, and the other way round', () => {
    fc.assert(
      fc.property(documentAndPatch, ([document, patch]) => {
        const forward = applyWithReverse(document, patch);
        expect(canonicalJson(forward.value)).toBe(canonicalJson(applyPatch(document, patch)));
        const back = applyWithReverse(forward.value, forward.reverse);
        expect(canonicalJson(back.value)).toBe(canonicalJson(document));
        expect(canonicalJson(applyPatch(back.value, back.reverse))).toBe(canonicalJson(forward.value));
      }),
      { numRuns: 1_000 },
    );
  });
});
