/**
 * The gate for values that an application hands over in memory. It promises the same as `parseJson`, and what comes
 * out is a copy: the application may go on changing its objects without changing a document.
 *
 * Nothing is left out or turned into something else, as JSON.stringify would (undefined, functions, dates, NaN): it is
 * refused, with the place. Recursion is bounded by `maxDepth`, work by `maxCharacters`, whatever is shared or cyclic.
 */
import { isSafeNumber, textFault } from './exact-values.js';
import { describePlace, type JsonPlace } from './json-place.js';
import { refuse, type JsonRefusal } from './json-refusal.js';
import { quotedLength } from './json-string.js';
import type { JsonValue } from './json-value.js';
import { setOwn, type MutableJsonObject } from './own-property.js';

export interface CheckLimits {
  /** Levels of arrays and objects. */
  readonly maxDepth: number;
  /** Length of the canonical text, in UTF-16 code units. */
  readonly maxCharacters: number;
}

export type CheckedJson =
  | { readonly ok: true; readonly value: JsonValue; /** Length of the canonical text. */ readonly characters: number }
  | JsonRefusal;

export function checkJsonValue(value: unknown, limits: CheckLimits): CheckedJson {
  const walk = new CheckedCopy(limits);
  try {
    const copy = walk.copy(value, undefined);
    return { ok: true, value: copy, characters: walk.characters };
  } catch (error) {
    if (error instanceof Refused) return error.refusal;
    throw error;
  }
}

/** Carries a refusal out of the walk; never leaves this file. */
class Refused extends Error {
  constructor(readonly refusal: JsonRefusal) {
    super(refusal.reason);
  }
}

class CheckedCopy {
  characters = 0;
  /** The containers that the walk is inside of; meeting one again is a cycle. */
  private readonly open: object[] = [];

  constructor(private readonly limits: CheckLimits) {}

  copy(value: unknown, place: JsonPlace | undefined): JsonValue {
    switch (typeof value) {
      case 'string':
        return this.text(value, place);
      case 'number':
        return this.number(value, place);
      case 'boolean':
        this.count(value ? 4 : 5);
        return value;
      case 'object':
        if (value !== null) return this.container(value, place);
        this.count(4);
        return null;
      default:
        return fail(place, `is ${typeof value}, which JSON does not have`);
    }
  }

  private text(text: string, place: JsonPlace | undefined): string {
    this.count(quotedLength(text));
    const fault = textFault(text);
    if (fault) fail(place, fault);
    return text;
  }

  private number(value: number, place: JsonPlace | undefined): number {
    if (!isSafeNumber(value)) {
      const why = Number.isFinite(value) ? 'is an integer of 2^53 or more: send it as a string' : `is ${value}`;
      fail(place, why, 'unsafe_number');
    }
    this.count(String(value).length);
    return value === 0 ? 0 : value;
  }

  private container(value: object, place: JsonPlace | undefined): JsonValue {
    if (this.open.includes(value)) return fail(place, 'contains itself');
    if (this.open.length >= this.limits.maxDepth) fail(place, `is nested deeper than ${this.limits.maxDepth} levels`);
    this.open.push(value);
    const copy = Array.isArray(value) ? this.array(value, place) : this.object(value, place);
    this.open.pop();
    return copy;
  }

  private array(array: readonly unknown[], place: JsonPlace | undefined): JsonValue[] {
    this.count(2 + Math.max(0, array.length - 1));
    // Holes and named properties of an array have no place in JSON; both show in the number of its own keys.
    const copy: JsonValue[] = [];
    for (let i = 0; i < array.length; i++) {
      const here: JsonPlace = { parent: place, token: String(i) };
      if (!Object.hasOwn(array, i)) fail(here, 'is a hole in a sparse array');
      copy.push(this.copy(array[i], here));
    }
    if (Reflect.ownKeys(array).length !== array.length + 1) fail(place, 'is an array with properties of its own');
    return copy;
  }

  private object(object: object, place: JsonPlace | undefined): JsonValue {
    if (!isPlain(object)) fail(place, 'is an instance of a class, not a plain object');
    const entries = Object.entries(object);
    if (Reflect.ownKeys(object).length !== entries.length) fail(place, 'has symbol keys or hidden properties');
    this.count(2 + Math.max(0, entries.length - 1));
    const copy: MutableJsonObject = {};
    for (const [key, member] of entries as [string, unknown][]) {
      const fault = textFault(key);
      if (fault) fail(place, `has a key that ${fault}`);
      this.count(quotedLength(key) + 1);
      setOwn(copy, key, this.copy(member, { parent: place, token: key }));
    }
    return copy;
  }

  private count(characters: number): void {
    this.characters += characters;
    if (this.characters <= this.limits.maxCharacters) return;
    throw new Refused(refuse('invalid_document', `the value is over ${this.limits.maxCharacters} characters of JSON`));
  }
}

function fail(place: JsonPlace | undefined, why: string, code: JsonRefusal['code'] = 'invalid_document'): never {
  throw new Refused(refuse(code, `the value at ${describePlace(place)} ${why}`));
}

/** Plain objects of another realm (a worker, a test's sandbox) are as plain as ours: their prototype is a root. */
function isPlain(object: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(object);
  if (prototype === null || prototype === Object.prototype) return true;
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype as object, 'isPrototypeOf');
}
