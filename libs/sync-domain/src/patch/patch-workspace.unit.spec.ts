import fc from 'fast-check';
import { deepFreeze } from '../../../../testing/arbitrary-json.js';
import { canonicalJson } from '../json/canonical-json.js';
import { PatchError } from './patch-error.js';
import { documentAndAnyPatch, modelApply } from '../../../../testing/patch-model.js';
import { PatchWorkspace } from './patch-workspace.js';

describe('PatchWorkspace', () => {
  it('is left as it was by an operation that fails, and goes on from there', () => {
    let failed = 0;
    fc.assert(
      fc.property(documentAndAnyPatch, ([document, patch]) => {
        const workspace = new PatchWorkspace(deepFreeze(document));
        for (const [index, operation] of patch.entries()) {
          const before = canonicalJson(workspace.root);
          const expected = modelApply(workspace.root, [operation]);
          try {
            workspace.apply(operation, index);
          } catch (error) {
            expect(error).toBeInstanceOf(PatchError);
            failed++;
          }
          expect(canonicalJson(workspace.root)).toBe(expected === undefined ? before : canonicalJson(expected));
        }
      }),
      { numRuns: 1_000 },
    );
    expect(failed).toBeGreaterThan(50);
  });

  it('puts back what a move took when its target does not hold', () => {
    const workspace = new PatchWorkspace({ list: [1, 2, 3], a: 5 });
    expect(() => workspace.apply({ op: 'move', from: '/list/1', path: '/list/3' }, 0)).toThrow(PatchError);
    expect(() => workspace.apply({ op: 'move', from: '/list/1', path: '/a/x' }, 1)).toThrow(PatchError);
    expect(() => workspace.apply({ op: 'move', from: '/a', path: '/gone/x' }, 2)).toThrow(PatchError);
    expect(workspace.root).toEqual({ list: [1, 2, 3], a: 5 });
  });
});
