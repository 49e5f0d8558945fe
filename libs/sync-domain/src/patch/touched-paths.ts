/**
 * What a patch writes, as paths: the ground on which two concurrent changes are found to be independent or not.
 *
 * - `replace` touches its path; so does an `add` or `remove` of an object's member.
 * - Putting an item into an array or taking one out moves the items behind it, so it touches the whole array. The
 *   same goes for both ends of a `move` and for the target of a `copy`.
 * - `test` and the source of a `copy` only read.
 *
 * Whether a parent is an array is asked of the content that the operation meets. Where that cannot be looked up, a
 * token that could be an index is taken for one: too much may overlap then, never too little.
 */
import type { JsonValue } from '../json/json-value.js';
import type { JsonPatch, JsonPatchOperation } from './json-patch.types.js';
import { PatchError } from './patch-error.js';
import type { Path } from './path-set.js';
import { PatchWorkspace } from './patch-workspace.js';
import { touchedByOperation } from './touched-by-operation.js';

export { pathsOverlap } from './path-set.js';

/** The unescaped tokens of a pointer. */
export type TouchedPath = Path;

/**
 * The paths that a patch writes, each once.
 * @param content the document before the patch
 * @throws PointerError on a malformed pointer
 */
export function touchedPaths(patch: JsonPatch, content: JsonValue): TouchedPath[] {
  const touched: TouchedPath[] = [];
  const covered = new Set<string>();
  for (const path of touchedByOperations(patch, content).flat()) {
    const key = JSON.stringify(path);
    if (covered.has(key)) continue;
    covered.add(key);
    touched.push(path);
  }
  return touched;
}

/** The same by operation: one list for each, in the order of the patch. */
export function touchedByOperations(patch: JsonPatch, content: JsonValue): TouchedPath[][] {
  const workspace = new PatchWorkspace(content);
  return patch.map((operation, index) => {
    const touched = touchedByOperation(operation, workspace);
    if (index < patch.length - 1) advance(workspace, operation, index);
    return touched;
  });
}

function advance(workspace: PatchWorkspace, operation: JsonPatchOperation, index: number): void {
  try {
    workspace.apply(operation, index);
  } catch (error) {
    // It stays where it is: what follows is judged on what is there.
    if (!(error instanceof PatchError)) throw error;
  }
}
