/**
 * Finds where a JSON value ends in a longer text, without building it: for values that are passed on as the text that they are.
 *
 * Only the plain spelling is judged, in which PostgreSQL writes `jsonb`; of anything else it is said that this is not known.
 * Invariant: what an end is found for, `parseJson` takes as well, and `JSON.stringify` writes the value in the same way, but for
 * the order of keys and the space after a colon or comma. That is:
 * - the keys of an object stand in the order of `jsonb` (shorter ones first, then by code unit), so that none comes twice;
 * - numbers have up to 15 characters and no exponent, minus zero or zero at the end of a fraction;
 * - escapes are those that a writer has to make, and none of them is a NUL or a half of a surrogate pair.
 */
const ARRAY = -1;
const FIRST_KEY = 0;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const SPACE = 0x20;
const CLOSING_BRACE = 0x7d;
const CLOSING_BRACKET = 0x5d;
const ZERO = 0x30;
const NINE = 0x39;

const MOST_DIGITS = 15;

// eslint-disable-next-line no-control-regex -- control characters are what it looks for
const CONTROL = /[\u0000-\u001f]/;
/** Control characters that have no letter of their own, NUL not among them. */
const WRITTEN_CODE = /^00(?:0[1-7be-f]|1[0-9a-f])$/;

/** No plain JSON text has one: within strings they are escaped. */
export function hasControlCharacter(text: string): boolean {
  return CONTROL.test(text);
}

/** @returns 0 where it opens nothing */
function closingOf(code: number): number {
  if (code === 0x7b /* { */) return CLOSING_BRACE;
  return code === 0x5b /* [ */ ? CLOSING_BRACKET : 0;
}

/** Reads one text from its beginning to its end. It has to be free of control characters and lone surrogates. */
export class PlainJsonReader {
  /** The first one from where it was last looked for. */
  private nextBackslash = -1;
  /** By level: where the last key begins, or what the level is where there is none yet. */
  private readonly keyAt: Int32Array;
  private readonly keyLength: Int32Array;

  constructor(
    private readonly text: string,
    private readonly maxDepth: number,
  ) {
    this.keyAt = new Int32Array(maxDepth + 1);
    this.keyLength = new Int32Array(maxDepth + 1);
  }

  /** @returns where the value that begins at `from` is over, or -1 where that is not known */
  endOfValue(from: number): number {
    let depth = 0;
    for (let at = from; at >= 0;) {
      const code = this.text.charCodeAt(at);
      const closing = closingOf(code);
      if (closing !== 0 && this.text.charCodeAt(at + 1) !== closing) {
        if (++depth > this.maxDepth) return -1;
        const isObject = closing === CLOSING_BRACE;
        this.keyAt[depth] = isObject ? FIRST_KEY : ARRAY;
        at = isObject ? this.afterKey(at + 1, depth) : at + 1;
        continue;
      }
      at = closing === 0 ? this.endOfScalar(at, code) : at + 2;
      while (depth > 0 && this.text.charCodeAt(at) !== COMMA) {
        const wanted = this.keyAt[depth--] === ARRAY ? CLOSING_BRACKET : CLOSING_BRACE;
        if (this.text.charCodeAt(at++) !== wanted) return -1;
      }
      if (depth === 0) return at;
      at = this.afterSpace(at + 1);
      if (this.keyAt[depth] !== ARRAY) at = this.afterKey(at, depth);
    }
    return -1;
  }

  /** @returns where the quote stands that closes the string which opens there, or -1 */
  endOfString(open: number): number {
    const close = this.text.indexOf('"', open + 1);
    if (this.nextBackslash < open) {
      const next = this.text.indexOf('\\', open);
      this.nextBackslash = next < 0 ? this.text.length : next;
    }
    return this.nextBackslash > close ? close : this.endOfEscaped(open);
  }

  private endOfEscaped(open: number): number {
    for (let at = open + 1; at < this.text.length; at++) {
      const code = this.text.charCodeAt(at);
      if (code === QUOTE) return at;
      if (code !== BACKSLASH) continue;
      const escaped = this.text.charAt(++at);
      if (escaped === 'u') {
        if (!WRITTEN_CODE.test(this.text.slice(at + 1, at + 5))) return -1;
        at += 4;
      } else if (!'"\\bfnrt'.includes(escaped)) return -1;
    }
    return -1;
  }

  private endOfScalar(at: number, code: number): number {
    if (code === QUOTE) {
      const close = this.endOfString(at);
      return close < 0 ? -1 : close + 1;
    }
    if (code === 0x2d /* - */ || (code >= ZERO && code <= NINE)) return this.endOfNumber(at);
    if (code === 0x74 /* t */) return this.text.startsWith('true', at) ? at + 4 : -1;
    if (code === 0x66 /* f */) return this.text.startsWith('false', at) ? at + 5 : -1;
    return this.text.startsWith('null', at) ? at + 4 : -1;
  }

  private endOfNumber(from: number): number {
    const { text } = this;
    const isNegative = text.charCodeAt(from) === 0x2d;
    const whole = isNegative ? from + 1 : from;
    let at = this.endOfDigits(whole);
    const isZero = text.charCodeAt(whole) === ZERO;
    if (at === whole || (isZero && at > whole + 1)) return -1;
    if (text.charCodeAt(at) === 0x2e /* . */) {
      const fraction = at + 1;
      at = this.endOfDigits(fraction);
      // What is under a millionth is written with an exponent.
      if (at === fraction || text.charCodeAt(at - 1) === ZERO || (isZero && text.startsWith('000000', fraction)))
        return -1;
    } else if (isZero && isNegative) return -1;
    const hasExponent = (text.charCodeAt(at) | 0x20) === 0x65; /* e, E */
    return hasExponent || at - from > MOST_DIGITS ? -1 : at;
  }

  private endOfDigits(from: number): number {
    let at = from;
    for (let code = this.text.charCodeAt(at); code >= ZERO && code <= NINE; code = this.text.charCodeAt(++at));
    return at;
  }

  /** @returns where the value of the member begins whose key opens at `open`, or -1 */
  private afterKey(open: number, depth: number): number {
    const close = this.text.charCodeAt(open) === QUOTE ? this.endOfString(open) : -1;
    // A key with an escape in it is perhaps one that has been there without.
    if (close < 0 || (this.nextBackslash < close && this.text.slice(open, close).includes('\\'))) return -1;
    const length = close - open - 1;
    const before = this.keyAt[depth]!;
    if (before !== FIRST_KEY && !this.isLater(open + 1, length, before, this.keyLength[depth]!)) return -1;
    this.keyAt[depth] = open + 1;
    this.keyLength[depth] = length;
    return this.text.charCodeAt(close + 1) === 0x3a /* : */ ? this.afterSpace(close + 2) : -1;
  }

  private isLater(at: number, length: number, before: number, lengthBefore: number): boolean {
    if (length !== lengthBefore) return length > lengthBefore;
    for (let n = 0; n < length; n++) {
      const difference = this.text.charCodeAt(at + n) - this.text.charCodeAt(before + n);
      if (difference !== 0) return difference > 0;
    }
    return false;
  }

  private afterSpace(at: number): number {
    return this.text.charCodeAt(at) === SPACE ? at + 1 : at;
  }
}
