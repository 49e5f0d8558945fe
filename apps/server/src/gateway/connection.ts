/**
 * One socket: its frames in order, who it is, what it has under way.
 *
 * Order: frames are begun one after the other. A write is handed to the pipeline and the next frame begins at once;
 * anything else first waits for this connection's writes, so that it reads what it wrote. A connection that has too
 * much under way, or does not take its answers, is not read from until it has less: the sender is slowed down, and memory
 * stays bounded.
 */
import type { Logger } from '@nestjs/common';
import { LIMITS, SyncError, parseJson, type ClientId, type SessionId, type UserId } from '@json-database-sync/domain';
import type { RawData, WebSocket } from 'ws';
import { encode, type Frame } from '../feed/committed-batch.js';
import type { ActivityLog, Peer } from '../monitoring/activity-log.js';
import type { Moment } from '../pipeline/document-cache.js';
import { CLOSE } from './close-codes.js';
import type { Dialect, DownMessage } from './dialect.js';
import { Outbound, type OutboundOwner, type Wire } from './outbound.js';

/** Frames that may wait for their turn, and writes that may be under way, before the socket is paused. */
const MAX_WAITING_FRAMES = 64;
const MAX_PENDING_WRITES = 256;
/** A new connection has this long to say who it is. */
const AUTHENTICATION_TIMEOUT_MS = 10_000;

/** Starts a timer; gives how to stop it. */
export type StartTimer = (delayMs: number, run: () => void) => () => void;

const startNodeTimer: StartTimer = (delayMs, run) => {
  const timer = setTimeout(run, delayMs);
  return () => clearTimeout(timer);
};

export interface InboundFrame {
  readonly data: RawData;
  readonly binary: boolean;
}

export interface Principal {
  readonly userId: UserId;
  readonly clientId: ClientId;
  /** When it said who it is. */
  readonly hereSince: Moment;
}

export class Connection implements OutboundOwner {
  readonly outbound: Outbound;
  principal: Principal | null = null;
  private dialect: Dialect;
  private turn: Promise<void> = Promise.resolve();
  private waitingFrames = 0;
  private pendingWrites = 0;
  private readonly waitForWrites: (() => void)[] = [];
  private readonly onEnd: (() => void)[] = [];
  private readonly stopAuthenticationTimer: () => void;
  private closing = false;
  private isEnded = false;

  constructor(
    readonly sessionId: SessionId,
    readonly address: string,
    private readonly socket: WebSocket,
    /** What `socket` runs over; null where that is not a stream of bytes. */
    wire: Wire | null,
    firstDialect: Dialect,
    private readonly activity: ActivityLog,
    private readonly logger: Logger,
    startTimer: StartTimer = startNodeTimer,
  ) {
    this.dialect = firstDialect;
    this.outbound = new Outbound(socket, wire, this);
    this.stopAuthenticationTimer = startTimer(AUTHENTICATION_TIMEOUT_MS, () => {
      this.close(CLOSE.unauthenticated, 'not authenticated in time');
    });
    activity.connected(this.peer());
  }

  peer(): Peer {
    return {
      sessionId: this.sessionId,
      address: this.address,
      userId: this.principal?.userId ?? null,
      clientId: this.principal?.clientId ?? null,
      protocol: this.principal ? this.dialect.protocol : null,
    };
  }

  /** From here on frames are this dialect's, sent by this user. */
  adopt(principal: Principal, dialect: Dialect): void {
    this.stopAuthenticationTimer();
    this.principal = principal;
    this.dialect = dialect;
    this.activity.authenticated(this.peer());
  }

  /** Takes a frame in; never throws. */
  receive(frame: InboundFrame): void {
    if (this.closing) return;
    this.waitingFrames += 1;
    this.throttle();
    this.turn = this.turn.then(async () => {
      try {
        await this.begin(frame);
      } catch (error) {
        this.answerError(error);
      } finally {
        this.waitingFrames -= 1;
        this.throttle();
      }
    });
  }

