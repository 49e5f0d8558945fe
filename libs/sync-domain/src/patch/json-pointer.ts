/** JSON pointers (RFC 6901): `/tags/0`, with `~0` for `~` and `~1` for `/`. The empty pointer is the whole document. */
import { SyncError } from '../errors/sync-error.js';
import { LIMITS } from '../limits.js';

/** A reverse patch says an index where its forward patch said `-`; its pointers may be that much longer. */
const MAX_CHARACTERS = LIMITS.pointerCharacters + 16;
const MAX_TOKENS = 256;

export class PointerError extends SyncError {
  constructor(why: string) {
    super('invalid_patch', why);
  }
}

/**
 * A pointer's unescaped tokens; none for the whole document.
 * @throws PointerError when it is malformed or over the limits
 */
export function parsePointer(pointer: string): string[] {
  if (pointer === '') return [];
  if (pointer.length > MAX_CHARACTERS) throw new PointerError(`a pointer is longer than ${MAX_CHARACTERS} characters`);
  if (pointer.charCodeAt(0) !== 0x2f /* / */) throw new PointerError('a pointer that is not empty starts with a slash');
  // Most name a member of the document itself.
  const tokens = pointer.indexOf('/', 1) < 0 ? [pointer.slice(1)] : pointer.slice(1).split('/');
  if (tokens.length > MAX_TOKENS) throw new PointerError(`a pointer has more than ${MAX_TOKENS} parts`);
  return pointer.includes('~') ? tokens.map(unescapeToken) : tokens;
}

export function formatPointer(tokens: readonly string[]): string {
  let pointer = '';
  for (const token of tokens) pointer += `/${escapeToken(token)}`;
  return pointer;
}

export function escapeToken(token: string): string {
  if (!token.includes('~') && !token.includes('/')) return token;
  return token.replaceAll('~', '~0').replaceAll('/', '~1');
}

function unescapeToken(token: string): string {
  if (!token.includes('~')) return token;
  if (/~(?![01])/.test(token)) throw new PointerError('a ~ in a pointer is followed by 0 or 1');
  // In this order: `~01` is a tilde and a one, no slash.
  return token.replaceAll('~1', '/').replaceAll('~0', '~');
}

/** The index that a token names, or -1: digits only, no leading zero. `-`, the place after the last item, is none. */
export function arrayIndex(token: string): number {
  const length = token.length;
  if (length === 0 || length > 15) return -1;
  let index = 0;
  for (let i = 0; i < length; i++) {
    const digit = token.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9 || (digit === 0 && i === 0 && length > 1)) return -1;
    index = index * 10 + digit;
  }
  return index;
}
