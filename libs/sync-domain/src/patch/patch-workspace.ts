/**
 * A document while a patch is being applied to it. Everything that applies patches (plain, with a reverse, analysed,
 * rebased) does it through this one class, so that they cannot disagree.
 *
 * Invariants:
 * - the document handed in is never changed, nor is any value of an operation: a container is copied before its first
 *   change, once a patch, and what is not on a changed path is shared with the former document;
 * - only own properties are read and written;
 * - an operation that throws has changed nothing.
 */
import { jsonEqual } from '../json/canonical-json.js';
import { canonicalLength } from '../json/json-size.js';
import { isJsonArray, type JsonValue } from '../json/json-value.js';
import { copyWithout, getOwn, setOwn, type MutableJsonObject } from '../json/own-property.js';
import { LIMITS } from '../limits.js';
import { arrayIndex, formatPointer, parsePointer, PointerError } from './json-pointer.js';
import type { JsonPatchOperation } from './json-patch.types.js';
import { PatchError, type PatchFailure } from './patch-error.js';

type MutableJsonArray = JsonValue[];
type MutableContainer = MutableJsonArray | MutableJsonObject;
type Tokens = readonly string[];

/** What an operation did, which is what undoing it takes. */
export type Effect =
  | { readonly kind: 'none' }
  /** `path` says the index where the operation said `-`; `old` is what stood there, if it was no insertion. */
  | { readonly kind: 'added'; readonly path: string; readonly old: JsonValue | undefined }
  | { readonly kind: 'removed'; readonly path: string; readonly old: JsonValue }
  | { readonly kind: 'replaced'; readonly path: string; readonly old: JsonValue }
  | { readonly kind: 'moved'; readonly from: string; readonly path: string; readonly old: Displaced | undefined }
  /** A part of an array's item became the item before it. No move may take it back: `path` leads to `from`. */
  | { readonly kind: 'lifted'; readonly from: string; readonly path: string; readonly value: JsonValue };

/** What a move wrote over. `path` is its place once the moved value is back where it came from. */
export interface Displaced {
  readonly path: string;
  readonly value: JsonValue;
}

const NO_EFFECT: Effect = { kind: 'none' };

/** Below the engine's stack for every recursion over a document; no document within its limits comes near. */
const DEPTH_CEILING = 1_000;

export class PatchWorkspace {
  /** Containers made by this workspace and reachable once, from its root only, through others of them. */
  private readonly owned = new Set<object>();
  private copyBudget: number = LIMITS.documentCharacters;
  private operation = 0;
  private path = '';

  constructor(private document: JsonValue) {}

  get root(): JsonValue {
    return this.document;
  }

  /**
   * @param index the operation's place in its patch, for the error
   * @throws PatchError
   */
  apply(operation: JsonPatchOperation, index: number): Effect {
    this.operation = index;
    this.path = operation.path;
    switch (operation.op) {
      case 'add':
        return this.add(operation.path, this.tokens(operation.path), this.valueOf(operation.value));
      case 'remove': {
        const old = this.remove(this.tokens(operation.path));
        return { kind: 'removed', path: operation.path, old };
      }
      case 'replace': {
        const old = this.replace(this.tokens(operation.path), this.valueOf(operation.value));
        return { kind: 'replaced', path: operation.path, old };
      }
      case 'move':
        return this.move(operation.from, operation.path);
      case 'copy':
        return this.copy(operation.from, operation.path);
      case 'test':
        this.test(this.tokens(operation.path), this.valueOf(operation.value));
        return NO_EFFECT;
      default:
        return this.fail('malformed_operation', 'there is no such operation');
    }
  }

  /** The value at a path, or undefined; `-` is never a value's place. */
  lookup(tokens: Tokens, count: number = tokens.length): JsonValue | undefined {
    let value: JsonValue | undefined = this.document;
    for (let i = 0; i < count && value !== undefined; i++) value = childOf(value, tokens[i]!);
    return value;
  }

