/** What a puller works with, and what it leaves to the next one. */
import type { StreamId } from '@json-database-sync/domain';
import type { Platform } from '../platform/platform.js';
import type { LocalStore } from '../store/local-store.js';
import type { EngineListener } from './engine-events.js';
import type { RepairGuard } from './repair-guard.js';
import type { Session } from './session.js';
import type { SnapshotRun } from './snapshot-run.js';

/** What outlives one connection. */
export interface PullMemory {
  snapshot: SnapshotRun | null;
}

export interface PullerContext {
  readonly store: LocalStore;
  readonly platform: Platform;
  readonly listener: EngineListener;
  readonly session: Session;
  readonly streamId: StreamId;
  readonly repairs: RepairGuard;
  readonly memory: PullMemory;
  /** The cursor has moved or the puller has become live. */
  readonly progressed: () => void;
}
