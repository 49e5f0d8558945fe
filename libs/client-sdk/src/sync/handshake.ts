/**
 * The first words of a connection: who we are, whose database this is, and which stream we follow.
 *
 * A database belongs to the first user that it signs in as. Signing in as another ends the session for good, before
 * anything of either has been mixed.
 */
import {
  DEFAULT_STRATEGY,
  SyncError,
  personalStreamOf,
  type ConflictStrategy,
  type StreamId,
  type StreamingDownOf,
  type UserId,
} from '@json-database-sync/domain';
import type { LocalStore } from '../store/local-store.js';
import { adoptStrategy } from './adopt-strategy.js';
import type { EngineListener } from './engine-events.js';
import { fromWireError, isAnswer, unexpectedAnswer, type Answer, type Session, type SessionEnd } from './session.js';
import { SYNC_LIMITS } from './sync-limits.js';

export type TokenSource = string | (() => string | Promise<string>);

export interface HandshakeOptions {
  readonly store: LocalStore;
  readonly listener: EngineListener;
  readonly token: TokenSource;
  /** For servers in demo mode. */
  readonly userId: UserId | null;
  /** Name and version, for the server's log. */
  readonly sdk: string;
}

export interface Subscription {
  readonly streamId: StreamId;
  readonly head: number;
  /** The server can tell digests: those from before there were any do not name the limit. */
  readonly digests: boolean;
}

type Subscribed = (subscription: Subscription) => void;

/** @param subscribed told the user's stream and its head, once the server sends its news */
export function shakeHands(options: HandshakeOptions, session: Session, subscribed: Subscribed): void {
  const { token } = options;
  const letIn = (frame: StreamingDownOf<'auth_success'>): void => {
    const { userId: known } = options.store.identity();
    if (known === null || known === frame.user_id) adoptStrategy(options, strategyIn(frame));
    const digests = frame.limits['digestPage'] !== undefined;
    subscribe(options, session, frame.user_id, (streamId, head) => subscribed({ streamId, head, digests }));
  };
  if (typeof token === 'string') {
    sendToken(options, session, token, letIn);
    return;
  }
  Promise.resolve()
    .then(token)
    .then(
      (text) => session.guarded(() => sendToken(options, session, text, letIn)),
      (cause: unknown) => {
        const error = new SyncError('invalid_auth', 'the token could not be had from the application', { cause });
        session.end({ reason: error.message, error, refused: 'token' });
      },
    );
}

function sendToken(
  { store, userId, sdk }: HandshakeOptions,
  session: Session,
  token: string,
  letIn: (frame: StreamingDownOf<'auth_success'>) => void,
): void {
  const identity = store.identity();
  const user = userId ?? identity.userId;
  session.request(
    {
      type: 'authenticate',
      protocol: 2,
      client_id: identity.clientId,
      auth_token: token,
      sdk,
      ...(user !== null && { user_id: user }),
    },
    {
      answered: (frame: Answer) => {
        if (isAnswer(frame, 'auth_error')) session.end(turnedAway(authError(frame)));
        else if (isAnswer(frame, 'auth_success')) letIn(frame);
        else throw unexpectedAnswer(frame, 'authenticate');
      },
      refused: (error) => session.end(turnedAway(fromWireError(error))),
    },
    SYNC_LIMITS.handshakeMs,
  );
}

function strategyIn({ user_id: userId, streams }: StreamingDownOf<'auth_success'>): ConflictStrategy {
  const streamId = personalStreamOf(userId);
  return streams.find((stream) => stream.stream_id === streamId)?.strategy ?? DEFAULT_STRATEGY;
}

function subscribe(
  options: HandshakeOptions,
  session: Session,
  userId: UserId,
  subscribed: (streamId: StreamId, head: number) => void,
): void {
  const streamId = bind(options, userId);
  if (streamId === null) {
    session.end({ reason: otherUser().message, error: otherUser(), refused: 'for_good' });
    return;
  }
  session.request(
    { type: 'subscribe', stream_ids: [streamId] },
    {
      answered: (frame) => {
        if (!isAnswer(frame, 'subscribed')) throw unexpectedAnswer(frame, 'subscribe');
        subscribed(streamId, frame.streams.find((stream) => stream.stream_id === streamId)?.latest_sequence ?? 0);
      },
    },
  );
}

/** The user's stream, or null where this database is another user's. */
function bind({ store, listener }: HandshakeOptions, userId: UserId): StreamId | null {
  const streamId = personalStreamOf(userId);
  const bound = store.transaction(() => {
    const known = store.identity().userId;
    if (known === null) store.bindUser(userId, streamId);
    return known;
  });
  if (bound !== null && bound !== userId) return null;
  if (bound === null) listener.log({ level: 'info', message: 'this database now belongs to its first user' });
  return streamId;
}

export function otherUser(): SyncError {
  return new SyncError('invalid_auth', 'this database belongs to another user than the one signing in');
}

/** A new token may be had from a function; a protocol that is not spoken stays so. */
export function turnedAway(error: SyncError): SessionEnd {
  if (error.retryable) return { reason: error.message, error };
  const refused = error.entry.recovery === 'reauthenticate' ? 'token' : 'for_good';
  return { reason: error.message, error, refused };
}

export function authError(frame: StreamingDownOf<'auth_error'>): SyncError {
  const error = fromWireError({ code: frame.code, message: frame.reason, retryable: false });
  // A code that this client does not know is still a refusal.
  return error.code === frame.code ? error : new SyncError('invalid_auth', frame.reason);
}
