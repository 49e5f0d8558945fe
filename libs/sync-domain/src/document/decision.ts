/** What `decide` answers, and what it is told of the world. */
import type { SyncError } from '../errors/sync-error.js';
import type { ClientId, MutationId, UserId } from '../ids.js';
import type { JsonPatchOperation } from '../patch/json-patch.types.js';
import type { DocumentEvent, Sequenced } from './change-event.js';
import type { DocumentState } from './document.js';
import type { Sha256Hex } from './revision.js';
import type { ConflictStrategy, ResolveConflict } from './strategy.js';

export interface DecisionContext {
  /** The time of the commit, RFC 3339 UTC. */
  readonly now: string;
  readonly userId: UserId;
  readonly clientId: ClientId;
  readonly mutationId: MutationId;
  readonly strategy: ConflictStrategy;
  /** The strategy's resolver, where it has one and this side knows it. */
  readonly resolver?: ResolveConflict | undefined;
  readonly sha256Hex: Sha256Hex;
  /**
   * The document's events after the version that `historyNeeded` asked for, oldest first; null where the log does
   * not reach back that far (the change is then one unit that conflicts as a whole). For an undo or a redo, fewer of
   * the newest events do where what is to be taken back is among them.
   */
  readonly since: readonly DocumentEvent[] | null;
  /** Any version of the document, for a revert that goes further back than `since`; undefined where it is not known. */
  readonly versions?: (version: number) => DocumentState | undefined;
  /**
   * The operations of the author's own earlier changes that lost a conflict after the base of this one. What was made
   * on top of them does not mean what it says any more where their paths meet: an index that a lost insertion would
   * have shifted names another item.
   */
  readonly lost: readonly JsonPatchOperation[];
}

export interface DroppedOperation {
  /** Its place in the patch; null for the title or for a change that has no patch. */
  readonly index: number | null;
  readonly operation: JsonPatchOperation | null;
}

/** The part of a change that lost, kept whole for its author. */
export interface Conflict {
  readonly baseVersion: number;
  /** The version that it lost against. */
  readonly serverVersion: number;
  /** How it was settled: the stream's strategy, or `server_wins` where that one could not. */
  readonly strategy: ConflictStrategy;
  readonly reason: string;
  readonly dropped: readonly DroppedOperation[];
  /** A new title that lost. */
  readonly droppedTitle: string | null;
}

/** Something is to be stored: an event, a conflict for the ledger, or both. */
export interface Accepted {
  readonly outcome: 'accepted';
  readonly status: 'applied' | 'merged' | 'conflicted';
  /** null where nothing of the change was left to apply. */
  readonly event: DocumentEvent | null;
  /** The document after it. */
  readonly state: DocumentState;
  readonly conflict: Conflict | null;
}

/** It is so already: nothing is stored, and the author is told that it worked. */
export interface Unchanged {
  readonly outcome: 'unchanged';
  readonly state: DocumentState;
}

export interface Rejected {
  readonly outcome: 'rejected';
  readonly error: SyncError;
}

export type Decision = Accepted | Unchanged | Rejected;

export type CommittedEvent = Sequenced;
