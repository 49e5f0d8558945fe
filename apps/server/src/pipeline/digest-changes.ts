/** What a batch changes the digests of its streams by: each touched document is taken out as it was and put in as it is. */
import {
  DigestSum,
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
  const known = digests.get(state);
  if (known !== undefined) return known;
  const digest = documentDigest(state, sha256Hex);
  digests.set(state, digest);
  return digest;
}

/** In the order of the plan's streams, for the commit statement. */
export function digestChanges({ events, streams }: Pick<BatchPlan, 'events' | 'streams'>): bigint[] {
  const ends = new Map<string, { first: PlannedEvent; last: PlannedEvent }>();
  for (const planned of events) {
    const key = cacheKey(planned.event);
    const known = ends.get(key);
    if (known) known.last = planned;
    else ends.set(key, { first: planned, last: planned });
  }
  const changes = new Map<StreamId, DigestSum>([...streams.keys()].map((id) => [id, new DigestSum()]));
  for (const { first, last } of ends.values()) {
    const change = changes.get(last.event.streamId);
    if (first.before) change?.add(digestOf(first.before));
    change?.add(digestOf(last.state));
  }
  return [...changes.values()].map((change) => toBigint(change.digest()));
}