  private add(path: string, tokens: Tokens, value: JsonValue): Effect {
    if (tokens.length === 0) return { kind: 'replaced', path, old: this.setRoot(value) };
    const parent = this.own(tokens, tokens.length - 1);
    const token = tokens[tokens.length - 1]!;
    if (!Array.isArray(parent)) {
      const old = getOwn(parent, token);
      setOwn(parent, token, value);
      return { kind: 'added', path, old };
    }
    const index = token === '-' ? parent.length : arrayIndex(token);
    if (index < 0 || index > parent.length) this.fail('bad_index', 'the array has no such place');
    if (index === parent.length) parent.push(value);
    else parent.splice(index, 0, value);
    return { kind: 'added', path: token === '-' ? `${path.slice(0, -1)}${index}` : path, old: undefined };
  }

  private remove(tokens: Tokens): JsonValue {
    const last = tokens.length - 1;
    if (last < 0) return this.fail('root_removed', 'the whole document cannot be removed');
    const parent = this.lookup(tokens, last);
    const token = tokens[last]!;
    const old = parent === undefined ? undefined : childOf(parent, token);
    if (parent === undefined || old === undefined) return this.fail('path_not_found', 'there is nothing at this path');
    if (isJsonArray(parent)) {
      (this.own(tokens, last) as MutableJsonArray).splice(arrayIndex(token), 1);
    } else if (this.owned.has(parent as object)) {
      delete (parent as MutableJsonObject)[token];
    } else {
      const rest = copyWithout(parent as MutableJsonObject, token);
      this.owned.add(rest);
      if (last === 0) this.document = rest;
      else assign(this.own(tokens, last - 1), tokens[last - 1]!, rest);
    }
    return old;
  }

  private replace(tokens: Tokens, value: JsonValue): JsonValue {
    if (tokens.length === 0) return this.setRoot(value);
    const parent = this.own(tokens, tokens.length - 1);
    const token = tokens[tokens.length - 1]!;
    const old = childOf(parent, token);
    if (old === undefined) return this.fail('path_not_found', 'there is nothing at this path');
    assign(parent, token, value);
    return old;
  }

  private move(from: string, path: string): Effect {
    const source = this.tokens(from);
    const target = this.tokens(path);
    const value = this.lookup(source);
    if (value === undefined) return this.fail('path_not_found', 'there is nothing at the path to move from');
    if (isPrefix(source, target)) {
      if (source.length === target.length) return NO_EFFECT;
      return this.fail('move_into_itself', 'a value cannot be moved into itself');
    }
    const upwards = isPrefix(target, source);
    // What undoes a move upwards holds a value that stays here as well, and neither may change the other.
    if (upwards) {
      this.chargeCopy(value, target.length);
      this.disown(value);
      if (!this.isArrayPlace(target)) return { kind: 'replaced', path, old: this.replace(target, value) };
    }
    const leavesArray = this.isArrayPlace(source);
    this.remove(source);
    try {
      const added = this.add(path, target, value);
      if (upwards) return { kind: 'lifted', from, path, value };
      if (added.kind !== 'added') return added;
      const behind = leavesArray ? behindReturned(source, target) : target;
      const old = added.old === undefined ? undefined : { path: formatPointer(behind), value: added.old };
      return { kind: 'moved', from, path: added.path, old };
    } catch (error) {
      this.add(from, source, value);
      throw error;
    }
  }

  private copy(from: string, path: string): Effect {
    const target = this.tokens(path);
    const value = this.lookup(this.tokens(from));
    if (value === undefined) return this.fail('path_not_found', 'there is nothing at the path to copy from');
    this.chargeCopy(value, target.length);
    this.disown(value);
    return this.add(path, target, value);
  }

