/**
 * Applying a patch together with finding the patch that takes it back.
 *
 * Invariant: applying `reverse` to `value` gives the document handed in, key order aside. Every path in it is resolved
 * (no `-`), and it tests nothing. It reads in the opposite order of the forward patch.
 */
import type { JsonValue } from '../json/json-value.js';
import type { JsonPatch, JsonPatchOperation } from './json-patch.types.js';
import { PatchWorkspace, type Effect } from './patch-workspace.js';

export interface AppliedWithReverse {
  readonly value: JsonValue;
  readonly reverse: JsonPatch;
}

/** @throws PatchError when an operation does not apply */
export function applyWithReverse(document: JsonValue, patch: JsonPatch): AppliedWithReverse {
  const workspace = new PatchWorkspace(document);
  const undoing: JsonPatchOperation[][] = [];
  for (let i = 0; i < patch.length; i++) undoing.push(undo(workspace.apply(patch[i]!, i)));
  const reverse: JsonPatchOperation[] = [];
  for (let i = undoing.length - 1; i >= 0; i--) {
    for (const operation of undoing[i]!) append(reverse, operation);
  }
  return { value: workspace.root, reverse };
}

/** The operations that undo one effect, in the order in which they are applied. */
function undo(effect: Effect): JsonPatchOperation[] {
  switch (effect.kind) {
    case 'none':
      return [];
    case 'added':
      if (effect.old === undefined) return [{ op: 'remove', path: effect.path }];
      return [{ op: 'replace', path: effect.path, value: effect.old }];
    case 'removed':
      return [{ op: 'add', path: effect.path, value: effect.old }];
    case 'replaced':
      return [{ op: 'replace', path: effect.path, value: effect.old }];
    case 'lifted':
      return [
        { op: 'remove', path: effect.path },
        { op: 'add', path: effect.from, value: effect.value },
      ];
    case 'moved': {
      const back: JsonPatchOperation = { op: 'move', from: effect.path, path: effect.from };
      return effect.old ? [back, { op: 'add', ...effect.old }] : [back];
    }
  }
}

/**
 * Adds an operation, folded into the one before where both are about the same path and one says it all: what is
 * replaced twice, or put in and taken out again. In a reverse patch an `add` to an object always makes a new member,
 * so that each of these holds for objects and arrays alike.
 */
function append(reverse: JsonPatchOperation[], next: JsonPatchOperation): void {
  const last = reverse[reverse.length - 1];
  const folded = last && last.path === next.path ? fold(last, next) : undefined;
  if (folded === undefined) {
    reverse.push(next);
    return;
  }
  reverse.pop();
  for (const operation of folded) append(reverse, operation);
}

/** One operation or none that does what both do, or undefined where there is none such. */
function fold(first: JsonPatchOperation, second: JsonPatchOperation): JsonPatchOperation[] | undefined {
  switch (first.op) {
    case 'replace':
      return second.op === 'replace' || second.op === 'remove' ? [second] : undefined;
    case 'add':
      if (second.op === 'replace') return [{ op: 'add', path: second.path, value: second.value }];
      return second.op === 'remove' ? [] : undefined;
    case 'remove':
      return second.op === 'add' ? [{ op: 'replace', path: second.path, value: second.value }] : undefined;
    default:
      return undefined;
  }
}
