/**
 * Which items of an array became which of another. Equal items are matched by their longest common subsequence, found
 * by jsondiffpatch; what lies between two matches is paired by position, so that an item of which one field changed
 * is changed and not replaced.
 *
 * The subsequence costs time and memory in the product of both lengths, so it is sought only where that is small, and
 * only between the equal beginnings and ends. Beyond that, items are paired by position alone.
 */
import { DiffPatcher, type ArrayDelta, type Delta } from 'jsondiffpatch';
import { canonicalJson, jsonEqual } from '../json/canonical-json.js';
import type { JsonArray } from '../json/json-value.js';

/** Indexes into both arrays; without `before` the item is new, without `after` it is gone. */
export type ItemPair =
  | { readonly before: number; readonly after: number; /** The items are equal. */ readonly same: boolean }
  | { readonly before: undefined; readonly after: number }
  | { readonly before: number; readonly after: undefined };

export interface PairedItems {
  /** How many items at the beginning are equal. */
  readonly head: number;
  /** How many items at the end are equal, without those of `head`. */
  readonly tail: number;
  /** What is between, in order. */
  readonly middle: readonly ItemPair[];
}

const MAX_COMPARISONS = 1_000_000;

export function pairItems(before: JsonArray, after: JsonArray): PairedItems {
  const shorter = Math.min(before.length, after.length);
  let head = 0;
  while (head < shorter && jsonEqual(before[head]!, after[head]!)) head++;
  let tail = 0;
  while (tail < shorter - head && jsonEqual(before[before.length - 1 - tail]!, after[after.length - 1 - tail]!)) tail++;

  const end: Gap = { before: before.length - tail, after: after.length - tail };
  const middle: ItemPair[] = [];
  let gap: Gap = { before: head, after: head };
  for (const match of matches(before.slice(head, end.before), after.slice(head, end.after))) {
    const met: Gap = { before: head + match.before, after: head + match.after };
    pairGap(middle, gap, met);
    middle.push({ ...met, same: true });
    gap = { before: met.before + 1, after: met.after + 1 };
  }
  pairGap(middle, gap, end);
  return { head, tail, middle };
}

interface Gap {
  readonly before: number;
  readonly after: number;
}

/** By position; what one side has more is gone or new. */
function pairGap(pairs: ItemPair[], from: Gap, to: Gap): void {
  let { before, after } = from;
  while (before < to.before && after < to.after) pairs.push({ before: before++, after: after++, same: false });
  while (before < to.before) pairs.push({ before: before++, after: undefined });
  while (after < to.after) pairs.push({ before: undefined, after: after++ });
}

const differ = new DiffPatcher({ arrays: { detectMove: false }, cloneDiffValues: false });

/** Pairs of equal items, rising on both sides. */
function matches(before: JsonArray, after: JsonArray): Gap[] {
  if (before.length === 0 || after.length === 0 || before.length * after.length > MAX_COMPARISONS) return [];
  const numberOf = numbering();
  const numbersBefore = before.map(numberOf);
  const numbersAfter = after.map(numberOf);
  const known = new Set(numbersBefore);
  if (!numbersAfter.some((number) => known.has(number))) return [];

  const delta = differ.diff(numbersBefore, numbersAfter);
  const isGone = (index: number): boolean => isArrayDelta(delta) && delta[`_${index}`] !== undefined;
  const isNew = (index: number): boolean => isArrayDelta(delta) && delta[index] !== undefined;
  const stayed = [...before.keys()].filter((index) => !isGone(index));
  const met = [...after.keys()].filter((index) => !isNew(index));
  return stayed.map((index, i) => ({ before: index, after: met[i]! }));
}

/** Equal items get equal numbers, which are quick to compare many times. */
function numbering(): (item: JsonArray[number]) => number {
  const numbers = new Map<string, number>();
  return (item) => {
    const text = canonicalJson(item);
    const known = numbers.get(text);
    if (known !== undefined) return known;
    numbers.set(text, numbers.size);
    return numbers.size - 1;
  };
}

function isArrayDelta(delta: Delta): delta is ArrayDelta {
  return typeof delta === 'object' && '_t' in delta && delta._t === 'a';
}
