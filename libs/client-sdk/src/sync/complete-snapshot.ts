/** Puts a snapshot, fully received, in the place of what was confirmed: all of it in one transaction. */
import type { StreamId } from '@json-database-sync/domain';
import { timestamp, type Platform } from '../platform/platform.js';
import { changeKind, standingOf } from '../replica/change-kind.js';
import type { LocalStore } from '../store/local-store.js';
import { contradictsSnapshot } from './another-log.js';
import { renewedView } from './renew-view.js';

export interface StagedSnapshot {
  readonly streamId: StreamId;
  /** The one sequence that all of it shows. */
  readonly sequence: number;
  /** Where the cursor stood when it was asked for. */
  readonly startedAtCursor: number | null;
  /** The local log may tell another story than the server's: it goes. */
  readonly distrustLog: boolean;
}

/**
 * @returns false, and nothing is stored, where another process has moved the cursor meanwhile: it has done the same
 * or better already
 */
export function completeSnapshot(store: LocalStore, platform: Platform, snapshot: StagedSnapshot): boolean {
  const { streamId, sequence } = snapshot;
  return store.transaction(() => {
    const { cursor } = store.position(streamId);
    if (cursor !== snapshot.startedAtCursor) return false;
    const wentBack = cursor !== null && cursor > sequence;
    const pendingIds = store.outbox.documentIds(streamId);
    const before = new Map(pendingIds.map((id) => [id, store.documents.standing(id)]));
    store.snapshots.swapIn(streamId);
    if (snapshot.distrustLog || wentBack || contradictsSnapshot(store, streamId, cursor ?? 0)) {
      store.events.removeAfter(streamId, -1);
      store.outbox.startOver(streamId);
    } else {
      store.outbox.removeAnswered(streamId, sequence);
    }
    for (const id of pendingIds) {
      const confirmed = store.documents.confirmed(id);
      const view = renewedView(store, id, confirmed);
      const kind = changeKind(before.get(id) ?? 'absent', standingOf(view ?? confirmed));
      store.documents.putView(id, streamId, view, { kind, origin: 'remote' });
    }
    store.setPosition(streamId, sequence, timestamp(platform));
    return true;
  });
}
