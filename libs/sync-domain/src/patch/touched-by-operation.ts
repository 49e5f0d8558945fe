/** What one operation writes; the rules are told in touched-paths.ts. */
import { isJsonArray } from '../json/json-value.js';
import { arrayIndex, parsePointer } from './json-pointer.js';
import type { JsonPatchOperation } from './json-patch.types.js';
import type { Path } from './path-set.js';
import { isPrefix, type PatchWorkspace } from './patch-workspace.js';

/** What an operation will write, on a workspace that stands just before it. */
export function touchedByOperation(operation: JsonPatchOperation, workspace: PatchWorkspace): Path[] {
  switch (operation.op) {
    case 'test':
      return [];
    case 'replace':
      return [parsePointer(operation.path)];
    case 'add':
    case 'remove':
    case 'copy':
      return [placeOf(parsePointer(operation.path), workspace)];
    case 'move':
      return touchedByMove(parsePointer(operation.from), parsePointer(operation.path), workspace);
  }
}

function touchedByMove(source: Path, target: Path, workspace: PatchWorkspace): Path[] {
  const from = placeOf(source, workspace);
  // The target is meant in the document without the source. That differs from this one only where the source leaves
  // an array that the target passes through, and then the array covers the target.
  const covered = from.length < target.length && isPrefix(from, target);
  return covered ? [from] : [from, placeOf(target, workspace)];
}

/** The place itself, or the array that it is in. */
function placeOf(path: Path, workspace: PatchWorkspace): Path {
  if (path.length === 0) return path;
  const last = path.length - 1;
  const parent = workspace.lookup(path, last);
  const token = path[last]!;
  const inArray = parent === undefined ? token === '-' || arrayIndex(token) >= 0 : isJsonArray(parent);
  return inArray ? path.slice(0, last) : path;
}
