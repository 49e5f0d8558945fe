/**
 * Finding a document by what a person typed of its id: at least four characters, from its beginning or its end. Ids
 * that were made around the same time begin alike (they carry the time), so it is the end that tells them apart, and
 * the end is what lists show.
 */
import { CliFailure } from '../cli-failure.js';

export const MIN_ID_CHARACTERS = 4;
const SHOWN_CHARACTERS = 8;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const PART = /^[0-9a-f-]+$/;

/** What lists show of an id; it can be typed wherever an id is wanted. */
export function shortId(id: string): string {
  return id.slice(-SHOWN_CHARACTERS);
}

/**
 * @param ids every id there is; called only when what was typed is not a whole id
 * @throws CliFailure document_not_found, or invalid_argument when it is too short, no part of an id, or ambiguous
 */
export function resolveId(typed: string, has: (id: string) => boolean, ids: () => readonly string[]): string {
  const wanted = typed.trim().toLowerCase();
  if (UUID.test(wanted)) {
    if (has(wanted)) return wanted;
    throw notFound(typed);
  }
  if (!PART.test(wanted)) {
    throw new CliFailure('invalid_argument', `"${typed}" is not an id or a part of one.`, {
      remedy: 'Give the id as `list` shows it.',
    });
  }
  if (wanted.length < MIN_ID_CHARACTERS) {
    throw new CliFailure('invalid_argument', `"${typed}" is too short for an id.`, {
      remedy: `Give at least ${MIN_ID_CHARACTERS} characters of its beginning or its end.`,
    });
  }
  const fitting = ids().filter((id) => fits(id, wanted));
  const [first, ...others] = fitting;
  if (first === undefined) throw notFound(typed);
  if (others.length > 0) {
    const some = fitting.slice(0, 3).join(', ');
    throw new CliFailure(
      'invalid_argument',
      `"${typed}" fits ${fitting.length} documents: ${some}${fitting.length > 3 ? ', …' : ''}.`,
      {
        remedy: 'Give more characters of the id.',
      },
    );
  }
  return first;
}

/** From the beginning, to the end, or from the beginning of what lists show. */
export function fits(id: string, wanted: string): boolean {
  return id.startsWith(wanted) || id.endsWith(wanted) || shortId(id).startsWith(wanted);
}

function notFound(typed: string): CliFailure {
  return new CliFailure('document_not_found', `There is no document "${typed}" in this database.`, {
    remedy: 'See the ids with `list`, deleted ones with `list --deleted`; it may not have been synced yet.',
  });
}
