/**
 * Brings the stream down: pulls from the cursor to the head, then lives on the frames that the server sends by itself.
 *
 *      start ──> pulling <──gap── live
 *                 │  ^  └─────────> ^       cursor = head, and the server has confirmed that cursor
 *   cursor_too_old│  └──┐
 *   no cursor yet ├──> snapshot ──> pulling
 *   divergence    ┘
 *
 * Invariants:
 * - one request at a time, the next page asked for before the one at hand is taken in; every answer moves the cursor or
 *   counts against a bound, so that it never spins;
 * - a live frame that does not follow on the cursor is dropped and only the head that it names is remembered;
 * - a server restored from a backup is noticed, however its log has grown since: the event at the cursor has to be ours;
 * - while a snapshot is under way live frames are dropped: the pull after it brings what they said.
 */
import { LIMITS, SyncError, type ChangeEvent, type StreamingDownOf, type WireError } from '@json-database-sync/domain';
import { Acknowledgements } from './acknowledgements.js';
import { askForVersion, endsBefore, isAnotherLog } from './another-log.js';
import { Backoff } from './backoff.js';
import { completeSnapshot } from './complete-snapshot.js';
import { Diverged, foldChanges, lastInRow, type Folded } from './fold-changes.js';
import { fromWireError, isAnswer, unexpectedAnswer, type Answer } from './session.js';
import type { PullerContext } from './puller-context.js';
import { mayRetry } from './settle-results.js';
import { SnapshotRun } from './snapshot-run.js';
import { SYNC_LIMITS } from './sync-limits.js';

export class Puller {
  /** A request is unanswered. */
  private busy = false;
  /** Waiting before the next request. */
  private paused = false;
  /** Whether the server has served our cursor on this connection: only then is it known to belong to its log. */
  private verified = false;
  /** The cursor has been refused once: perhaps it was only the event before it that is gone, or a moment's confusion. */
  private refusedOnce = false;
  /** Someone wants to know whether there is news that has not been sent to us yet. */
  private inquiring = false;
  private live = false;
  private fruitless = 0;
  private receivedInRow = 0;
  private readonly backoff: Backoff;
  private readonly acknowledgements: Acknowledgements;

  constructor(
    private readonly context: PullerContext,
    /** The last sequence that the server is known to have. */
    private head: number,
  ) {
    this.backoff = new Backoff({ initialMs: SYNC_LIMITS.retryInitialMs, maxMs: SYNC_LIMITS.retryMaxMs }, () =>
      context.platform.random(),
    );
    this.acknowledgements = new Acknowledgements(context);
    this.lookAgain();
  }

  get isLive(): boolean {
    return this.live;
  }

  /**
   * Whether changes made here can be sent: the server's log is, as far as can be seen, the one that we know, and a
   * first page of what was missed is in. A change that is sent again then mostly finds its own event here.
   */
  get isTrusted(): boolean {
    return this.verified && !this.context.memory.snapshot?.distrustLog;
  }

  get knownHead(): number {
    return this.head;
  }

  /** Works out what to do next; harmless at any time. */
  poke(): void {
    if (this.busy || this.paused || !this.context.session.isOpen) return;
    const cursor = this.cursor();
    if (cursor === null || this.context.memory.snapshot) {
      this.requestSnapshot();
    } else if (!this.verified || this.inquiring || cursor < this.head) {
      this.setLive(false);
      if (this.receivedInRow === 0 && cursor < this.head) this.reportPull(cursor);
      this.requestChanges(cursor);
    } else {
      this.setLive(true);
    }
  }

  /** Not live until the server has been asked, from now on, whether there is more. */
  inquire(): void {
    this.inquiring = true;
    this.setLive(false);
    this.poke();
  }

  /** The server has been heard to have come this far. */
  learn(sequence: number): void {
    if (sequence <= this.head) return;
    this.head = sequence;
    this.poke();
  }

  /** Takes a snapshot, at once or (where it was done a moment ago) after a while. */
  startAnew(why: SyncError): void {
    const waitMs = this.context.repairs.nextDelayMs();
    this.setLive(false);
    this.context.listener.error(why);
    this.waitThen(waitMs, () => this.startSnapshot(true));
  }

