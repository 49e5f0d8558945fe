/**
 * What a person types to find documents by their words. No syntax: whatever is typed is words to look for, each of
 * which has to begin a word of the document, in any order.
 */
import { SyncError } from '@json-database-sync/domain';

const MAX_CHARACTERS = 1_000;
const MAX_WORDS = 50;

/**
 * @returns the words; none where nothing but white space was typed
 * @throws SyncError `invalid_argument` where it is no text, or too much of it
 */
export function checkedSearch(text: unknown): readonly string[] {
  if (typeof text !== 'string') throw new SyncError('invalid_argument', 'what to search for has to be a text');
  if (text.length > MAX_CHARACTERS) {
    throw new SyncError('invalid_argument', `what to search for is over ${MAX_CHARACTERS} characters long`);
  }
  // No document holds a NUL or half a character: they separate words as white space does.
  const words = text.split(/[\s\0\p{Surrogate}]+/u);
  const found = words.filter((word) => word !== '');
  if (found.length > MAX_WORDS) throw new SyncError('invalid_argument', `more than ${MAX_WORDS} words to search for`);
  return found;
}
