/**
 * Under a strategy that looks at what an author saw, an event has to tell all that its author wrote, also what others
 * had made just so: the author's next change may build on it, and an index in a list names what its author saw there.
 */
import { formatPointer } from '../patch/json-pointer.js';
import type { JsonPatch, JsonPatchOperation } from '../patch/json-patch.types.js';
import { isPrefix, PatchWorkspace } from '../patch/patch-workspace.js';
import { touchedPaths } from '../patch/touched-paths.js';
import type { JsonValue } from '../json/json-value.js';

/**
 * @param patch leads from `current` to `content`
 * @param written the author's own operations, but for those that are known to have lost
 * @returns `patch`, with the lists and objects that the author wrote and that it leaves alone written once more, as
 * they are. A scalar needs no trace: writing it again comes to the same, whatever its author saw.
 */
export function withTrace(patch: JsonPatch, current: JsonValue, content: JsonValue, written: JsonPatch): JsonPatch {
  const covered = touchedPaths(patch, current);
  const after = new PatchWorkspace(content);
  const traces = touchedPaths(written, current)
    .filter((path) => !covered.some((known) => isPrefix(known, path)))
    .flatMap((path): JsonPatchOperation[] => {
      const value = after.lookup(path);
      const isContainer = typeof value === 'object' && value !== null;
      return isContainer ? [{ op: 'replace', path: formatPointer(path), value }] : [];
    });
  return traces.length === 0 ? patch : [...patch, ...traces];
}
