/**
 * Which scalars survive storage: the rules for numbers and texts that both gates share, the one for text from
 * outside (`parseJson`) and the one for values in memory (`checkJsonValue`).
 */

/**
 * Whether this number's canonical text could be read back by anyone: finite, and not written as a plain integer of
 * 2^53 or more. JSON switches to an exponent at 1e21; from there on the digits stand for themselves.
 */
export function isSafeNumber(value: number): boolean {
  const size = Math.abs(value);
  return size < 2 ** 53 || (size >= 1e21 && size !== Infinity);
}

/**
 * Whether a number of a JSON text keeps all its digits as a double, so that its shortest form has the same significant
 * digits and the same exponent. Trailing zeros (`1.50`, `1e2`) are no digits.
 */
export function keepsItsDigits(token: string, value: number): boolean {
  const written = String(value);
  return written === token || significance(written) === significance(token);
}

const NUMBER = /^-?([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?$/;

/** `digits` without zeros around them and the power of ten of the last of them, as one text to compare. */
function significance(token: string): string {
  const match = NUMBER.exec(token);
  if (!match) return token;
  const [, whole = '', fraction = '', exponent = '0'] = match;
  const digits = trimZeros(whole + fraction);
  if (digits.text === '') return '0';
  return `${digits.text}e${Number(exponent) - fraction.length + digits.cutBehind}`;
}

/** By hand: a pattern for trailing zeros takes time in the square of a hostile token's length. */
function trimZeros(digits: string): { text: string; cutBehind: number } {
  let start = 0;
  let end = digits.length;
  while (start < end && digits.charCodeAt(start) === 0x30) start++;
  while (end > start && digits.charCodeAt(end - 1) === 0x30) end--;
  return { text: digits.slice(start, end), cutBehind: digits.length - end };
}

type MaybeWellFormed = string & { isWellFormed?: () => boolean };

/** Native where there is ES2024; the pattern says the same, more slowly. */
export function hasLoneSurrogate(text: string): boolean {
  const probe = text as MaybeWellFormed;
  return probe.isWellFormed ? !probe.isWellFormed() : /\p{Surrogate}/u.test(text);
}

/** What keeps a text from being stored, or undefined. */
export function textFault(text: string): string | undefined {
  if (text.includes('\0')) return 'holds a NUL character';
  if (hasLoneSurrogate(text)) return 'holds a lone surrogate';
  return undefined;
}
