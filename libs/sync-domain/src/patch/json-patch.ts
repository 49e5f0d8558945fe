/** Applying a JSON Patch (RFC 6902): all of it or nothing, on values that nobody changes in place. */
import type { JsonValue } from '../json/json-value.js';
import type { JsonPatch } from './json-patch.types.js';
import { PatchError } from './patch-error.js';
import { PatchWorkspace } from './patch-workspace.js';

/**
 * The document after the patch. Shares every part that the patch does not touch with `document`, which stays as it is.
 * @throws PatchError when an operation does not apply
 */
export function applyPatch(document: JsonValue, patch: JsonPatch): JsonValue {
  const workspace = new PatchWorkspace(document);
  for (let i = 0; i < patch.length; i++) workspace.apply(patch[i]!, i);
  return workspace.root;
}

export type AppliedPatch =
  { readonly ok: true; readonly value: JsonValue } | { readonly ok: false; readonly error: PatchError };

/** `applyPatch` for callers to whom a patch that does not apply is an answer like any other. */
export function tryApplyPatch(document: JsonValue, patch: JsonPatch): AppliedPatch {
  try {
    return { ok: true, value: applyPatch(document, patch) };
  } catch (error) {
    if (error instanceof PatchError) return { ok: false, error };
    throw error;
  }
}
