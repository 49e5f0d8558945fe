/** What a batch needs of the world around it. */
import type { Logger } from '@nestjs/common';
import type { ConflictId, DocumentState, Sha256Hex, StreamId } from '@json-database-sync/domain';
import type { ConflictKey } from '../conflicts/brought-back.js';
import type { Settling } from '../conflicts/stream-strategies.js';
import type { EventStore } from '../event-store/event-store.js';
import type { ActivityLog } from '../monitoring/activity-log.js';
import type { CommitInput } from './commit-rows.js';
import type { DocumentCache } from './document-cache.js';
import type { CommittedEvent } from './submission.js';

export interface LaneEnvironment {
  readonly store: EventStore;
  readonly cache: DocumentCache;
  readonly activity: ActivityLog;
  readonly logger: Logger;
  readonly sha256Hex: Sha256Hex;
  /** RFC 3339 UTC with milliseconds. */
  readonly now: () => string;
  /** How the streams settle what overlaps. */
  readonly settlings: (streamIds: Iterable<StreamId>) => Promise<ReadonlyMap<StreamId, Settling>>;
  /** The document as it was at an earlier version; undefined where that cannot be told. */
  readonly formerVersion: (current: DocumentState, version: number) => Promise<DocumentState | undefined>;
  /** Which losses have been brought back, by `conflictKey`. */
  readonly broughtBack: (keys: readonly ConflictKey[]) => Promise<ReadonlySet<string>>;
  readonly newConflictId: () => ConflictId;
  /** Runs the commit statement; gives each stream's last sequence before the batch. */
  readonly write: (input: CommitInput) => Promise<Map<StreamId, number>>;
  /** Events in sequence order, and documents that a change was lost against. */
  readonly publish: (events: readonly CommittedEvent[], unmoved: readonly DocumentState[]) => void;
  /** A stream has come at least this far, though nothing may have been published for it here. */
  readonly noticeHead: (streamId: StreamId, sequence: number) => void;
  readonly stopping: () => boolean;
  readonly pause: (delayMs: number) => Promise<void>;
}
