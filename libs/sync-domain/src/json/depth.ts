/** How deep a document is nested at and below a pointer's target. */
import { parsePointer } from '../patch/json-pointer.js';
import type { JsonValue } from './json-value.js';

/** Levels of arrays and objects below and including `value`; a scalar is 0. Iterative: the input may be hostile. */
export function depthOf(value: JsonValue): number {
  let deepest = 0;
  const open: [JsonValue, number][] = [[value, 1]];
  for (let next = open.pop(); next; next = open.pop()) {
    const [current, depth] = next;
    if (typeof current !== 'object' || current === null) continue;
    deepest = Math.max(deepest, depth);
    for (const child of Array.isArray(current) ? current : Object.values(current)) {
      if (typeof child === 'object' && child !== null) open.push([child as JsonValue, depth + 1]);
    }
  }
  return deepest;
}

/** The depth of the whole along this path: the levels above the target plus those within it. */
export function depthAt(document: JsonValue, pointer: string): number {
  const tokens = parsePointer(pointer);
  let target: JsonValue | undefined = document;
  for (const token of tokens) {
    if (typeof target !== 'object' || target === null) break;
    const key: string = Array.isArray(target) && token === '-' ? String(target.length - 1) : token;
    if (!Object.hasOwn(target, key)) return tokens.length;
    target = (target as { [k: string]: JsonValue })[key];
  }
  return tokens.length + depthOf(target ?? null);
}
