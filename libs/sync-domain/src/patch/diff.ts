/**
 * The patch from one value to another, as small and as local as is cheap to find.
 *
 * Local matters more than small: two people's changes merge when their paths do not overlap, so a container is compared
 * member by member even where replacing it would be a few characters shorter. It is replaced whole where that is shorter
 * and nothing is lost to merging: an array in which items came or went (that touches it as a unit anyway) or none
 * stayed, and whatever has very many changes. Deterministic: equal inputs (key order aside) give the same patch.
 */
import { jsonEqual, sortedKeys } from '../json/canonical-json.js';
import { canonicalLength } from '../json/json-size.js';
import { quotedLength } from '../json/json-string.js';
import { isJsonArray, isJsonObject, type JsonArray, type JsonObject, type JsonValue } from '../json/json-value.js';
import { LIMITS } from '../limits.js';
import { pairItems } from './array-pairs.js';
import { escapeToken } from './json-pointer.js';
import type { JsonPatch, JsonPatchOperation } from './json-patch.types.js';

/** Applying the result to `before` gives `after`. Its values are shared with `after`. */
export function diffJson(before: JsonValue, after: JsonValue): JsonPatch {
  const draft = new Draft();
  diffValue(draft, '', before, after);
  return draft.operations;
}

/** Up to this many changes an object is patched member by member at any price; so is an array that kept its items. */
const MANY_CHANGES = 64;

/** What an index may add to a pointer: an array whose path leaves less room is replaced whole. */
const INDEX_CHARACTERS = 16;

/** The patch so far and the length of its text. */
class Draft {
  readonly operations: JsonPatchOperation[] = [];
  characters = 0;

  put(path: string, op: 'add' | 'replace', value: JsonValue): void {
    this.operations.push({ op, path, value });
    this.characters += operationLength(path, op, value, Infinity);
  }

  remove(path: string): void {
    this.operations.push({ op: 'remove', path });
    this.characters += `{"op":"remove","path":},`.length + quotedLength(path);
  }

  /** Takes back everything since `mark` and replaces the value there instead. */
  replaceSince(mark: Mark, path: string, value: JsonValue): void {
    this.operations.length = mark.operations;
    this.characters = mark.characters;
    this.put(path, 'replace', value);
  }

  since(mark: Mark): number {
    return this.operations.length - mark.operations;
  }

  mark(): Mark {
    return { operations: this.operations.length, characters: this.characters };
  }
}

interface Mark {
  readonly operations: number;
  readonly characters: number;
}

function operationLength(path: string, op: 'add' | 'replace', value: JsonValue, most: number): number {
  const bound = { maxCharacters: most, maxDepth: Infinity };
  return (
    `{"op":"","path":,"value":},`.length + op.length + quotedLength(path) + (canonicalLength(value, bound) ?? Infinity)
  );
}

function diffValue(draft: Draft, path: string, before: JsonValue, after: JsonValue): void {
  if (before === after) return;
  const mark = draft.mark();
  let whole = false;
  if (isJsonObject(before) && isJsonObject(after)) {
    whole = !diffMembers(draft, path, before, after);
  } else if (isJsonArray(before) && isJsonArray(after) && path.length + INDEX_CHARACTERS <= LIMITS.pointerCharacters) {
    whole = diffItems(draft, path, before, after) && isLonger(draft, mark, path, after);
  } else if (!jsonEqual(before, after)) {
    draft.put(path, 'replace', after);
  }
  const changes = draft.since(mark);
  whole ||= changes > LIMITS.patchOperations || (changes > MANY_CHANGES && isLonger(draft, mark, path, after));
  if (whole) draft.replaceSince(mark, path, after);
}

/** Whether what was drafted since `mark` takes more text than replacing the value; looks no further than it must. */
function isLonger(draft: Draft, mark: Mark, path: string, after: JsonValue): boolean {
  const drafted = draft.characters - mark.characters;
  return drafted > 0 && operationLength(path, 'replace', after, drafted) < drafted;
}

/** @returns false where a changed key is too long for a pointer, so that only a container of it can be named */
function diffMembers(draft: Draft, path: string, before: JsonObject, after: JsonObject): boolean {
  for (const key of sortedKeys(before)) {
    const kept = Object.hasOwn(after, key);
    if (kept && before[key] === after[key]) continue;
    const place = `${path}/${escapeToken(key)}`;
    const drafted = draft.operations.length;
    if (!kept) draft.remove(place);
    else diffValue(draft, place, before[key]!, after[key]!);
    if (place.length > LIMITS.pointerCharacters && draft.operations.length > drafted) return false;
  }
  for (const key of sortedKeys(after)) {
    if (Object.hasOwn(before, key)) continue;
    const place = `${path}/${escapeToken(key)}`;
    if (place.length > LIMITS.pointerCharacters) return false;
    draft.put(place, 'add', after[key]!);
  }
  return true;
}

/** @returns whether the array changed as a whole: items came or went, or each was replaced by another */
function diffItems(draft: Draft, path: string, before: JsonArray, after: JsonArray): boolean {
  const { head, tail, middle } = pairItems(before, after);
  let shifted = false;
  let stayed = head + tail > 0;
  // Where the next item stands in the array as the operations so far have left it.
  let at = head;
  for (const pair of middle) {
    const place = `${path}/${at}`;
    if (pair.after !== undefined) at++;
    if (pair.before === undefined) {
      draft.put(place, 'add', after[pair.after]!);
      shifted = true;
    } else if (pair.after === undefined) {
      draft.remove(place);
      shifted = true;
    } else if (pair.same) {
      stayed = true;
    } else {
      diffValue(draft, place, before[pair.before]!, after[pair.after]!);
      stayed ||= draft.operations[draft.operations.length - 1]?.path !== place;
    }
  }
  return shifted || !stayed;
}
