/**
 * The gate for JSON text from outside. What passes can be stored, written in canonical form and read back exactly;
 * what cannot is refused with a reason, never altered.
 *
 * One scan over the text before it is parsed sees what the parsed value no longer shows: how deep it nests, the digits
 * of its numbers, and how many members its objects were written with (more than the value has means a key twice).
 * The reasons name positions and paths, never the text itself, so that they may be logged.
 */
import { hasLoneSurrogate, isSafeNumber, keepsItsDigits, textFault } from './exact-values.js';
import { describePlace, type JsonPlace } from './json-place.js';
import { refuse, type JsonRefusal } from './json-refusal.js';
import { isJsonArray, type JsonValue } from './json-value.js';

export type { JsonRefusal };

export interface ParseLimits {
  /** Levels of arrays and objects. */
  readonly maxDepth: number;
}

export type ParsedJson = { readonly ok: true; readonly value: JsonValue } | JsonRefusal;

export function parseJson(text: string, limits: ParseLimits): ParsedJson {
  const scan = scanText(text, limits.maxDepth);
  if (scan.tooDeepAt >= 0) return refuse('invalid_document', `nested deeper than ${limits.maxDepth} levels`);
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch {
    return refuse('invalid_message', 'not valid JSON');
  }
  if (scan.unsafeNumberAt >= 0) {
    return refuse('unsafe_number', `the number at character ${scan.unsafeNumberAt} cannot be kept exactly`);
  }
  if (scan.members > 0 && countMembers(value) !== scan.members) {
    return refuse('invalid_document', 'an object has the same key twice');
  }
  if (mayHoldBadText(text)) {
    const fault = findBadText(value, undefined);
    if (fault) return refuse('invalid_document', fault);
  }
  return { ok: true, value };
}

interface Scan {
  /** Colons outside strings: one a member of an object. */
  members: number;
  /** Where the limit was passed, or -1. */
  tooDeepAt: number;
  /** Where the first number stands that a double cannot carry, or -1. */
  unsafeNumberAt: number;
}

/** No number of up to this many characters and without an exponent loses a digit: doubles carry any 15 digits. */
const ALWAYS_EXACT = 15;

/** Judges only what it is for; whether the text is JSON at all is left to JSON.parse. */
function scanText(text: string, maxDepth: number): Scan {
  const scan: Scan = { members: 0, tooDeepAt: -1, unsafeNumberAt: -1 };
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x22 /* " */) {
      i = endOfString(text, i);
    } else if (code === 0x3a /* : */) {
      scan.members++;
    } else if (code === 0x7b /* { */ || code === 0x5b /* [ */) {
      if (++depth > maxDepth) {
        scan.tooDeepAt = i;
        return scan;
      }
    } else if (code === 0x7d /* } */ || code === 0x5d /* ] */) {
      depth--;
    } else if (code === 0x2d /* - */ || (code >= 0x30 && code <= 0x39)) {
      const start = i;
      let exponent = false;
      for (let next = text.charCodeAt(i + 1); isNumberPart(next); next = text.charCodeAt(++i + 1)) {
        if ((next | 0x20) === 0x65 /* e */) exponent = true;
      }
      const suspect = exponent || i + 1 - start > ALWAYS_EXACT;
      if (suspect && scan.unsafeNumberAt < 0 && !isExact(text.slice(start, i + 1))) scan.unsafeNumberAt = start;
    }
  }
  return scan;
}

function isNumberPart(code: number): boolean {
  return (
    (code >= 0x30 && code <= 0x39) ||
    code === 0x2e /* . */ ||
    (code | 0x20) === 0x65 /* e, E */ ||
    code === 0x2b /* + */ ||
    code === 0x2d /* - */
  );
}

/** Tokens that are no numbers pass: JSON.parse refuses them with the better reason. */
function isExact(token: string): boolean {
  const value = Number(token);
  return Number.isNaN(value) || (isSafeNumber(value) && keepsItsDigits(token, value));
}

/** Where the string that opens at `open` closes, or the text's end. */
function endOfString(text: string, open: number): number {
  let close = text.indexOf('"', open + 1);
  // A quote is part of the string when an odd number of backslashes stands before it.
  while (close > 0 && text.charCodeAt(close - 1) === 0x5c /* \ */) {
    let first = close - 1;
    while (first > open && text.charCodeAt(first - 1) === 0x5c) first--;
    if ((close - first) % 2 === 0) break;
    close = text.indexOf('"', close + 1);
  }
  return close < 0 ? text.length : close;
}

/** Recurses no deeper than the scan has allowed; so does the next. */
function countMembers(value: JsonValue): number {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  if (isJsonArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const item = value[i]!;
      if (typeof item === 'object') count += countMembers(item);
    }
    return count;
  }
  const keys = Object.keys(value);
  count = keys.length;
  for (let i = 0; i < keys.length; i++) {
    const member = value[keys[i]!]!;
    if (typeof member === 'object') count += countMembers(member);
  }
  return count;
}

const BAD_ESCAPE = /\\u(?:0000|[dD][89a-fA-F])/;

/** Cheap, and says yes too often (a surrogate pair written as two escapes): only then is the value walked. */
function mayHoldBadText(text: string): boolean {
  return hasLoneSurrogate(text) || (text.includes('\\u') && BAD_ESCAPE.test(text));
}

function findBadText(value: JsonValue, place: JsonPlace | undefined): string | undefined {
  if (typeof value === 'string') {
    const fault = textFault(value);
    return fault && `the text at ${describePlace(place)} ${fault}`;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  if (isJsonArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const fault = findBadText(value[i]!, { parent: place, token: String(i) });
      if (fault) return fault;
    }
    return undefined;
  }
  for (const key of Object.keys(value)) {
    const inKey = textFault(key);
    if (inKey) return `a key of the object at ${describePlace(place)} ${inKey}`;
    const fault = findBadText(value[key]!, { parent: place, token: key });
    if (fault) return fault;
  }
  return undefined;
}
