/**
 * The first frame of a connection, and every later `authenticate`: judges it and gives the connection its dialect.
 * Behaviours 1 and 2 of the classic dialect.
 */
import { Injectable } from '@nestjs/common';
import {
  LIMITS,
  SyncError,
  classicUpSchema,
  isJsonObject,
  personalStreamOf,
  requestIdSchema,
  streamingUpSchema,
  type JsonValue,
  type UserId,
} from '@json-database-sync/domain';
import { clientIdFor } from '../accounts/client-id.js';
import { FailedLogIns } from '../accounts/failed-log-ins.js';
import { nextMoment } from '../pipeline/document-cache.js';
import { ClassicDialect } from './classic-dialect.js';
import { CLOSE } from './close-codes.js';
import type { Connection } from './connection.js';
import { decodeMessage } from './decode-message.js';
import type { Dialect } from './dialect.js';
import { subscribeToNews } from './news.js';
import { GatewayServices } from './services.js';
import { StreamAccess } from './stream-access.js';
import { StreamingDialect } from './streaming-dialect.js';

@Injectable()
export class Authenticator {
  /** How a connection's news end; replaced when it authenticates anew. */
  private readonly news = new WeakMap<Connection, () => void>();

  constructor(
    private readonly services: GatewayServices,
    private readonly failedLogIns: FailedLogIns,
  ) {}

  /** The dialect of a connection that has not said who it is: it takes `authenticate` and nothing else. */
  readonly firstDialect: Dialect = {
    protocol: null,
    handle: async (value, connection) => {
      try {
        await this.authenticate(value, connection);
      } catch (error) {
        this.refuse(error, value, connection);
        connection.close(CLOSE.unauthenticated, 'not authenticated');
      }
    },
    refuse: (error, connection) => {
      this.refuse(error, null, connection);
      connection.close(CLOSE.unauthenticated, 'not authenticated');
    },
  };

  /** Judged again on a live connection: a good one takes over, a bad one is told so and changes nothing. */
  async again(value: JsonValue, connection: Connection): Promise<void> {
    await connection.writesSettled();
    try {
      await this.authenticate(value, connection);
    } catch (error) {
      this.refuse(error, value, connection);
    }
  }

  private refuse(error: unknown, value: JsonValue | null, connection: Connection): void {
    const known = error instanceof SyncError ? error : new SyncError('server_error', undefined, { cause: error });
    connection.refused(known);
    // A client of the classic dialect knows no code; any other one does, also one that is newer than this server.
    if (protocolOf(value) !== 1) {
      connection.send({ type: 'auth_error', code: known.code, reason: known.message, ...requestIdIn(value) });
    } else {
      connection.send({ type: 'auth_error', reason: known.message });
    }
  }

  private async authenticate(value: JsonValue, connection: Connection): Promise<void> {
    if (member(value, 'type') !== 'authenticate') {
      throw new SyncError('unauthorized', 'the first message must be `authenticate`');
    }
    const protocol = protocolOf(value);
    if (protocol === 1) return this.classic(value, connection);
    if (protocol === 2) return this.streaming(value, connection);
    throw new SyncError('unsupported_protocol');
  }

  private async classic(value: JsonValue, connection: Connection): Promise<void> {
    const message = decodeMessage(classicUpSchema, value);
    if (message.type !== 'authenticate') throw new SyncError('unauthorized');
    const { userId } = await this.judge(message.auth_token, message.user_id, connection);
    const named = message.client_id ?? connection.sessionId;
    const principal = { userId, clientId: clientIdFor(userId, named), hereSince: nextMoment() };
    const dialect = new ClassicDialect(principal, connection, this.services, this);
    const { outbound } = connection;
    const news = await subscribeToNews(
      personalStreamOf(userId),
      this.services,
      {
        ready: () => outbound.ready(),
        drained: () => outbound.drained(),
        failed: (error) => connection.answerError(error),
      },
      dialect,
    );
    this.adoptNews(connection, () => news.end());
    connection.adopt(principal, dialect);
    connection.send({ type: 'auth_success', session_id: connection.sessionId, client_id: named });
    news.begin();
  }

  private async streaming(value: JsonValue, connection: Connection): Promise<void> {
    const message = decodeMessage(streamingUpSchema, value);
    if (message.type !== 'authenticate') throw new SyncError('unauthorized');
    const { userId } = await this.judge(message.auth_token, message.user_id, connection);
    const principal = { userId, clientId: message.client_id, hereSince: nextMoment() };
    const access = new StreamAccess(userId, this.services.store);
    const streams = await access.streams();
    const dialect = new StreamingDialect(principal, connection, this.services, access, this);
    this.adoptNews(connection, () => dialect.end());
    connection.adopt(principal, dialect);
    connection.send({
      type: 'auth_success',
      session_id: connection.sessionId,
      client_id: message.client_id,
      user_id: userId,
      protocol: 2,
      server_time: new Date().toISOString(),
      limits: { ...LIMITS },
      streams,
      ...(message.request_id !== undefined && { request_id: message.request_id }),
    });
  }

  private judge(token: string, userId: UserId | undefined, connection: Connection): Promise<{ userId: UserId }> {
    return this.failedLogIns.guard(connection.address, () => this.services.accounts.authenticate({ token, userId }));
  }

  private adoptNews(connection: Connection, end: () => void): void {
    const former = this.news.get(connection);
    this.news.set(connection, end);
    if (former) former();
    connection.whenEnded(end);
  }
}

/** 1 where none is named; null for one that we do not speak. */
function protocolOf(value: JsonValue | null): 1 | 2 | null {
  const named = member(value, 'protocol') ?? 1;
  return named === 1 || named === 2 ? named : null;
}

function requestIdIn(value: JsonValue | null): { request_id?: string } {
  const id = requestIdSchema.safeParse(member(value, 'request_id'));
  return id.success ? { request_id: id.data } : {};
}

function member(value: JsonValue | null, key: string): JsonValue | undefined {
  return value !== null && isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}