  /** Now and then, without being asked: news that was lost on its way to us costs a delay, never a change. */
  private lookAgain(): void {
    this.context.session.after(SYNC_LIMITS.lookAgainMs, () => {
      const cursor = this.cursor();
      if (this.live && !this.busy && cursor !== null) this.requestChanges(cursor);
      this.lookAgain();
    });
  }

  /** A `changes` frame that the server sent by itself. */
  receive(frame: StreamingDownOf<'changes'>): void {
    if (frame.stream_id !== this.context.streamId) return;
    this.learnHead(frame);
    if (this.isSettingAside()) return;
    const folded = this.fold(frame.events);
    if (folded === null) return;
    this.poke();
    this.context.progressed();
  }

  private requestChanges(cursor: number): void {
    const { streamId } = this.context;
    // The last event that we know the effect of is asked for once more, to see that the server tells the same story.
    const again = cursor > 0 && !this.refusedOnce;
    this.busy = true;
    this.inquiring = false;
    this.context.session.request(
      {
        type: 'get_changes_since',
        stream_id: streamId,
        last_sequence: again ? cursor - 1 : cursor,
        limit: LIMITS.changesPageMax,
      },
      {
        answered: (frame) => this.pulled(cursor, frame),
        refused: (error) => this.pullRefused(cursor, error),
      },
    );
  }

  private pulled(asked: number, frame: Answer): void {
    if (!isAnswer(frame, 'changes')) throw unexpectedAnswer(frame, 'get_changes_since');
    this.busy = false;
    this.backoff.reset();
    if (!this.isSettingAside() && isAnotherLog(this.context, asked, frame)) {
      this.startSnapshot(true);
      return;
    }
    this.learnHead(frame);
    if (this.isSettingAside()) {
      this.poke();
      return;
    }
    // Before this page is folded in: the server gets the next one ready meanwhile.
    const next = lastInRow(frame.events, this.cursor()) ?? this.head;
    if (next < this.head) this.requestChanges(next);
    const folded = this.fold(frame.events);
    if (folded === null) return;
    this.verified = true;
    this.refusedOnce = false;
    const cursor = this.cursor() ?? asked;
    this.receivedInRow += folded.applied;
    if (cursor === asked && cursor < this.head) this.countFruitless();
    else if (folded.applied > 0 || cursor >= this.head) this.fruitless = 0;
    if (folded.applied > 0 && cursor < this.head) this.reportPull(cursor);
    this.poke();
    this.context.progressed();
  }

  private countFruitless(): void {
    if (++this.fruitless < SYNC_LIMITS.fruitlessPulls) return;
    throw new SyncError('server_error', 'the server announces changes that it does not give');
  }

  private pullRefused(asked: number, error: WireError): void {
    this.busy = false;
    if (error.code !== 'cursor_too_old') {
      this.retryOrEnd(error);
    } else if (endsBefore(asked, error)) {
      // It has to be acted on now: once others have written, the same cursor lies within the new log.
      this.startSnapshot(true);
    } else if (this.refusedOnce) {
      this.refusedOnce = false;
      this.busy = true;
      askForVersion(this.context, asked, (isAnother) => {
        this.busy = false;
        this.startSnapshot(isAnother);
      });
    } else {
      this.refusedOnce = true;
      this.verified = false;
      this.poke();
    }
  }

  private retryOrEnd(error: WireError): void {
    if (mayRetry(error)) this.waitThen(this.backoff.next(), () => this.poke());
    else this.context.session.end({ reason: error.message, error: fromWireError(error) });
  }

  /** Nothing else is asked of the server meanwhile. */
  private waitThen(delayMs: number, run: () => void): void {
    this.paused = true;
    this.context.session.after(delayMs, () => {
      this.paused = false;
      run();
    });
  }

  /** What comes in now is not folded in: a snapshot, or the next pull, brings it. */
  private isSettingAside(): boolean {
    return this.paused || this.context.memory.snapshot !== null;
  }

