/** The oracle of `find`: the condition judged in plain JavaScript, document by document. */
import { isJsonArray, isJsonObject, type JsonValue } from '@json-database-sync/domain';
import type { Condition, Test } from '../src/query/condition.js';

export function matches(content: JsonValue, condition: Condition): boolean {
  return condition.every(({ tokens, tests }) => {
    const value = valueAt(content, tokens);
    return tests.every((test) => holds(value, test));
  });
}

function holds(value: JsonValue | undefined, test: Test): boolean {
  switch (test.operator) {
    case 'eq':
      return value === test.value;
    case 'ne':
      return value !== test.value;
    case 'in':
      return (test.values as readonly unknown[]).includes(value);
    case 'contains':
      return isJsonArray(value) && (value as readonly unknown[]).includes(test.value);
    case 'exists':
      return (value !== undefined) === test.wanted;
    case 'gt':
      return inOrder(test.value, value, false);
    case 'gte':
      return inOrder(test.value, value, true);
    case 'lt':
      return inOrder(value, test.value, false);
    case 'lte':
      return inOrder(value, test.value, true);
  }
}

function inOrder(low: JsonValue | undefined, high: JsonValue | undefined, equal: boolean): boolean {
  if (typeof low === 'number' && typeof high === 'number') return equal ? low <= high : low < high;
  if (typeof low === 'string' && typeof high === 'string') return low === high ? equal : byCodePoint(low, high);
  return false;
}

/** JavaScript's own order of texts is by code unit, in which an astral character comes before U+E000. */
function byCodePoint(low: string, high: string): boolean {
  return Buffer.compare(Buffer.from(low), Buffer.from(high)) < 0;
}

export function valueAt(content: JsonValue, tokens: readonly string[]): JsonValue | undefined {
  let value: JsonValue | undefined = content;
  for (const token of tokens) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, token)) return undefined;
    // An array's length is its own too, but no element.
    if (isJsonArray(value)) value = /^(0|[1-9][0-9]*)$/.test(token) ? value[Number(token)] : undefined;
    else value = isJsonObject(value) ? value[token] : undefined;
  }
  return value;
}
