/** Small answers and steps that several decisions share. */
import { SyncError } from '../errors/sync-error.js';
import { LIMITS } from '../limits.js';
import type { Rejected } from './decision.js';
import { advanceClock, compareClocks, mergeClocks, type VectorClock } from './vector-clock.js';

export function rejected(...args: ConstructorParameters<typeof SyncError>): Rejected {
  return { outcome: 'rejected', error: new SyncError(...args) };
}

export function tooLarge(characters: number): Rejected {
  return rejected(
    'invalid_document',
    `the content is ${characters} characters long; the limit is ${LIMITS.documentCharacters}`,
  );
}

export function tooDeep(): Rejected {
  return rejected('invalid_document', `the content would be nested deeper than ${LIMITS.documentDepth} levels`);
}

/** The clock after a change by this client, which may have advanced it already. */
export function nextClock(current: VectorClock, incoming: VectorClock | undefined, clientId: string): VectorClock {
  if (!incoming) return advanceClock(current, clientId);
  const merged = mergeClocks(current, incoming);
  return compareClocks(merged, current) === 'after' ? merged : advanceClock(merged, clientId);
}