  /**
   * To be called before a value is written, or read at length, a second time. Copies share memory, so a patch that
   * copies its copies grows a document in powers of two at no cost to itself, and at a ruinous one to whoever writes
   * that document out. What is copied in one patch is bounded instead.
   */
  chargeCopy(value: JsonValue, depth: number): void {
    const length = canonicalLength(value, { maxCharacters: this.copyBudget, maxDepth: DEPTH_CEILING - depth });
    if (length === undefined) this.fail('too_large', 'the patch copies more than a document may hold');
    else this.copyBudget -= length;
  }

  /** For a value that is going to be reachable twice: nothing within it may be changed in place any more. */
  private disown(value: JsonValue): void {
    if (typeof value !== 'object' || value === null || !this.owned.delete(value)) return;
    for (const child of isJsonArray(value) ? value : Object.values(value)) this.disown(child);
  }

  private test(tokens: Tokens, expected: JsonValue): void {
    const value = this.lookup(tokens);
    if (value === undefined) this.fail('test_failed', 'there is nothing at the path to test');
    else if (!jsonEqual(value, expected)) this.fail('test_failed', 'the value is not the one tested for');
  }

  private setRoot(value: JsonValue): JsonValue {
    const old = this.document;
    this.document = value;
    return old;
  }

  private isArrayPlace(tokens: Tokens): boolean {
    return tokens.length > 0 && isJsonArray(this.lookup(tokens, tokens.length - 1));
  }

  /** The container at the first `count` tokens, ready to be changed. */
  private own(tokens: Tokens, count: number): MutableContainer {
    let node = this.ownContainer(this.document);
    this.document = node;
    for (let i = 0; i < count; i++) {
      const token = tokens[i]!;
      const child = childOf(node, token);
      const mine = this.ownContainer(child);
      if (mine !== child) assign(node, token, mine);
      node = mine;
    }
    return node;
  }

  private ownContainer(value: JsonValue | undefined): MutableContainer {
    if (typeof value !== 'object' || value === null) {
      return this.fail('path_not_found', 'there is no array or object to hold this path');
    }
    if (this.owned.has(value)) return value as MutableContainer;
    const copy: MutableContainer = isJsonArray(value) ? value.slice() : { ...value };
    this.owned.add(copy);
    return copy;
  }

  private tokens(pointer: string): string[] {
    if (typeof pointer !== 'string') return this.fail('malformed_operation', 'a pointer is missing');
    try {
      return parsePointer(pointer);
    } catch (error) {
      if (error instanceof PointerError) return this.fail('malformed_pointer', error.message);
      throw error;
    }
  }

  /** Stored and foreign patches are decoded before they come here; a missing value is refused all the same. */
  private valueOf(value: JsonValue | undefined): JsonValue {
    return value === undefined ? this.fail('malformed_operation', 'the value is missing') : value;
  }

  private fail(reason: PatchFailure, what: string): never {
    throw new PatchError(this.operation, this.path, reason, what);
  }
}

function childOf(container: JsonValue, token: string): JsonValue | undefined {
  if (typeof container !== 'object' || container === null) return undefined;
  if (!isJsonArray(container)) return getOwn(container, token);
  const index = arrayIndex(token);
  return index < 0 ? undefined : container[index];
}

/** A path in an array that an item has left, as it reads when the item is back: the items behind it move up by one. */
function behindReturned(item: Tokens, path: Tokens): Tokens {
  const last = item.length - 1;
  const index = arrayIndex(path[last] ?? '');
  if (!isPrefix(item.slice(0, last), path) || index < arrayIndex(item[last]!)) return path;
  return path.with(last, String(index + 1));
}

/** Over an existing member or item. */
function assign(container: MutableContainer, token: string, value: JsonValue): void {
  if (Array.isArray(container)) container[arrayIndex(token)] = value;
  else setOwn(container, token, value);
}

/** Whether `tokens` starts with `prefix`; equal counts. */
export function isPrefix(prefix: Tokens, tokens: Tokens): boolean {
  if (prefix.length > tokens.length) return false;
  for (let i = 0; i < prefix.length; i++) {
    if (prefix[i] !== tokens[i]) return false;
  }
  return true;
}