  private async begin({ data, binary }: InboundFrame): Promise<void> {
    if (this.closing) return;
    if (binary) throw new SyncError('invalid_message', 'frames are text, one JSON object each');
    const bytes = Buffer.isBuffer(data) ? data : Buffer.concat(Array.isArray(data) ? data : [Buffer.from(data)]);
    if (!this.principal && bytes.length > LIMITS.unauthenticatedFrameBytes) {
      throw new SyncError('message_too_large', 'too large for a connection that has not authenticated');
    }
    const parsed = parseJson(bytes.toString('utf8'), { maxDepth: LIMITS.frameDepth });
    if (!parsed.ok) throw new SyncError(parsed.code, parsed.reason);
    const type = typeOf(parsed.value);
    if (this.activity.enabled) this.activity.received(this.peer(), type, bytes.length);
    await this.dialect.handle(parsed.value, this);
  }

  /** A write is under way; whoever reads on this connection waits for it. Its own handler reports a failure. */
  track(write: Promise<unknown>): void {
    this.pendingWrites++;
    write.then(this.writeSettled, this.writeSettled);
    this.throttle();
  }

  private readonly writeSettled = (): void => {
    this.pendingWrites--;
    if (this.pendingWrites === 0) for (const go of this.waitForWrites.splice(0)) go();
    this.throttle();
  };

  /** Whoever waits keeps the connection's next frame from being begun, so that no write comes in between. */
  writesSettled(): Promise<void> {
    if (this.pendingWrites === 0) return Promise.resolve();
    return new Promise((resolve) => this.waitForWrites.push(resolve));
  }

  send(message: DownMessage): void {
    const frame = encode(message);
    this.outbound.answer(frame);
    this.noteSent(frame);
  }

  /** What many are told. */
  sendFrame(frame: Frame): void {
    this.outbound.send(frame);
    this.noteSent(frame);
  }

  private noteSent({ type, data }: Frame): void {
    if (this.activity.enabled) this.activity.sent(this.peer(), type, data.length);
  }

  refused(error: SyncError): void {
    this.activity.refused(this.peer(), error.code, error.message);
  }

  answerError(error: unknown, requestId?: string): void {
    if (this.closing) return;
    if (!(error instanceof SyncError))
      this.logger.error({ err: error, session: this.sessionId }, 'a frame failed inside');
    const known = error instanceof SyncError ? error : new SyncError('server_error', undefined, { cause: error });
    this.dialect.refuse(known, this, requestId);
  }

  /** Runs when the connection is gone; at once where it is gone already. */
  whenEnded(end: () => void): void {
    if (this.isEnded) end();
    else this.onEnd.push(end);
  }

  ended(code: number): void {
    this.stopAuthenticationTimer();
    this.closing = true;
    this.isEnded = true;
    this.activity.disconnected(this.peer(), code);
    this.outbound.ended();
    for (const end of this.onEnd.splice(0)) end();
  }

  close(code: number, reason: string): void {
    if (this.closing) return;
    this.closing = true;
    // One that is not read from could not say good-bye in turn.
    if (this.socket.isPaused) this.socket.resume();
    this.socket.close(code, reason);
  }

  overflowed(): void {
    this.close(CLOSE.tooSlow, 'too slow for what it asks');
  }

  tookMore(): void {
    if (this.socket.isPaused) this.throttle();
  }

  /** Nothing was heard of it for a while. What lies unsent says whether it is gone, or does not read. */
  giveUp(): void {
    if (this.closing || this.outbound.unsentBytes === 0) this.socket.terminate();
    else this.close(CLOSE.tooSlow, 'does not read what it is sent');
  }

  /** Finishes what is under way, then says good-bye. */
  async leave(code: number, reason: string): Promise<void> {
    this.socket.pause();
    await this.turn;
    await this.writesSettled();
    // Answers are sent in the turn that follows their write.
    await new Promise<void>((resolve) => setImmediate(resolve));
    this.socket.resume();
    this.close(code, reason);
  }

  private throttle(): void {
    if (this.closing) return;
    const full =
      this.waitingFrames > MAX_WAITING_FRAMES || this.pendingWrites > MAX_PENDING_WRITES || this.outbound.isFull;
    if (full && !this.socket.isPaused) this.socket.pause();
    else if (!full && this.socket.isPaused) this.socket.resume();
  }
}

function typeOf(value: unknown): string {
  const type = typeof value === 'object' && value !== null && 'type' in value ? value.type : undefined;
  return typeof type === 'string' ? type.slice(0, 40) : '?';
}
