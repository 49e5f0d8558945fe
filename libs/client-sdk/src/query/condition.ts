/**
 * What a document's content has to look like for `find`, `search` and `live`: checked and in one form. The store makes
 * SQL of it (`sqlite-condition.ts`).
 *
 * Values are equal as JSON is: a number is never equal to a text, and null is a value while an absent path has none.
 */
import {
  LIMITS,
  SyncError,
  checkJsonValue,
  formatPointer,
  parsePointer,
  type JsonScalar,
} from '@json-database-sync/domain';

/** All that are named have to hold. Where the path is absent only `ne`, `in` (never) and `exists: false` can say so. */
export interface PathPredicate {
  readonly eq?: JsonScalar;
  /** Not equal, or not there at all. */
  readonly ne?: JsonScalar;
  /** Numbers compare with numbers, texts with texts (by code point); any other pair does not match. */
  readonly gt?: number | string;
  readonly gte?: number | string;
  readonly lt?: number | string;
  readonly lte?: number | string;
  readonly in?: readonly JsonScalar[];
  /** An array that has this member. */
  readonly contains?: JsonScalar;
  /** Whether there is anything at the path; null is something. */
  readonly exists?: boolean;
}

/**
 * By JSON pointer (`/status`, `/a~1b/0`) or dotted path (`status`, `owner.name`): the value wanted there, or what is to
 * be true of it. All paths have to match.
 */
export type Where = Readonly<Record<string, JsonScalar | PathPredicate>>;

export type Test =
  | { readonly operator: 'eq' | 'ne' | 'contains'; readonly value: JsonScalar }
  | { readonly operator: 'gt' | 'gte' | 'lt' | 'lte'; readonly value: number | string }
  | { readonly operator: 'in'; readonly values: readonly JsonScalar[] }
  | { readonly operator: 'exists'; readonly wanted: boolean };

export interface PathCondition {
  readonly tokens: readonly string[];
  readonly tests: readonly Test[];
}

/** Holds where every path does; an empty one always. */
export type Condition = readonly PathCondition[];

const MAX_PATHS = 50;
const MAX_TOKENS = 64;
const MAX_VALUES = 10_000;

/** @throws SyncError `invalid_argument` for what is no condition, `unsafe_number` for a number that no document holds */
export function checkedWhere(where: unknown): Condition {
  if (where === undefined) return [];
  if (typeof where !== 'object' || where === null || Array.isArray(where)) {
    throw new SyncError('invalid_argument', 'where is an object: paths, and what is wanted there');
  }
  const entries = Object.entries(where);
  if (entries.length > MAX_PATHS) throw new SyncError('invalid_argument', `where names more than ${MAX_PATHS} paths`);
  return entries.map(([path, wanted]) => ({ tokens: tokensOf(path), tests: testsOf(path, wanted) }));
}

function tokensOf(path: string): readonly string[] {
  const pointer = path === '' || path.startsWith('/') ? path : formatPointer(path.split('.'));
  let tokens: readonly string[];
  try {
    tokens = parsePointer(pointer);
  } catch (cause) {
    throw new SyncError('invalid_argument', `"${path}" is neither a JSON pointer nor a dotted path`, { cause });
  }
  if (tokens.length > MAX_TOKENS) throw new SyncError('invalid_argument', `a path has more than ${MAX_TOKENS} parts`);
  return tokens;
}

function testsOf(path: string, wanted: unknown): readonly Test[] {
  if (typeof wanted !== 'object' || wanted === null) return [{ operator: 'eq', value: scalarAt(path, wanted) }];
  const entries = Object.entries(wanted).filter(([, value]) => value !== undefined);
  if (Array.isArray(wanted) || entries.length === 0) {
    throw new SyncError(
      'invalid_argument',
      `what is wanted at ${path} has to be a text, a number, a boolean, null, or one of ${OPERATORS} with its value`,
    );
  }
  return entries.map(([operator, value]) => testOf(path, operator, value));
}

const OPERATORS = 'eq, ne, gt, gte, lt, lte, in, contains and exists';

function testOf(path: string, operator: string, value: unknown): Test {
  switch (operator) {
    case 'eq':
    case 'ne':
    case 'contains':
      return { operator, value: scalarAt(path, value) };
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte': {
      const bound = scalarAt(path, value);
      if (typeof bound === 'number' || typeof bound === 'string') return { operator, value: bound };
      throw new SyncError('invalid_argument', `${operator} at ${path} wants a number or a text`);
    }
    case 'in': {
      if (!Array.isArray(value)) throw new SyncError('invalid_argument', `in at ${path} wants an array`);
      if (value.length > MAX_VALUES) {
        throw new SyncError('invalid_argument', `in at ${path} has more than ${MAX_VALUES} values`);
      }
      return { operator, values: value.map((each) => scalarAt(path, each)) };
    }
    case 'exists':
      if (typeof value === 'boolean') return { operator, wanted: value };
      throw new SyncError('invalid_argument', `exists at ${path} wants true or false`);
    default:
      throw new SyncError('invalid_argument', `"${operator}" at ${path} is none of ${OPERATORS}`);
  }
}

function scalarAt(path: string, value: unknown): JsonScalar {
  const checked = checkJsonValue(value, { maxDepth: 1, maxCharacters: LIMITS.documentCharacters });
  if (!checked.ok) {
    const code = checked.code === 'unsafe_number' ? checked.code : 'invalid_argument';
    throw new SyncError(code, `the value wanted at ${path}: ${checked.reason}`);
  }
  if (typeof checked.value !== 'object' || checked.value === null) return checked.value;
  throw new SyncError('invalid_argument', `the value wanted at ${path} has to be a text, a number, a boolean or null`);
}
