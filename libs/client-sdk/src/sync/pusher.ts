/**
 * Sends the outbox, in order, one `mutate` frame at a time.
 *
 * Invariants:
 * - at most one frame is unanswered, so that changes reach the server in the order in which they were made;
 * - a change is sent with the same mutation id for as long as it has no answer: sending it twice has one effect;
 * - an undo of a change that was pending when it was made waits until that has its version, and names it;
 * - no change blocks the outbox for good: a frame that the server cannot take is cut in half until the one change that
 *   it chokes on stands alone and is turned down, into the local ledger;
 * - changes of another process on the same file are left to it for a while, and so is whatever builds on them.
 */
import {
  LIMITS,
  isErrorCode,
  type DocumentId,
  type MutationResult,
  type StreamId,
  type WireError,
} from '@json-database-sync/domain';
import type { CancelTimer, Platform } from '../platform/platform.js';
import { toWireMutation, type PendingMutation } from '../replica/pending.js';
import { NOBODY, type LocalStore } from '../store/local-store.js';
import { Backoff } from './backoff.js';
import type { EngineListener } from './engine-events.js';
import { fromWireError, isAnswer, unexpectedAnswer, type Answer, type Session } from './session.js';
import { mayRetry, settleResults } from './settle-results.js';
import { SYNC_LIMITS } from './sync-limits.js';
import { readyToSend } from './undo-target.js';

export interface PusherContext {
  readonly store: LocalStore;
  readonly platform: Platform;
  readonly listener: EngineListener;
  readonly session: Session;
  readonly streamId: StreamId;
  /** This process's mark on the outbox rows that it writes. */
  readonly owner: string;
  /** false until it is known that the server's log is the one that the changes were made on. */
  readonly ready: () => boolean;
  /** After every answer: the outbox may be empty now. */
  readonly progressed: () => void;
}

export class Pusher {
  private inFlight = false;
  private cancelPause: CancelTimer | null = null;
  private cancelWait: CancelTimer | null = null;
  private maxMutations: number = LIMITS.mutationsPerFrame;
  private pushed = 0;
  private readonly backoff: Backoff;

  constructor(private readonly context: PusherContext) {
    this.backoff = new Backoff({ initialMs: SYNC_LIMITS.retryInitialMs, maxMs: SYNC_LIMITS.retryMaxMs }, () =>
      context.platform.random(),
    );
  }

  /** There may be something to send. */
  poke(): void {
    if (this.inFlight || this.cancelPause || !this.context.session.isOpen || !this.context.ready()) return;
    const { batch, unsendable } = this.nextBatch();
    if (unsendable.length > 0) {
      this.settle(unsendable);
      // Which comes back here for the rest.
      this.context.progressed();
      return;
    }
    if (batch.length === 0) {
      this.pushed = 0;
      return;
    }
    this.inFlight = true;
    this.cancelWait?.();
    if (this.pushed === 0) this.report(0);
    const mutations = batch.map(toWireMutation);
    this.context.session.request(
      { type: 'mutate', mutations },
      {
        answered: (frame) => this.answered(batch, frame),
        refused: (error) => this.refused(batch, error),
      },
    );
  }

  /** What to send, and what comes of the changes that there is no use in sending. */
  private nextBatch(): { batch: PendingMutation[]; unsendable: MutationResult[] } {
    const { store, streamId, owner, platform } = this.context;
    const batch: PendingMutation[] = [];
    const unsendable: MutationResult[] = [];
    const leftAlone = new Set<DocumentId>();
    let waitMs = Infinity;
    let characters = 0;
    let position = 0;
    for (;;) {
      const page = store.outbox.toSend(streamId, position, LIMITS.mutationsPerFrame);
      for (const mutation of page) {
        position = mutation.position;
        const free = mutation.owner === owner || mutation.owner === NOBODY;
        const youngFor = free ? 0 : remainingYouth(mutation, platform.now());
        if (youngFor > 0 || leftAlone.has(mutation.documentId)) {
          leftAlone.add(mutation.documentId);
          if (youngFor > 0) waitMs = Math.min(waitMs, youngFor);
          continue;
        }
        const ready = readyToSend(store, mutation);
        if (typeof ready === 'string') {
          if (ready === 'waits') leftAlone.add(mutation.documentId);
          else unsendable.push(ready === 'moot' ? cameToNothing(mutation) : rejection(mutation, UNTOLD));
          continue;
        }
        characters += JSON.stringify(mutation.change).length;
        if (batch.length > 0 && characters > SYNC_LIMITS.pushCharacters) return { batch, unsendable };
        batch.push(ready);
        if (batch.length >= this.maxMutations) return { batch, unsendable };
      }
      if (page.length < LIMITS.mutationsPerFrame) break;
    }
    if (batch.length === 0 && waitMs < Infinity) this.lookAgainIn(waitMs);
    return { batch, unsendable };
  }

