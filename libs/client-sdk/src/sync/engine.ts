/**
 * Keeps the local store and the server in step, for as long as it is wanted online.
 *
 *      offline ──connect──> connecting ──subscribed──> online
 *         ^                     │  ^                      │
 *         │     failure: wait ──┘  └──── lost: wait ──────┘
 *         └── disconnect, close, or who we are was refused (then only `connect` tries again)
 *
 * Invariants:
 * - at most one session lives; what a former one still says is ignored;
 * - no state is kept here that is not in the store as well: a crash at any point loses nothing;
 * - nothing thrown by a listener, the store or the server leaves this class except from a call of its owner.
 */
import { SyncError, type ChangeEvent, type DocumentId, type Received } from '@json-database-sync/domain';
import { timestamp, type CancelTimer, type Platform } from '../platform/platform.js';
import type { Transport } from '../transport/transport.js';
import { Backoff, type BackoffLimits } from './backoff.js';
import { Dismissals } from './dismissals.js';
import type { ConnectionNotice } from './engine-events.js';
import { authError, otherUser, shakeHands, turnedAway, type HandshakeOptions, type Subscription } from './handshake.js';
import { LedgerNews } from './ledger-news.js';
import { Puller } from './puller.js';
import type { PullMemory } from './puller-context.js';
import { Pusher } from './pusher.js';
import { RepairGuard } from './repair-guard.js';
import {
  fromWireError,
  isAnswer,
  Session,
  unexpectedAnswer,
  type Answer,
  type AnswerOf,
  type SessionEnd,
} from './session.js';
import { SYNC_LIMITS } from './sync-limits.js';
import { SyncWaiters } from './sync-waiters.js';
import { Verifier, type VerifyReport } from './verifier.js';

export interface EngineOptions extends HandshakeOptions {
  readonly transport: Transport;
  readonly platform: Platform;
  readonly url: string | null;
  readonly backoff: BackoffLimits;
  /** This process's mark on the outbox rows that it writes. */
  readonly owner: string;
}

/** The parts of a session that exist once it is subscribed. */
interface Sync {
  readonly dismissals: Dismissals;
  readonly ledgerNews: LedgerNews;
  readonly pusher: Pusher;
  readonly puller: Puller;
  /** null where the server is from before there were digests. */
  readonly verifier: Verifier | null;
}

export class SyncEngine {
  private wanted = false;
  private closed = false;
  private session: Session | null = null;
  private sync: Sync | null = null;
  private onlineSince: number | null = null;
  private cancelRetry: CancelTimer | null = null;
  private notice: ConnectionNotice = { state: 'offline' };
  private caughtUp = false;
  private head: number | null = null;
  private lastCaughtUpAt: string | null = null;
  /** Set while trying again by itself would be of no use. */
  private halted: SyncError | null = null;
  private readonly memory: PullMemory = { snapshot: null };
  private readonly repairs: RepairGuard;
  private readonly backoff: Backoff;
  private readonly refusedBackoff: Backoff;
  private readonly waiters: SyncWaiters;

  constructor(private readonly options: EngineOptions) {
    const { platform } = options;
    const random = () => platform.random();
    this.repairs = new RepairGuard(platform);
    this.backoff = new Backoff(options.backoff, random);
    this.refusedBackoff = new Backoff(
      { initialMs: SYNC_LIMITS.reauthenticateInitialMs, maxMs: SYNC_LIMITS.reauthenticateMaxMs },
      // Half of the wait is fixed: a token that was just refused will not be right in a moment.
      () => 0.5 + platform.random() / 2,
    );
    this.waiters = new SyncWaiters(platform);
  }

  get connection(): ConnectionNotice['state'] {
    return this.notice.state;
  }

  get isCaughtUp(): boolean {
    return this.caughtUp;
  }

  /** The last sequence that the server is known to have. */
  get serverSequence(): number | null {
    return this.sync?.puller.knownHead ?? this.head;
  }

  get lastSyncAt(): string | null {
    return this.lastCaughtUpAt;
  }

  connect(): void {
    if (this.closed) throw new SyncError('client_closed');
    if (this.options.url === null) throw new SyncError('invalid_argument', 'the client was opened without a url');
    this.wanted = true;
    this.halted = null;
    this.backoff.reset();
    if (!this.session) this.dial();
  }

