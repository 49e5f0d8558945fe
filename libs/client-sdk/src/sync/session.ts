/**
 * One connection, from dialling to its end.
 *
 *      dialling ──opened──> authenticating ──auth_success──> subscribing ──subscribed──> syncing
 *          └───────────────────────┴──────────── any failure ────────┴────────────────────┘──> ended
 *
 * Invariants:
 * - `onEnd` is called exactly once, and nothing else after it;
 * - every request has its answer or the connection ends: silence is never waited for without a limit;
 * - nothing that the server sends can throw out of here: what does not decode ends the connection with an error.
 */
import {
  LIMITS,
  SyncError,
  inText,
  isErrorCode,
  isUsualFrame,
  parseJson,
  readSnapshotInText,
  streamingDownSchema,
  type ErrorCode,
  type Received,
  type StreamingUp,
  type WireError,
} from '@json-database-sync/domain';
import type { CancelTimer, Platform } from '../platform/platform.js';
import type { Connection, Transport } from '../transport/transport.js';
import { SYNC_LIMITS } from './sync-limits.js';

/** What a session says of its end. */
export interface SessionEnd {
  readonly reason: string;
  /** Set where it is more than a connection that went away. */
  readonly error?: SyncError;
  /** Who we are was refused: another token may help, or (this database is another user's) nothing. */
  readonly refused?: 'token' | 'for_good';
}

export interface SessionHandlers {
  /** The socket is open: say who we are. */
  onOpen(session: Session): void;
  /** A frame that answers no request. */
  onFrame(session: Session, frame: Received): void;
  onEnd(session: Session, end: SessionEnd): void;
}

export type Answer = Exclude<Received, { type: 'error' }>;
export type AnswerOf<T extends Answer['type']> = Extract<Answer, { type: T }>;
export interface AnswerHandlers {
  answered(frame: Answer): void;
  /** The server could not, or would not. Without it the session ends. */
  refused?(error: WireError): void;
  /** The session ended before there was an answer. */
  ended?(): void;
}

interface OpenRequest {
  readonly handlers: AnswerHandlers;
  readonly cancelTimeout: CancelTimer;
}

export class Session {
  private readonly connection: Connection;
  private readonly requests = new Map<string, OpenRequest>();
  private readonly timers = new Set<CancelTimer>();
  private lastRequestId = 0;
  private ended = false;
  private lastReceivedAt: number;
  private pingedAt: number | null = null;

  constructor(
    transport: Transport,
    url: string,
    private readonly platform: Platform,
    private readonly handlers: SessionHandlers,
  ) {
    this.lastReceivedAt = platform.monotonic();
    this.connection = transport.connect(url, {
      opened: () => this.guarded(() => this.handlers.onOpen(this)),
      received: (text) => this.guarded(() => this.receive(text)),
      closed: (reason) => this.end({ reason }),
    });
    this.heartbeat();
  }

  get isOpen(): boolean {
    return !this.ended;
  }

  send(frame: StreamingUp): void {
    if (!this.ended) this.connection.send(JSON.stringify(frame));
  }

  /** Sends it with a request id of its own; the answer is the frame that echoes it. */
  request(frame: StreamingUp, handlers: AnswerHandlers, timeoutMs: number = SYNC_LIMITS.answerMs): void {
    if (this.ended) {
      handlers.ended?.();
      return;
    }
    const requestId = `r${++this.lastRequestId}`;
    const cancelTimeout = this.after(timeoutMs, () => {
      this.end({ reason: `the server did not answer ${frame.type} in time` });
    });
    this.requests.set(requestId, { handlers, cancelTimeout });
    this.send({ ...frame, request_id: requestId });
  }

  /** A timer that dies with the session and whose failures end it. */
  after(delayMs: number, run: () => void): CancelTimer {
    const cancel = this.platform.setTimer(delayMs, () => {
      this.timers.delete(cancel);
      this.guarded(run);
    });
    this.timers.add(cancel);
    return () => {
      this.timers.delete(cancel);
      cancel();
    };
  }

  /** Runs work of the session; what it throws ends the session, never the process. */
  guarded(work: () => void): void {
    if (this.ended) return;
    try {
      work();
    } catch (error) {
      const known = error instanceof SyncError ? error : unexpected(error);
      this.end({ reason: known.message, error: known });
    }
  }

  end(end: SessionEnd): void {
    if (this.ended) return;
    this.ended = true;
    for (const cancel of this.timers) cancel();
    this.timers.clear();
    const unanswered = [...this.requests.values()];
    this.requests.clear();
    this.connection.close();
    for (const { handlers } of unanswered) handlers.ended?.();
    this.handlers.onEnd(this, end);
  }

  private receive(text: string): void {
    this.lastReceivedAt = this.platform.monotonic();
    this.pingedAt = null;
    const frame = decode(text);
    const requestId = frame.request_id;
    const request = requestId === undefined ? undefined : this.requests.get(requestId);
    if (requestId === undefined || !request) {
      this.handlers.onFrame(this, frame);
      return;
    }
    this.requests.delete(requestId);
    request.cancelTimeout();
    if (frame.type !== 'error') request.handlers.answered(frame);
    else if (request.handlers.refused) request.handlers.refused(frame);
    else this.end({ reason: frame.message, error: fromWireError(frame) });
  }

  private heartbeat(): void {
    this.after(SYNC_LIMITS.heartbeatMs, () => {
      const now = this.platform.monotonic();
      if (this.pingedAt !== null && now - this.pingedAt >= SYNC_LIMITS.pongMs) {
        this.end({ reason: 'the server gives no sign of life' });
        return;
      }
      if (this.pingedAt === null && now - this.lastReceivedAt >= SYNC_LIMITS.idleMs) {
        this.pingedAt = now;
        this.send({ type: 'ping' });
      }
      this.heartbeat();
    });
  }
}

function decode(text: string): Received {
  const snapshot = readSnapshotInText(text);
  if (snapshot) return snapshot;
  const json = parseJson(text, { maxDepth: LIMITS.frameDepth });
  if (!json.ok) throw new SyncError('invalid_message', `the server sent a frame that cannot be read: ${json.reason}`);
  if (isUsualFrame(json.value)) return inText(json.value);
  const frame = streamingDownSchema.safeParse(json.value);
  if (frame.success) return inText(frame.data);
  const issue = frame.error.issues[0];
  const where = issue ? ` (${issue.path.join('.')}: ${issue.message})` : '';
  throw new SyncError('invalid_message', `the server sent a frame that this client does not understand${where}`);
}

export function fromWireError(error: WireError): SyncError {
  const code: ErrorCode = isErrorCode(error.code) ? error.code : error.retryable ? 'server_error' : 'invalid_message';
  return new SyncError(code, error.message, error.details && { details: error.details });
}

/** An answer of another type than the request has. */
export function unexpectedAnswer(frame: Received, request: StreamingUp['type']): SyncError {
  return new SyncError('invalid_message', `the server answered ${request} with ${frame.type}`);
}

export function isAnswer<T extends Answer['type']>(frame: Answer, type: T): frame is AnswerOf<T> {
  return frame.type === type;
}

function unexpected(error: unknown): SyncError {
  const what = error instanceof Error ? error.message : String(error);
  return new SyncError('invalid_message', `the client could not handle what the server sent: ${what}`, {
    cause: error,
  });
}
