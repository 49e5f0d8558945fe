/**
 * Makes SQL of a condition. Every path and value is a parameter.
 *
 * What stands at a path is taken as JSON text, or SQL's NULL where nothing does. Contents are written by
 * `JSON.stringify`, which gives a scalar one text only: two scalars are equal where their texts are, and no number
 * passes through another system's arithmetic. Only an order (`gt` ...) reads the value itself.
 */
import { arrayIndex, type JsonScalar } from '@json-database-sync/domain';
import type { Condition, PathCondition, Test } from '../query/condition.js';

export interface SqlCondition {
  /** A boolean expression, never NULL. */
  readonly sql: string;
  readonly parameters: readonly (string | number)[];
}

/** @param content the SQL expression of the content's JSON text; it holds no parameter */
export function sqlCondition(content: string, condition: Condition): SqlCondition {
  const parameters: (string | number)[] = [];
  const parts = condition.map((path) => sqlOfPath(content, path, parameters));
  return { sql: parts.length === 0 ? 'TRUE' : parts.join(' AND '), parameters };
}

type Parameters = (string | number)[];

function sqlOfPath(content: string, { tokens, tests }: PathCondition, parameters: Parameters): string {
  // Parameters are numbered by their place in the text: the tests stand before the value that they look at.
  const checks = tests.map((test) => sqlOfTest(test, parameters)).join(' AND ');
  return `(SELECT ${checks} FROM (${valueAt(content, tokens, parameters)}))`;
}

/** A row with `v`: what stands at the path. A digit names a key of an object and an item of an array alike. */
function valueAt(content: string, tokens: readonly string[], parameters: Parameters): string {
  let sql = `SELECT ${content} AS v`;
  const paths: string[] = [];
  let keys = '';
  const flush = (): void => {
    if (keys === '') return;
    sql = `SELECT v -> ? AS v FROM (${sql})`;
    paths.unshift(`$${keys}`);
    keys = '';
  };
  for (const token of tokens) {
    const label = `.${JSON.stringify(token)}`;
    const index = arrayIndex(token);
    if (index < 0 || index > MAX_INDEX) {
      keys += label;
      continue;
    }
    flush();
    sql = `SELECT coalesce(v -> ?, v -> ?) AS v FROM (${sql} ${APART})`;
    paths.unshift(`$[${index}]`, `$${label}`);
  }
  flush();
  parameters.push(...paths);
  return sql;
}

/** Keeps SQLite from writing the inner query into the outer one, twice at each index: 2^n for n of them. */
const APART = 'LIMIT 1 OFFSET 0';

/** SQLite reads an index as 32 bits; no document has an array that long. */
const MAX_INDEX = 2 ** 31 - 1;

function sqlOfTest(test: Test, parameters: Parameters): string {
  switch (test.operator) {
    case 'eq':
      parameters.push(textOf(test.value));
      return 'v IS ?';
    case 'ne':
      parameters.push(textOf(test.value));
      return 'v IS NOT ?';
    case 'in':
      parameters.push(JSON.stringify(test.values.map(textOf)));
      return 'coalesce(v IN (SELECT value FROM json_each(?)), FALSE)';
    case 'exists':
      return test.wanted ? 'v IS NOT NULL' : 'v IS NULL';
    case 'contains':
      return containsMember(test.value, parameters);
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
      parameters.push(test.value);
      return `(CASE WHEN json_type(v) ${typesOf(test.value)} THEN v ->> '$' ${COMPARISONS[test.operator]} ? ELSE FALSE END)`;
  }
}

const COMPARISONS = { gt: '>', gte: '>=', lt: '<', lte: '<=' } as const;

function typesOf(value: number | string): string {
  return typeof value === 'number' ? "IN ('integer', 'real')" : "= 'text'";
}

function containsMember(value: JsonScalar, parameters: Parameters): string {
  const members = "json_each(CASE WHEN json_type(v) = 'array' THEN v ELSE '[]' END)";
  if (typeof value === 'number' || typeof value === 'string') {
    parameters.push(value);
    return `EXISTS (SELECT 1 FROM ${members} WHERE type ${typesOf(value)} AND atom = ?)`;
  }
  // The type is the value.
  parameters.push(textOf(value));
  return `EXISTS (SELECT 1 FROM ${members} WHERE type = ?)`;
}

function textOf(value: JsonScalar): string {
  return JSON.stringify(value);
}