  disconnect(): void {
    this.wanted = false;
    this.cancelRetry?.();
    this.cancelRetry = null;
    if (this.session) this.session.end({ reason: 'disconnected' });
    else if (this.notice.state !== 'offline' || this.notice.retryInMs !== undefined) this.offline('disconnected');
  }

  close(): void {
    if (this.closed) return;
    this.disconnect();
    this.closed = true;
    this.waiters.rejectAll(() => new SyncError('client_closed'));
  }

  /** A change was written to the outbox by this process. */
  outboxChanged(): void {
    this.caughtUp = false;
    this.session?.guarded(() => this.sync?.pusher.poke());
  }

  /** Another process has written to the store. */
  storeChangedElsewhere(): void {
    this.session?.guarded(() => {
      this.sync?.pusher.poke();
      this.sync?.puller.poke();
      this.progressed();
    });
  }

  /** Settles when the outbox is empty and everything that the server has at this moment is here. */
  synced(timeoutMs: number): Promise<void> {
    if (this.closed) return Promise.reject(new SyncError('client_closed'));
    if (this.halted) return Promise.reject(this.halted);
    this.caughtUp = false;
    const done = this.waiters.wait(timeoutMs);
    this.session?.guarded(() => this.sync?.puller.inquire());
    return done;
  }

  /**
   * Compares what is here with what the server has, and puts right what differs.
   * @throws SyncError `connection_lost`, `timed_out`, `invalid_message` where the server cannot do it
   */
  verify(deep: boolean, timeoutMs: number): Promise<VerifyReport> {
    if (!this.sync) return Promise.reject(new SyncError('connection_lost'));
    const { verifier } = this.sync;
    if (!verifier) return Promise.reject(new SyncError('invalid_message', 'the server is too old to be compared with'));
    return new Promise((resolve, reject) => {
      const late = (): void => reject(new SyncError('timed_out', 'not compared with the server in time'));
      const cancel = this.options.platform.setTimer(timeoutMs, late);
      verifier.ask(deep).then(resolve, reject).finally(cancel);
    });
  }

  /**
   * Part of a document's history, as the server has it, newest first; null while there is no connection or where it
   * breaks meanwhile.
   */
  fetchHistory(id: DocumentId, beforeVersion: number | null, limit: number): Promise<readonly ChangeEvent[] | null> {
    const question = {
      type: 'get_history' as const,
      stream_id: this.options.store.identity().streamId,
      document_id: id,
      limit,
      ...(beforeVersion !== null && { before_version: beforeVersion }),
    };
    return this.ask(question, 'history').then(
      ({ events }) => events,
      () => null,
    );
  }

  /** A loss was dismissed by this process. */
  conflictDismissed(): void {
    this.session?.guarded(() => this.sync?.dismissals.poke());
  }

  /**
   * Asks the server something that only it knows.
   * @throws SyncError `connection_lost` while there is no connection or where it breaks meanwhile; or what the server says
   */
  ask<T extends Answer['type']>(message: Parameters<Session['request']>[0], type: T): Promise<AnswerOf<T>> {
    const { session } = this;
    const lost = () => new SyncError('connection_lost', 'only the server knows that, and there is no connection');
    if (!session || !this.sync) return Promise.reject(lost());
    return new Promise((resolve, reject) => {
      session.request(message, {
        answered: (frame) => (isAnswer(frame, type) ? resolve(frame) : reject(unexpectedAnswer(frame, message.type))),
        refused: (error) => reject(fromWireError(error)),
        ended: () => reject(lost()),
      });
    });
  }

  // ---- a session's life

  private dial(): void {
    const { url, transport, platform, store, userId } = this.options;
    this.cancelRetry?.();
    this.cancelRetry = null;
    if (url === null || !this.wanted || this.closed) return;
    try {
      const bound = store.identity().userId;
      if (bound !== null && userId !== null && bound !== userId) {
        this.halt(otherUser());
        return;
      }
      this.announce({ state: 'connecting' });
      this.session = new Session(transport, url, platform, {
        onOpen: (session) =>
          shakeHands(this.options, session, (subscription) => this.subscribed(session, subscription)),
        onFrame: (session, frame) => this.receive(session, frame),
        onEnd: (session, end) => this.ended(session, end),
      });
    } catch (error) {
      this.failed(asSyncError(error));
      return;
    }
    const { session } = this;
    session.after(SYNC_LIMITS.handshakeMs, () => {
      if (!this.sync) session.end({ reason: 'the server did not let us in in time' });
    });
  }