  /** @returns null where it did not work out and something else is under way */
  private fold(events: readonly ChangeEvent[]): Folded | null {
    const { store, platform, streamId, listener } = this.context;
    try {
      const folded = foldChanges(store, platform, streamId, events);
      if (folded.applied > 0) listener.committed();
      return folded;
    } catch (error) {
      if (!(error instanceof Diverged)) throw error;
      this.repair(error);
      return null;
    }
  }

  private repair(diverged: Diverged): void {
    const what = `the local copy of a document differs from the server's: ${diverged.message}`;
    this.startAnew(
      new SyncError('version_mismatch', what, { cause: diverged, details: { document_id: diverged.documentId } }),
    );
  }

  private newSnapshot(distrustLog: boolean): SnapshotRun {
    return new SnapshotRun(this.context.store, this.context.streamId, this.cursor(), distrustLog);
  }

  private startSnapshot(distrustLog: boolean): void {
    this.setLive(false);
    this.context.memory.snapshot = this.newSnapshot(distrustLog);
    this.poke();
  }

  private requestSnapshot(): void {
    this.setLive(false);
    const run = (this.context.memory.snapshot ??= this.newSnapshot(false));
    this.reportSnapshot(run);
    this.requestPage(run, run.cursor);
  }

  private requestPage(run: SnapshotRun, page: string | undefined): void {
    const { session, streamId } = this.context;
    this.busy = true;
    session.request(
      { type: 'get_snapshot', stream_id: streamId, ...(page !== undefined && { cursor: page }) },
      {
        answered: (frame) => this.pageArrived(run, frame),
        refused: (error) => this.pageRefused(run, error),
      },
    );
  }

  private pageArrived(run: SnapshotRun, frame: Answer): void {
    if (!isAnswer(frame, 'snapshot')) throw unexpectedAnswer(frame, 'get_snapshot');
    this.busy = false;
    this.backoff.reset();
    if (run !== this.context.memory.snapshot) {
      // Another one has been begun since this page was asked for.
      this.poke();
      return;
    }
    const outcome = run.judge(frame);
    // Before this page is stored: the server gets the next one ready meanwhile.
    if (outcome === 'more') this.requestPage(run, frame.cursor ?? undefined);
    if (outcome === 'broken') {
      this.context.memory.snapshot = null;
      this.countFruitless();
    } else {
      run.add(frame);
    }
    if (outcome === 'more') this.reportSnapshot(run);
    if (outcome === 'complete') this.finishSnapshot(run, frame.sequence);
    this.poke();
    this.context.progressed();
  }

  private finishSnapshot(run: SnapshotRun, sequence: number): void {
    const { store, platform, listener, memory } = this.context;
    const swapped = completeSnapshot(store, platform, run.staged());
    memory.snapshot = null;
    store.snapshots.clear();
    this.fruitless = 0;
    this.verified = swapped;
    this.head = swapped ? Math.max(this.head, sequence) : this.head;
    this.reportSnapshot(run);
    if (swapped) listener.committed();
  }

  private pageRefused(run: SnapshotRun, error: WireError): void {
    this.busy = false;
    if (mayRetry(error)) {
      this.retryOrEnd(error);
    } else if (run.cursor !== undefined) {
      // The server no longer knows the snapshot that we were in the middle of.
      this.context.memory.snapshot = null;
      this.countFruitless();
      this.poke();
    } else {
      this.context.session.end({ reason: error.message, error: fromWireError(error) });
    }
  }

  private setLive(live: boolean): void {
    if (live === this.live) return;
    this.live = live;
    if (!live) return;
    this.receivedInRow = 0;
    this.context.progressed();
    this.acknowledgements.begin();
  }

  private learnHead(frame: StreamingDownOf<'changes'>): void {
    this.head = Math.max(this.head, frame.latest_sequence, frame.events.at(-1)?.sequence ?? 0);
  }

  private cursor(): number | null {
    return this.context.store.position(this.context.streamId).cursor;
  }

  private reportPull(cursor: number): void {
    const received = this.receivedInRow;
    this.context.listener.sync({ phase: 'pulling', received, total: received + Math.max(0, this.head - cursor) });
  }

  private reportSnapshot(run: SnapshotRun): void {
    this.context.listener.sync({ phase: 'snapshot', received: run.received, total: run.total });
  }
}
