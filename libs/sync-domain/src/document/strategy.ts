/**
 * How a stream settles changes that overlap.
 *
 * - `server_wins`: what was committed first stands; what overlaps it goes to the ledger.
 * - `client_wins`: what comes in stands; what it overrides is in the history.
 * - `manual`: on overlap nothing is committed; the whole change goes to the ledger, and a person decides.
 * - `resolver:<name>`: a function that is registered with the server under this name decides.
 *
 * The names are stored and sent as they stand here; never rename them.
 */
import { z } from 'zod';
import type { JsonValue } from '../json/json-value.js';

export const BUILT_IN_STRATEGIES = ['server_wins', 'client_wins', 'manual'] as const;
const RESOLVER_PREFIX = 'resolver:';

export const conflictStrategySchema = z.union([
  z.enum(BUILT_IN_STRATEGIES),
  z.templateLiteral([RESOLVER_PREFIX, z.string().regex(/[a-z0-9][a-z0-9_-]{0,59}/)]),
]);
export type ConflictStrategy = z.infer<typeof conflictStrategySchema>;

export const DEFAULT_STRATEGY: ConflictStrategy = 'server_wins';

/** The name under which the resolver of a strategy is registered; null for a strategy without one. */
export function resolverNameOf(strategy: ConflictStrategy): string | null {
  return strategy.startsWith(RESOLVER_PREFIX) ? strategy.slice(RESOLVER_PREFIX.length) : null;
}

/** What settles a change that is one unit with nothing to weigh: it waits for a person, or what stands stands. */
export function wholeLossBy(strategy: ConflictStrategy): ConflictStrategy {
  return strategy === 'manual' ? 'manual' : 'server_wins';
}

/** What of a document a resolver is told, and answers. */
export interface DocumentSide {
  readonly title: string;
  readonly content: JsonValue;
}

export interface ConflictSides {
  /** What the author saw when making the change. */
  readonly base: DocumentSide;
  /** What the document is now. */
  readonly current: DocumentSide;
  /** What the author made of the base. */
  readonly incoming: DocumentSide;
}

/** The title stays as it is where it is left out. */
export interface Resolution {
  readonly content: JsonValue;
  readonly title?: string | undefined;
}

/**
 * Decides an overlap: pure and synchronous, and it changes nothing that it is handed. null leaves the overlap to
 * `server_wins`, as does an answer that is no document.
 */
export type ResolveConflict = (sides: ConflictSides) => Resolution | null;