  private subscribed(session: Session, { streamId, head, digests }: Subscription): void {
    const { store, platform, listener, owner } = this.options;
    const context = { store, platform, listener, session, streamId, progressed: () => this.progressed() };
    const puller = new Puller({ ...context, repairs: this.repairs, memory: this.memory }, head);
    this.sync = {
      puller,
      verifier: digests ? new Verifier({ ...context, puller }) : null,
      dismissals: new Dismissals(store, session, streamId),
      ledgerNews: new LedgerNews(context),
      pusher: new Pusher({ ...context, owner, ready: () => puller.isTrusted }),
    };
    this.onlineSince = platform.monotonic();
    this.refusedBackoff.reset();
    this.announce({ state: 'online' });
    // A listener may have disconnected by now.
    if (!session.isOpen) return;
    this.sync.pusher.poke();
    this.sync.puller.poke();
    this.sync.dismissals.poke();
    this.sync.ledgerNews.askAll();
  }

  private receive(session: Session, frame: Received): void {
    if (frame.type === 'changes') {
      this.sync?.puller.receive(frame);
      this.sync?.ledgerNews.askAbout(frame.events);
    } else if (frame.type === 'auth_error') {
      session.end(turnedAway(authError(frame)));
    } else if (frame.type === 'error') {
      if (!this.sync) session.end({ reason: frame.message, error: fromWireError(frame) });
      else this.options.listener.error(fromWireError(frame));
    }
    // Whatever else comes is late or unasked for: nothing hangs on it.
  }

  private ended(session: Session, end: SessionEnd): void {
    if (this.session !== session) return;
    const { platform, listener, token } = this.options;
    const steady = this.onlineSince !== null && platform.monotonic() - this.onlineSince >= SYNC_LIMITS.steadyMs;
    this.head = this.sync?.puller.knownHead ?? this.head;
    this.sync?.verifier?.end();
    this.session = null;
    this.sync = null;
    this.onlineSince = null;
    this.caughtUp = false;
    if (steady) this.backoff.reset();
    if (end.error && (end.refused === 'for_good' || (end.refused === 'token' && typeof token === 'string'))) {
      this.halt(end.error);
      return;
    }
    if (end.error) listener.error(end.error);
    if (this.wanted) this.retryIn((end.refused ? this.refusedBackoff : this.backoff).next(), end.reason);
    else this.offline(end.reason);
  }

  private failed(error: SyncError): void {
    this.options.listener.error(error);
    if (this.wanted) this.retryIn(this.backoff.next(), error.message);
  }

  /** Stays offline until `connect` is called again. */
  private halt(error: SyncError): void {
    this.halted = error;
    this.wanted = false;
    this.offline(error.message);
    this.options.listener.error(error);
    this.waiters.rejectAll(() => error);
  }

  private retryIn(delayMs: number, reason: string): void {
    // A listener of the error may have taken the matter into its own hands.
    if (!this.wanted || this.session || this.closed) return;
    this.cancelRetry?.();
    this.cancelRetry = this.options.platform.setTimer(delayMs, () => this.dial());
    this.announce({ state: 'offline', reason, retryInMs: delayMs });
  }

  private offline(reason: string): void {
    this.announce({ state: 'offline', reason });
  }

  private announce(notice: ConnectionNotice): void {
    this.notice = notice;
    this.options.listener.connection(notice);
  }

  /** Something came in or was answered: perhaps nothing is left to do. */
  private progressed(): void {
    const { store, platform, listener } = this.options;
    // A snapshot may have put changes back into the outbox.
    this.sync?.pusher.poke();
    this.sync?.verifier?.poke();
    const done = this.sync !== null && this.sync.puller.isLive && store.outbox.size() === 0;
    const news = done && !this.caughtUp;
    this.caughtUp = done;
    if (!done) return;
    this.lastCaughtUpAt = timestamp(platform);
    if (news) listener.sync({ phase: 'live' });
    this.waiters.resolveAll();
  }
}

function asSyncError(error: unknown): SyncError {
  if (error instanceof SyncError) return error;
  const what = error instanceof Error ? error.message : String(error);
  return new SyncError('connection_lost', `no connection could be made: ${what}`, { cause: error });
}