  private answered(batch: readonly PendingMutation[], frame: Answer): void {
    if (!isAnswer(frame, 'mutation_results')) throw unexpectedAnswer(frame, 'mutate');
    const answeredIds = new Set(frame.results.map((result) => result.mutation_id));
    const missing = batch.filter((mutation) => !answeredIds.has(mutation.mutationId));
    if (missing.length > 0) {
      // The server could not even read whose results these are.
      const unreadable = frame.results.find((result) => result.mutation_id === null)?.error ?? NO_RESULT;
      this.settle(frame.results);
      this.unanswerable(batch, missing, unreadable);
      return;
    }
    this.maxMutations = Math.min(LIMITS.mutationsPerFrame, this.maxMutations * 2);
    this.settle(frame.results);
    this.goOn(batch.length);
  }

  private refused(batch: readonly PendingMutation[], error: WireError): void {
    if (isErrorCode(error.code) && (error.code === 'unauthorized' || error.code === 'invalid_auth')) {
      this.context.session.end({ reason: error.message, error: fromWireError(error), refused: 'token' });
    } else if (mayRetry(error)) {
      this.inFlight = false;
      this.pause(error);
    } else {
      this.unanswerable(batch, batch, error);
    }
  }

  /** Cut the frame in half; what stands alone is turned down. */
  private unanswerable(batch: readonly PendingMutation[], missing: readonly PendingMutation[], error: WireError): void {
    this.inFlight = false;
    const [alone] = missing;
    if (batch.length > 1 || !alone) {
      this.maxMutations = Math.max(1, Math.floor(batch.length / 2));
      this.poke();
      return;
    }
    this.settle([rejection(alone, { ...error, retryable: false })]);
    this.goOn(1);
  }

  private settle(results: readonly MutationResult[]): void {
    const { store, platform, streamId, listener } = this.context;
    const { conflicts, retry } = settleResults(store, platform, streamId, results);
    listener.committed();
    for (const conflict of conflicts) {
      if (conflict.error) listener.error(fromWireError({ ...conflict.error, retryable: false }));
      listener.conflict(conflict);
    }
    const [busy] = retry;
    if (busy) this.pause(busy);
    else this.backoff.reset();
  }

  private goOn(count: number): void {
    this.inFlight = false;
    this.pushed += count;
    this.report(this.pushed);
    this.context.progressed();
    this.poke();
  }

  private pause(error: WireError): void {
    this.cancelPause?.();
    // No sooner than the server asks for, and not all clients at that moment.
    const waitMs = askedWaitMs(error) + this.backoff.next();
    this.context.listener.log({ level: 'info', message: 'push paused', fields: { code: error.code, wait_ms: waitMs } });
    this.cancelPause = this.context.session.after(waitMs, () => {
      this.cancelPause = null;
      this.poke();
    });
  }

  private lookAgainIn(delayMs: number): void {
    this.cancelWait?.();
    this.cancelWait = this.context.session.after(delayMs, () => this.poke());
  }

  private report(done: number): void {
    const total = done + this.context.store.outbox.size();
    this.context.listener.sync({ phase: 'pushing', received: done, total });
  }
}

/** How long another process's change is still its own; a clock that was set back makes it nobody's. */
function remainingYouth(mutation: PendingMutation, now: number): number {
  const age = now - Date.parse(mutation.createdAt);
  return age < 0 ? 0 : Math.max(0, SYNC_LIMITS.foreignOutboxMs - age);
}

/** How long the server asks us to wait, by its `retry_after_ms`; 0 where it does not say, or not a number that makes sense. */
function askedWaitMs({ details }: WireError): number {
  const asked = details?.['retry_after_ms'];
  return typeof asked === 'number' && asked > 0 ? Math.min(asked, SYNC_LIMITS.askedWaitMaxMs) : 0;
}

const UNTOLD: WireError = {
  code: 'history_too_long',
  message: 'what it was to take back cannot be told any more: its history is not in this database',
  retryable: false,
};

const NO_RESULT: WireError = {
  code: 'server_error',
  message: 'the server gave no result for the change',
  retryable: false,
};

/** The answer to a change that need not be sent: there is nothing to do for it. */
function cameToNothing({ mutationId, documentId }: PendingMutation): MutationResult {
  return { mutation_id: mutationId, status: 'applied', document_id: documentId, version: null, sequence: null };
}

function rejection(mutation: PendingMutation, error: WireError): MutationResult {
  // A code that asks for another try would keep the change in the outbox for good.
  const code = isErrorCode(error.code) && !mayRetry(error) ? error.code : 'invalid_message';
  return {
    mutation_id: mutation.mutationId,
    status: 'rejected',
    document_id: mutation.documentId,
    version: null,
    sequence: null,
    error: { ...error, code },
  };
}
