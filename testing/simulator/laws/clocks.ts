/** Law 8: a document's clock only goes forward, and merging those of a run obeys its algebra. */
import { LIMITS, compareClocks, mergeClocks, type VectorClock } from '@json-database-sync/domain';
import type { MemoryDatabase } from '../memory-database.js';
import { asEvent } from '../memory-event-store.js';
import type { Broken } from './check-laws.js';
import { canonical } from './log.js';

export function checkClocks(database: MemoryDatabase, broken: Broken): void {
  for (const rows of database.tables.events.values()) {
    const latest = new Map<string, VectorClock>();
    for (const { documentId, vectorClock, version } of rows.map(asEvent)) {
      const before = latest.get(documentId);
      if (before && compareClocks(before, vectorClock) !== 'before') {
        broken(`law 8: the clock of ${documentId} does not go forward at version ${version}`);
      }
      if (Object.keys(vectorClock).length > LIMITS.vectorClockEntries) broken('law 8: a clock is past its limit');
      latest.set(documentId, vectorClock);
    }
    const [a = {}, b = {}, c = {}] = [...latest.values()];
    const same = (one: VectorClock, other: VectorClock) => canonical(one) === canonical(other);
    if (!same(mergeClocks(a, b), mergeClocks(b, a))) broken('law 8: merging is not commutative');
    if (!same(mergeClocks(a, a), a)) broken('law 8: merging is not idempotent');
    if (!same(mergeClocks(mergeClocks(a, b), c), mergeClocks(a, mergeClocks(b, c)))) {
      broken('law 8: merging is not associative');
    }
  }
}
