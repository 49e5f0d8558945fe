/** The WebSocket endpoint. Sockets come in here and become connections; everything they say is a dialect's business. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { BeforeApplicationShutdown, Inject, Logger } from '@nestjs/common';
import { OnGatewayConnection, OnGatewayDisconnect, WebSocketGateway, WebSocketServer } from '@nestjs/websockets';
import { LIMITS, sessionIdSchema } from '@json-database-sync/domain';
import type { WebSocket, WebSocketServer as Server } from 'ws';
import { ActivityLog } from '../monitoring/activity-log.js';
import { SETTINGS, type ServerSettings } from '../settings/settings.js';
import { Authenticator } from './authenticator.js';
import { CLOSE } from './close-codes.js';
import { Connection } from './connection.js';
import { COMPRESSED_FROM_BYTES, wireOf } from './outbound.js';

/**
 * Only large frames are compressed, and without context: a small frame costs more to compress than it saves, one that
 * stands alone is compressed once for all receivers, and a compressor that is kept costs every connection tens of kilobytes.
 */
const COMPRESSION = {
  threshold: COMPRESSED_FROM_BYTES,
  serverNoContextTakeover: true,
  clientNoContextTakeover: true,
  concurrencyLimit: 4,
} as const;

/** Dead peers, and such as do not read, are found by a ping that no pong answers. */
const PING_INTERVAL_MS = 30_000;

@WebSocketGateway({ path: '/ws', maxPayload: LIMITS.frameBytes, perMessageDeflate: COMPRESSION })
export class SyncGateway
  implements OnGatewayConnection<WebSocket>, OnGatewayDisconnect<WebSocket>, BeforeApplicationShutdown
{
  @WebSocketServer() private readonly server!: Server;
  private readonly logger = new Logger(SyncGateway.name);
  private readonly connections = new Map<WebSocket, { connection: Connection; alive: boolean }>();
  private readonly pings: NodeJS.Timeout;
  private closing = false;

  constructor(
    private readonly authenticator: Authenticator,
    private readonly activity: ActivityLog,
    @Inject(SETTINGS) private readonly settings: ServerSettings,
  ) {
    this.pings = setInterval(() => this.ping(), PING_INTERVAL_MS);
    this.pings.unref();
  }

  handleConnection(socket: WebSocket, request: IncomingMessage): void {
    if (this.closing) {
      socket.close(CLOSE.goingAway, 'the server is shutting down');
      return;
    }
    const sessionId = sessionIdSchema.parse(randomUUID());
    const connection = new Connection(
      sessionId,
      this.addressOf(request),
      socket,
      wireOf(socket, request),
      this.authenticator.firstDialect,
      this.activity,
      this.logger,
    );
    const entry = { connection, alive: true };
    this.connections.set(socket, entry);
    socket.on('pong', () => {
      entry.alive = true;
    });
    // Without Nest's way of a message, which costs a promise and a few calls each: nothing of it is used here.
    socket.on('message', (data, binary) => {
      entry.alive = true;
      connection.receive({ data, binary });
    });
    socket.on('close', (code) => connection.ended(code));
  }

  handleDisconnect(socket: WebSocket): void {
    this.connections.delete(socket);
  }

  /** Stops accepting, finishes what is in flight, says good-bye to everyone with 1001. */
  async beforeApplicationShutdown(): Promise<void> {
    this.closing = true;
    clearInterval(this.pings);
    const leaving = [...this.connections.values()].map(({ connection }) =>
      connection.leave(CLOSE.goingAway, 'the server is shutting down'),
    );
    const closed = [...this.connections.keys()].map(
      (socket) => new Promise<void>((resolve) => socket.once('close', () => resolve())),
    );
    const patience = new AbortController();
    const timeUp = new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.settings.shutdownTimeoutMs);
      patience.signal.addEventListener('abort', () => clearTimeout(timer));
    });
    await Promise.race([Promise.all([...leaving, ...closed]), timeUp]);
    patience.abort();
  }

  private ping(): void {
    for (const [socket, entry] of this.connections) {
      // What a slow peer has taken is as good as a word from it: a pong has to wait until all before its ping is read.
      const progressed = entry.connection.outbound.hasProgressed();
      if (!entry.alive && !progressed) {
        entry.connection.giveUp();
        continue;
      }
      entry.alive = false;
      socket.ping();
    }
  }

  /** The client's address; behind proxies that we trust, what the outermost of them saw. */
  private addressOf(request: IncomingMessage): string {
    const direct = request.socket.remoteAddress ?? 'unknown';
    if (this.settings.trustedProxies === 0) return direct;
    const forwarded = String(request.headers['x-forwarded-for'] ?? '')
      .split(',')
      .map((address) => address.trim())
      .filter((address) => address !== '');
    return forwarded.at(-this.settings.trustedProxies) ?? direct;
  }
}
