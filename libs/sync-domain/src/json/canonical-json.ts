/**
 * The canonical text of a JSON value (RFC 8785, the JSON Canonicalization Scheme), and equality in its sense.
 *
 * Two values have one canonical text exactly when `jsonEqual` says that they are equal. Both recurse once a level:
 * whoever takes values from outside has bounded their nesting (`parseJson`, `checkJsonValue`).
 */
import { isJsonArray, type JsonObject, type JsonValue } from './json-value.js';
import { quoteJson } from './json-string.js';

/** Keys sorted by UTF-16 code unit, no white space, scalars as `JSON.stringify` writes them, -0 as 0. */
export function canonicalJson(value: JsonValue): string {
  // The engine's own writer is twice as fast as any other; where the keys stand in order already, it is right as it is.
  return isInCanonicalOrder(value) ? JSON.stringify(value) : write(value);
}

/** Equality by what the JSON means: key order aside, own keys only, 0 and -0 the same. */
export function jsonEqual(a: JsonValue, b: JsonValue): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (isJsonArray(a)) {
    if (!isJsonArray(b) || a.length !== b.length) return false;
    for (let i = 0; i < a.length; i++) {
      if (!jsonEqual(a[i]!, b[i]!)) return false;
    }
    return true;
  }
  if (isJsonArray(b)) return false;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  for (const key of keys) {
    if (!Object.hasOwn(b, key) || !jsonEqual(a[key]!, b[key]!)) return false;
  }
  return true;
}

/** An object's keys by UTF-16 code unit, which is what comparing strings in JavaScript does. */
export function sortedKeys(object: JsonObject): string[] {
  const keys = Object.keys(object);
  if (keys.length > 24) return keys.sort();
  for (let i = 1; i < keys.length; i++) {
    const key = keys[i]!;
    let at = i - 1;
    for (; at >= 0 && keys[at]! > key; at--) keys[at + 1] = keys[at]!;
    keys[at + 1] = key;
  }
  return keys;
}

function isInCanonicalOrder(value: JsonValue): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (isJsonArray(value)) {
    for (let i = 0; i < value.length; i++) {
      if (!isInCanonicalOrder(value[i]!)) return false;
    }
    return true;
  }
  const keys = Object.keys(value);
  let previous = '';
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!;
    if (key < previous || !isInCanonicalOrder(value[key]!)) return false;
    previous = key;
  }
  return true;
}

function write(value: JsonValue): string {
  if (typeof value === 'string') return quoteJson(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  let text = '';
  if (isJsonArray(value)) {
    for (let i = 0; i < value.length; i++) text += (i === 0 ? '[' : ',') + write(value[i]!);
    return closed(text, '[', ']');
  }
  for (const key of sortedKeys(value)) text += (text === '' ? '{' : ',') + quoteJson(key) + ':' + write(value[key]!);
  return closed(text, '{', '}');
}

/** Closes a container's text; one without members has not been opened yet. */
function closed(text: string, open: string, close: string): string {
  return text === '' ? open + close : text + close;
}
