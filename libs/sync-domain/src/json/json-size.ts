/** How large a value is as text, found without writing it and without walking further than the caller cares. */
import { isJsonArray, type JsonValue } from './json-value.js';
import { quotedLength } from './json-string.js';

export interface SizeBound {
  readonly maxCharacters: number;
  readonly maxDepth: number;
}

/**
 * The length of the canonical text in UTF-16 code units, or undefined where the value is larger or nested deeper than
 * the bound. Looks at no more of the value than the bound allows, however often its parts are shared.
 */
export function canonicalLength(value: JsonValue, bound: SizeBound): number | undefined {
  const length = add(0, value, 0, bound);
  return length === TOO_MUCH ? undefined : length;
}

const TOO_MUCH = -1;

function add(sum: number, value: JsonValue, depth: number, bound: SizeBound): number {
  let length: number;
  if (typeof value === 'string') length = sum + quotedLength(value);
  else if (typeof value !== 'object' || value === null) length = sum + scalarLength(value);
  else {
    if (depth >= bound.maxDepth) return TOO_MUCH;
    // The brackets; then a member costs itself, its key and colon, and a comma but for the first.
    length = sum + 2;
    if (isJsonArray(value)) {
      length += Math.max(0, value.length - 1);
      for (let i = 0; i < value.length; i++) {
        length = add(length, value[i]!, depth + 1, bound);
        if (length === TOO_MUCH) return TOO_MUCH;
      }
    } else {
      const keys = Object.keys(value);
      length += Math.max(0, keys.length - 1);
      for (const key of keys) {
        length = add(length + quotedLength(key) + 1, value[key]!, depth + 1, bound);
        if (length === TOO_MUCH) return TOO_MUCH;
      }
    }
  }
  return length > bound.maxCharacters ? TOO_MUCH : length;
}

function scalarLength(value: number | boolean | null): number {
  if (typeof value === 'number') return String(value).length;
  return value === false ? 5 : 4;
}
