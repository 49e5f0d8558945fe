/** `--set path=json`: one place of a document's content set, parents made where they are missing. */
import { isJsonArray, isJsonObject, parsePointer, type JsonValue } from '@json-database-sync/domain';
import { CliFailure } from '../cli-failure.js';

export interface Assignment {
  readonly path: readonly string[];
  readonly text: string;
}

/** `/tags/0=...` is a JSON pointer, `place.city=...` a dotted path. */
export function readAssignment(argument: string): Assignment {
  const equals = argument.indexOf('=');
  if (equals <= 0) {
    throw new CliFailure('invalid_argument', `--set takes path=json, not "${argument}".`, {
      remedy: 'For instance --set place.city=\'"Oslo"\' or --set /tags/0=\'"home"\'.',
    });
  }
  const place = argument.slice(0, equals);
  return { path: place.startsWith('/') ? parsePointer(place) : place.split('.'), text: argument.slice(equals + 1) };
}

export function setMember(content: JsonValue, path: readonly string[], value: JsonValue): JsonValue {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  if (isJsonArray(content)) {
    const index = key === '-' ? content.length : /^(0|[1-9]\d{0,8})$/.test(key) ? Number(key) : -1;
    if (index < 0 || index > content.length) throw nowhere(key);
    const inner = rest.length === 0 ? value : setMember(content[index] ?? {}, rest, value);
    return content.toSpliced(index, 1, inner);
  }
  if (!isJsonObject(content)) throw nowhere(key);
  const inner =
    rest.length === 0 ? value : setMember(Object.hasOwn(content, key) ? (content[key] ?? {}) : {}, rest, value);
  // A computed key makes `__proto__` an ordinary member.
  return { ...content, [key]: inner };
}

function nowhere(key: string): CliFailure {
  return new CliFailure(
    'invalid_argument',
    `There is no place "${key}" to set: what holds it is no object, or the array is shorter.`,
    {
      remedy: 'See the document with `show ID`.',
    },
  );
}
