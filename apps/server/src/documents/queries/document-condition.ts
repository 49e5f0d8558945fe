/**
 * What the content of a document has to look like to be found, as text from outside says it, and as SQL that the GIN
 * index on contents (`jsonb_path_ops`) serves. All values are parameters.
 *
 * - contains: PostgreSQL's containment, https://www.postgresql.org/docs/current/datatype-json.html#JSON-CONTAINMENT;
 * - equals at a path: containment of the value below that path narrows it down by the index, and what stands at exactly
 *   that path is then compared. A part of digits is a key or an index, so a path with some has several readings.
 */
import { LIMITS, SyncError, arrayIndex, parseJson, parsePointer } from '@json-database-sync/domain';

export type DocumentCondition =
  | { readonly kind: 'contains'; readonly json: string }
  | { readonly kind: 'equals'; readonly tokens: readonly string[]; readonly json: string };

/** @throws SyncError `invalid_argument` */
export function containsCondition(text: string): DocumentCondition {
  return { kind: 'contains', json: checkedJson('contains', text) };
}

/** @throws SyncError `invalid_argument` */
export function equalsCondition(path: string, text: string): DocumentCondition {
  let tokens: string[];
  try {
    tokens = parsePointer(path);
  } catch (cause) {
    throw new SyncError('invalid_argument', 'path: not a JSON pointer, such as /owner/name', { cause });
  }
  if (tokens.length > LIMITS.searchPathParts) {
    throw new SyncError('invalid_argument', `path: more than ${LIMITS.searchPathParts} parts`);
  }
  if (tokens.filter(isIndex).length > LIMITS.searchPathIndexes) {
    throw new SyncError('invalid_argument', `path: more than ${LIMITS.searchPathIndexes} parts of digits only`);
  }
  if (/[\0\p{Surrogate}]/u.test(path)) {
    throw new SyncError('invalid_argument', 'path: it holds what no document can');
  }
  return { kind: 'equals', tokens, json: checkedJson('equals', text) };
}

function checkedJson(name: string, text: string): string {
  if (text.length > LIMITS.searchCharacters) {
    throw new SyncError('invalid_argument', `${name}: over ${LIMITS.searchCharacters} characters`);
  }
  const parsed = parseJson(text, { maxDepth: LIMITS.searchDepth });
  if (!parsed.ok) throw new SyncError('invalid_argument', `${name}: ${parsed.reason}`);
  return JSON.stringify(parsed.value);
}

/** @param addParameter takes a value, gives the placeholder that stands for it */
export function sqlOf(condition: DocumentCondition, content: string, addParameter: (value: string) => string): string {
  const json = addParameter(condition.json);
  if (condition.kind === 'contains') return `${content} @> ${json}::jsonb`;
  const readings = readingsOf(condition.tokens);
  const inside = readings.map((reading) => `${content} @> ${addParameter(nested(reading, condition.json))}::jsonb`);
  const exactly = readings.map((reading) => {
    const path = addParameter(`strict $${reading.map(accessor).join('')}`);
    return `jsonb_path_query_first(${content}, ${path}::jsonpath, '{}', true) = ${json}::jsonb`;
  });
  // The first half is for the index alone: whatever holds the second holds it too.
  return `(${inside.join(' OR ')}) AND (${exactly.join(' OR ')})`;
}

/** A key, or an index of an array. */
type Part = string | number;

function readingsOf(tokens: readonly string[]): Part[][] {
  return tokens.reduce<Part[][]>(
    (readings, token) =>
      readings.flatMap((reading) =>
        isIndex(token)
          ? [
              [...reading, token],
              [...reading, arrayIndex(token)],
            ]
          : [[...reading, token]],
      ),
    [[]],
  );
}

function isIndex(token: string): boolean {
  const index = arrayIndex(token);
  return index >= 0 && index < 2 ** 31;
}

/** As text: an object would have a `__proto__` of its own. */
function nested(reading: readonly Part[], json: string): string {
  return reading.reduceRight<string>(
    (inner, part) => (typeof part === 'number' ? `[${inner}]` : `{${JSON.stringify(part)}:${inner}}`),
    json,
  );
}

function accessor(part: Part): string {
  return typeof part === 'number' ? `[${part}]` : `.${JSON.stringify(part)}`;
}
