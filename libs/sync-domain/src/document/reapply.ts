/**
 * Bringing back what lost a conflict: the change that gives the document as it is now what its author had wanted at
 * the places that were lost. Pure; it goes out as an ordinary update, and may overlap and lose again like any other.
 */
import { jsonEqual } from '../json/canonical-json.js';
import type { JsonValue } from '../json/json-value.js';
import { LIMITS } from '../limits.js';
import { diffJson } from '../patch/diff.js';
import { forcePaths } from '../patch/force-paths.js';
import { tryApplyPatch } from '../patch/json-patch.js';
import type { JsonPatch } from '../patch/json-patch.types.js';
import { touchedByOperations } from '../patch/touched-paths.js';
import type { DroppedOperation } from './decision.js';
import type { DocumentSide } from './strategy.js';

/** What lost, and what is known of how it came about. */
export interface Loss {
  /** The whole patch as it was made; empty where the change had none. */
  readonly patch: JsonPatch;
  readonly dropped: readonly DroppedOperation[];
  readonly droppedTitle: string | null;
  /** The content that the patch was made on; null where it cannot be told any more. */
  readonly base: JsonValue | null;
}

export interface Reapplied extends DocumentSide {
  /** From the current content to the new one; empty where that is so already. */
  readonly patch: JsonPatch;
}

/** @returns null where what was lost has no place in the document any more */
export function reapply(current: DocumentSide, loss: Loss): Reapplied | null {
  const content = forced(current.content, loss) ?? asTheyAre(current.content, loss);
  if (content === null) return null;
  const patch = jsonEqual(content, current.content) ? [] : patchBetween(current.content, content);
  return { title: loss.droppedTitle ?? current.title, content, patch };
}

function forced(current: JsonValue, { base, patch, dropped }: Loss): JsonValue | null {
  if (base === null) return null;
  const intended = tryApplyPatch(base, patch);
  if (!intended.ok) return null;
  const touched = touchedByOperations(patch, base);
  const lost = dropped.flatMap(({ index }) => (index === null ? [] : (touched[index] ?? [])));
  return forcePaths(current, intended.value, lost, base);
}

/** Without the content that they were made on, the operations can only be tried one after the other. */
function asTheyAre(current: JsonValue, { dropped }: Loss): JsonValue | null {
  const operations = dropped.flatMap(({ operation }) => (operation ? [operation] : []));
  const applied = tryApplyPatch(current, operations);
  return applied.ok ? applied.value : null;
}

/** A patch that the protocol cannot carry gives way to one that replaces the whole. */
function patchBetween(before: JsonValue, after: JsonValue): JsonPatch {
  const patch = diffJson(before, after);
  const fits =
    patch.length <= LIMITS.patchOperations &&
    patch.every((operation) => operation.path.length <= LIMITS.pointerCharacters);
  return fits ? patch : [{ op: 'replace', path: '', value: after }];
}
