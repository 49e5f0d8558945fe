/** The condition of `find`: values at paths. */
import {
  SyncError,
  formatPointer,
  isJsonArray,
  isJsonObject,
  parsePointer,
  type JsonScalar,
  type JsonValue,
} from '@json-database-sync/domain';

export function compileWhere(where: Readonly<Record<string, JsonScalar>>): (content: JsonValue) => boolean {
  const conditions = Object.entries(where).map(([path, wanted]) => {
    if (typeof wanted === 'object' && wanted !== null) {
      throw new SyncError(
        'invalid_argument',
        `the value wanted at ${path} has to be a text, a number, a boolean or null`,
      );
    }
    return { tokens: tokensOf(path), wanted };
  });
  return (content) => conditions.every(({ tokens, wanted }) => valueAt(content, tokens) === wanted);
}

function tokensOf(path: string): readonly string[] {
  const pointer = path === '' || path.startsWith('/') ? path : formatPointer(path.split('.'));
  try {
    return parsePointer(pointer);
  } catch (cause) {
    throw new SyncError('invalid_argument', `"${path}" is neither a JSON pointer nor a dotted path`, { cause });
  }
}

function valueAt(content: JsonValue, tokens: readonly string[]): JsonValue | undefined {
  let value: JsonValue | undefined = content;
  for (const token of tokens) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, token)) return undefined;
    // An array's length is its own too, but no element.
    if (isJsonArray(value)) value = /^(0|[1-9][0-9]*)$/.test(token) ? value[Number(token)] : undefined;
    else value = isJsonObject(value) ? value[token] : undefined;
  }
  return value;
}
