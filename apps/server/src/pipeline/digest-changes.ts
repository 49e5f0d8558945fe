/** What a batch changes the digests of its streams by: each touched document is taken out as it was and put in as it is. */
import {
  EMPTY_DIGEST,
  combineDigests,
  documentDigest,
  type StateDigest,
  type StreamId,
} from '@json-database-sync/domain';
import { toBigint } from '../event-store/digest-column.js';
import { sha256Hex } from '../sha256.js';
import type { BatchPlan, PlannedEvent } from './batch-plan.js';
import { cacheKey } from './document-cache.js';

/** In the order of the plan's streams, for the commit statement. */
export function digestChanges({ events, streams }: Pick<BatchPlan, 'events' | 'streams'>): string[] {
  const ends = new Map<string, { first: PlannedEvent; last: PlannedEvent }>();
  for (const planned of events) {
    const known = ends.get(cacheKey(planned.event));
    ends.set(cacheKey(planned.event), { first: known?.first ?? planned, last: planned });
  }
  const changes = new Map<StreamId, StateDigest>();
  for (const { first, last } of ends.values()) {
    const { streamId } = last.event;
    const change = combineDigests(
      documentDigest(first.before ?? undefined, sha256Hex),
      documentDigest(last.state, sha256Hex),
    );
    changes.set(streamId, combineDigests(changes.get(streamId) ?? EMPTY_DIGEST, change));
  }
  return [...streams.keys()].map((streamId) => toBigint(changes.get(streamId) ?? EMPTY_DIGEST));
}
