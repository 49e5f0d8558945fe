/** JSON Merge Patch (RFC 7396): an object whose members are the new ones, null meaning "take it away". */
import { isJsonObject, type JsonValue } from '../json/json-value.js';
import { deleteOwn, getOwn, setOwn, type MutableJsonObject } from '../json/own-property.js';

/** The document after the merge. Neither argument is changed; the result may share parts with both. */
export function applyMergePatch(target: JsonValue, patch: JsonValue): JsonValue {
  if (!isJsonObject(patch)) return patch;
  const merged: MutableJsonObject = isJsonObject(target) ? { ...target } : {};
  for (const key of Object.keys(patch)) {
    const value = patch[key]!;
    if (value === null) deleteOwn(merged, key);
    else setOwn(merged, key, applyMergePatch(getOwn(merged, key) ?? null, value));
  }
  return merged;
}
