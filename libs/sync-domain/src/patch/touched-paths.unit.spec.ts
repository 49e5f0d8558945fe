import fc from 'fast-check';
import { arbitraryKey } from '../../../../testing/arbitrary-json.js';
import { canonicalJson } from '../json/canonical-json.js';
import type { JsonValue } from '../json/json-value.js';
import { applyPatch } from './json-patch.js';
import { parsePointer } from './json-pointer.js';
import type { JsonPatch, JsonPatchOperation } from './json-patch.types.js';
import { documentAndPatch, placesIn } from '../../../../testing/patch-model.js';
import { PathSet } from './path-set.js';
import { pathsOverlap, touchedPaths } from './touched-paths.js';

const content: JsonValue = { a: { b: 1, '0': 2 }, list: [{ x: 1 }, [1, 2]], n: 0 };

describe('touchedPaths', () => {
  it.each<[string, JsonPatchOperation, string[]]>([
    ['a replaced member', { op: 'replace', path: '/a/b', value: 2 }, ['/a/b']],
    ['a replaced item', { op: 'replace', path: '/list/0', value: 2 }, ['/list/0']],
    ['a member of an item', { op: 'add', path: '/list/0/y', value: 2 }, ['/list/0/y']],
    ['an inserted item', { op: 'add', path: '/list/0', value: 2 }, ['/list']],
    ['an item at the end', { op: 'add', path: '/list/-', value: 2 }, ['/list']],
    ['a removed item', { op: 'remove', path: '/list/1/0' }, ['/list/1']],
    ['a member that looks like an index', { op: 'remove', path: '/a/0' }, ['/a/0']],
    ['a new member called -', { op: 'add', path: '/a/-', value: 2 }, ['/a/-']],
    ['a moved member', { op: 'move', from: '/a/b', path: '/c' }, ['/a/b', '/c']],
    ['an item moved within its array', { op: 'move', from: '/list/0', path: '/list/1' }, ['/list']],
    ['an item moved into the next', { op: 'move', from: '/list/0', path: '/list/0/-' }, ['/list']],
    ['an item moved out', { op: 'move', from: '/list/0', path: '/c' }, ['/list', '/c']],
    ['an item moved over its array', { op: 'move', from: '/list/0', path: '/list' }, ['/list']],
    [
      'an inner item moved to before the array that it was in',
      { op: 'move', from: '/list/1/0', path: '/list/1' },
      ['/list/1', '/list'],
    ],
    ['an inner item moved up', { op: 'move', from: '/list/1/0', path: '/list/0' }, ['/list/1', '/list']],
    ['a member copied into an array', { op: 'copy', from: '/a', path: '/list/-' }, ['/list']],
    ['a copied item', { op: 'copy', from: '/list/0', path: '/c' }, ['/c']],
    ['a test', { op: 'test', path: '/n', value: 0 }, []],
    ['the root', { op: 'replace', path: '', value: 0 }, ['']],
    ['an index that cannot be looked up', { op: 'add', path: '/gone/0', value: 1 }, ['/gone']],
    ['an end that cannot be looked up', { op: 'add', path: '/gone/-', value: 1 }, ['/gone']],
    ['a name that cannot be looked up', { op: 'remove', path: '/gone/x' }, ['/gone/x']],
  ])('%s', (_what, operation, pointers) => {
    expect(touchedPaths([operation], content)).toEqual(pointers.map(parsePointer));
  });

  it('asks the content as each operation meets it', () => {
    const patch: JsonPatch = [
      { op: 'replace', path: '/a', value: [] },
      { op: 'add', path: '/a/0', value: 1 },
      { op: 'replace', path: '/list', value: {} },
      { op: 'add', path: '/list/0', value: 1 },
      { op: 'add', path: '/list/0', value: 2 },
    ];
    expect(touchedPaths(patch, content)).toEqual([['a'], ['list'], ['list', '0']]);
  });

  it('names everything that a patch changes', () => {
    fc.assert(
      fc.property(documentAndPatch, ([document, patch]) => {
        const touched = new PathSet(touchedPaths(patch, document));
        const after = applyPatch(document, patch);
        for (const pointer of placesIn(document)) {
          if (touched.overlaps(parsePointer(pointer))) continue;
          const is = applyPatch(after, [{ op: 'copy', from: pointer, path: '' }]);
          const was = applyPatch(document, [{ op: 'copy', from: pointer, path: '' }]);
          expect(canonicalJson(is)).toBe(canonicalJson(was));
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('pathsOverlap', () => {
  it.each<[string, string, boolean]>([
    ['', '/a', true],
    ['', '', true],
    ['/a', '/a', true],
    ['/a', '/a/b/c', true],
    ['/a/b/c', '/a', true],
    ['/a/b', '/a/c', false],
    ['/a', '/ab', false],
    ['/a', '/b/a', false],
    ['/a~1b', '/a', false],
    ['/__proto__', '/__proto__/x', true],
  ])('%j and %j: %s', (a, b, overlap) => {
    expect(pathsOverlap(parsePointer(a), parsePointer(b))).toBe(overlap);
  });

  it('is what a PathSet answers, however many paths it holds', () => {
    const path = fc.array(arbitraryKey, { maxLength: 4 });
    fc.assert(
      fc.property(fc.array(path, { maxLength: 6 }), path, (paths, asked) => {
        expect(new PathSet(paths).overlaps(asked)).toBe(paths.some((p) => pathsOverlap(p, asked)));
      }),
    );
  });
});
