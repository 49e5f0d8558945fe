/** What a batch changes the digests of its streams by: each touched document is taken out as it was and put in as it is. */
import {
  EMPTY_DIGEST,
  combineDigests,
  documentDigest,
  type DocumentState,
  type StateDigest,
  type StreamId,
} from '@json-database-sync/domain';
import { toBigint } from '../event-store/digest-column.js';
import { sha256Hex } from '../sha256.js';
import type { BatchPlan, PlannedEvent } from './batch-plan.js';
import { cacheKey } from './document-cache.js';

/** A document is put in by one batch and taken out by the next one that changes it. */
const digests = new WeakMap<DocumentState, StateDigest>();

function digestOf(state: DocumentState): StateDigest {
  const digest = digests.get(state) ?? documentDigest(state, sha256Hex);
  digests.set(state, digest);
  return digest;
}

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
    const known = changes.get(streamId);
    const after = digestOf(last.state);
    const change = first.before ? combineDigests(digestOf(first.before), after) : after;
    changes.set(streamId, known === undefined ? change : combineDigests(known, change));
  }
  return [...streams.keys()].map((streamId) => toBigint(changes.get(streamId) ?? EMPTY_DIGEST));
}
