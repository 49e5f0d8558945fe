/**
 * Objects of a document are maps: any text is a key, `__proto__`, `constructor` and `prototype` included. These
 * helpers keep to own properties, so that no key of a document reads from, or writes to, an object's prototype.
 */
import type { JsonObject, JsonValue } from './json-value.js';

/** A JsonObject under construction; nobody else has seen it yet. */
export type MutableJsonObject = { [key: string]: JsonValue };

export function getOwn(object: JsonObject, key: string): JsonValue | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

export function setOwn(object: MutableJsonObject, key: string, value: JsonValue): void {
  // Assigning to `__proto__` would call its setter; every other name makes or changes an own property.
  if (key === '__proto__') {
    Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
  } else {
    object[key] = value;
  }
}

/** @returns whether there was one */
export function deleteOwn(object: MutableJsonObject, key: string): boolean {
  return Object.hasOwn(object, key) && delete object[key];
}

/** A copy that lacks one key. Building it anew keeps the engine's fast object layout, which `delete` would give up. */
export function copyWithout(object: JsonObject, key: string): MutableJsonObject {
  const copy: MutableJsonObject = {};
  for (const name of Object.keys(object)) {
    if (name !== key) setOwn(copy, name, object[name]!);
  }
  return copy;
}
