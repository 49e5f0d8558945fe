/**
 * How the streams of a story settle what overlaps: every strategy, and a resolver that decides now so, now so, as its
 * sides have it.
 */
import {
  canonicalJson,
  isJsonObject,
  type ConflictSides,
  type ConflictStrategy,
  type DecisionContext,
  type JsonValue,
  type Resolution,
} from '@json-database-sync/domain';
import { sha256Hex } from '../../apps/server/src/sha256.js';

export const STRATEGIES: readonly [ConflictStrategy, ...ConflictStrategy[]] = [
  'server_wins',
  'server_wins',
  'client_wins',
  'manual',
  'resolver:mixed',
];

export function settlingOf(strategy: ConflictStrategy): Pick<DecisionContext, 'strategy' | 'resolver'> {
  return strategy === 'resolver:mixed' ? { strategy, resolver: resolveMixed } : { strategy };
}

/** Every value of its answer is one of the two sides': a value that both sides lack would be nobody's. */
function resolveMixed({ current, incoming }: ConflictSides): Resolution | null {
  const roll = Number.parseInt(sha256Hex(canonicalJson([current.content, incoming.content])).slice(0, 4), 16) % 6;
  switch (roll) {
    case 0:
      return null;
    case 1:
      return current;
    case 2:
      return incoming;
    default:
      return { title: incoming.title, content: united(current.content, incoming.content) };
  }
}

function united(current: JsonValue, incoming: JsonValue): JsonValue {
  if (!isJsonObject(current) || !isJsonObject(incoming)) return incoming;
  const list = [...new Set([...itemsOf(current['list']), ...itemsOf(incoming['list'])])];
  return { ...current, ...incoming, list, map: { ...membersOf(current['map']), ...membersOf(incoming['map']) } };
}

const itemsOf = (value: JsonValue | undefined): readonly JsonValue[] =>
  Array.isArray(value) ? (value as readonly JsonValue[]) : [];

const membersOf = (value: JsonValue | undefined): Readonly<Record<string, JsonValue>> =>
  value !== undefined && isJsonObject(value) ? value : {};
