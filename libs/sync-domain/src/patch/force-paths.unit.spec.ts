import fc from 'fast-check';
import { deepFreeze } from '../../../../testing/arbitrary-json.js';
import { documentAndTwoPatches } from '../../../../testing/patch-model.js';
import { canonicalJson } from '../json/canonical-json.js';
import type { JsonValue } from '../json/json-value.js';
import { forcePaths } from './force-paths.js';
import { applyPatch } from './json-patch.js';
import { parsePointer } from './json-pointer.js';
import { touchedPaths } from './touched-paths.js';

const forced = (current: JsonValue, intended: JsonValue, ...pointers: string[]): JsonValue =>
  forcePaths(deepFreeze(current), deepFreeze(intended), pointers.map(parsePointer));

describe('forcePaths', () => {
  it('takes an array whole whose items others have moved, though it is as long as before', () => {
    const [base, current, intended] = [{ l: ['a', 'b'] }, { l: ['b', 'c'] }, { l: ['a', 'B'] }];
    expect(forcePaths(current, intended, [['l', '1']], base)).toEqual({ l: ['a', 'B'] });
    // One that they put something else into has kept its places.
    expect(forcePaths({ l: ['x', 'b'] }, intended, [['l', '1']], base)).toEqual({ l: ['x', 'B'] });
  });

  it.each<[string, JsonValue, JsonValue, string[], JsonValue]>([
    ['nothing where no path is named', { a: 1 }, { a: 2 }, [], { a: 1 }],
    ['a value, and leaves the others', { a: 1, b: 1 }, { a: 2, b: 2 }, ['/a'], { a: 2, b: 1 }],
    ['a member that is gone', { b: 1 }, { a: 2, b: 2 }, ['/a'], { a: 2, b: 1 }],
    ['a member away that should not be', { a: 1, b: 1 }, { b: 2 }, ['/a'], { b: 1 }],
    ['the whole document', { a: 1 }, [1], [''], [1]],
    ['a container back that held the path', { x: 1 }, { a: { b: { c: 1 } } }, ['/a/b/c'], { x: 1, a: { b: { c: 1 } } }],
    ['a container back where a scalar is', { a: { b: 5 } }, { a: { b: { c: 1 } } }, ['/a/b/c'], { a: { b: { c: 1 } } }],
    ['nothing where both have nothing', { x: 1 }, { a: {} }, ['/a/b'], { x: 1 }],
    ['a member away where its container should not be', { a: { b: 1, c: 2 } }, {}, ['/a/b'], { a: { c: 2 } }],
    [
      'an item that kept its place',
      { l: [{ n: 1, m: 1 }, 2] },
      { l: [{ n: 9, m: 9 }, 2] },
      ['/l/0/n'],
      { l: [{ n: 9, m: 1 }, 2] },
    ],
    ['an array whole where items came', { l: [7, { n: 1 }] }, { l: [{ n: 9 }] }, ['/l/0/n'], { l: [{ n: 9 }] }],
    [
      'an array whole where items changed places',
      { l: ['a', 'b', 'c'] },
      { l: ['c', 'a', 'b'] },
      ['/l/0'],
      { l: ['c', 'a', 'b'] },
    ],
    ['an array whole that is named', { l: [1, 2] }, { l: [3] }, ['/l'], { l: [3] }],
    ['an array away where there was none', { l: [1] }, {}, ['/l/0'], {}],
    ['an object where an array is', { l: [1] }, { l: { 0: 2 } }, ['/l/0'], { l: { 0: 2 } }],
    ['keys that trip up', JSON.parse('{"__proto__":1}') as JsonValue, {}, ['/__proto__'], {}],
  ])('sets %s', (_what, current, intended, pointers, result) => {
    expect(forced(current, intended, ...pointers)).toEqual(result);
  });

  it('of everything that a patch touches is the document before it, or after it', () => {
    fc.assert(
      fc.property(documentAndTwoPatches, ([document, patch]) => {
        const after = applyPatch(document, patch);
        const touched = touchedPaths(patch, document);
        expect(canonicalJson(forcePaths(after, document, touched))).toBe(canonicalJson(document));
        expect(canonicalJson(forcePaths(document, after, touched))).toBe(canonicalJson(after));
      }),
      { numRuns: 500 },
    );
  });
});
