/** How deep a document is nested. */
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
