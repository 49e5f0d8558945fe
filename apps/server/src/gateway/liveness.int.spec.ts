/** Connections that are let go: silent ones, dead ones, ones that ask for more than they read; and roles that were taken away. */
import { EventEmitter } from 'node:events';
import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import {
  clientIdSchema,
  sessionIdSchema,
  streamingDownSchema,
  userIdSchema,
  type StreamingDown,
} from '@json-database-sync/domain';
import { WebSocket } from 'ws';
import { mutations } from '../../test/mutations.js';
import { startTestServer, type TestServer } from '../../test/test-server.js';
import { WireClient, openStreaming } from '../../test/wire-client.js';
import { SilentActivityLog } from '../monitoring/silent-activity-log.js';
import { nextMoment } from '../pipeline/document-cache.js';
import { CLOSE } from './close-codes.js';
import { Connection } from './connection.js';
import type { Dialect } from './dialect.js';

let server: TestServer;

beforeAll(async () => {
  // The gateway's pings go by an interval, which the test lets pass; everything else keeps its time.
  const real = ['setTimeout', 'setImmediate', 'nextTick', 'queueMicrotask', 'Date', 'performance', 'hrtime'] as const;
  jest.useFakeTimers({ doNotFake: [...real] });
  server = await startTestServer();
});

afterAll(async () => {
  await server.stop();
  jest.useRealTimers();
});

describe('a connection', () => {
  /** What a connection uses of a socket until it has something to say. */
  class QuietSocket extends EventEmitter {
    readonly codes: number[] = [];
    readonly isPaused = false;
    readonly readyState = WebSocket.OPEN;
    readonly extensions = '';
    bufferedAmount = 0;
    sent = 0;
    get writableLength(): number {
      return this.bufferedAmount;
    }
    write(): boolean {
      this.sent += 1;
      return true;
    }
    cork(): void {}
    uncork(): void {}
    close(code: number): void {
      this.codes.push(code);
    }
  }

  function connect() {
    const socket = new QuietSocket();
    let timer: { delayMs: number; run: () => void; stopped: boolean } | undefined;
    const dialect: Dialect = { protocol: null, handle: () => Promise.resolve(), refuse: () => undefined };
    const connection = new Connection(
      sessionIdSchema.parse(randomUUID()),
      'an address',
      socket as unknown as WebSocket,
      { tcp: socket, compression: 'none' },
      dialect,
      new SilentActivityLog(),
      new Logger('test'),
      (delayMs, run) => {
        const started = { delayMs, run, stopped: false };
        timer = started;
        return () => void (started.stopped = true);
      },
    );
    return { socket, connection, dialect, timer };
  }

  it('is closed with 4408 where it asks for far more than it reads', () => {
    const { socket, connection } = connect();
    socket.bufferedAmount = 64 * 1024 * 1024;
    connection.send({ type: 'pong' });
    expect(socket).toMatchObject({ sent: 1, codes: [] });
    socket.bufferedAmount += 1;
    connection.send({ type: 'pong' });
    expect(socket).toMatchObject({ sent: 1, codes: [CLOSE.tooSlow] });
  });

  it('has ten seconds to say who it is', () => {
    const { socket, timer } = connect();
    expect(timer).toMatchObject({ delayMs: 10_000, stopped: false });
    expect(socket.codes).toEqual([]);
    timer?.run();
    expect(socket.codes).toEqual([CLOSE.unauthenticated]);
  });

  it('is left alone once it has', () => {
    const { connection, dialect, timer } = connect();
    const [userId, clientId] = [userIdSchema.parse(randomUUID()), clientIdSchema.parse(randomUUID())];
    connection.adopt({ userId, clientId, hereSince: nextMoment() }, dialect);
    expect(timer?.stopped).toBe(true);
  });
});

it('a peer that answers no ping is dropped, and one that does is not', async () => {
  const dead = await WireClient.connect<StreamingDown>(server.wsUrl, streamingDownSchema, { autoPong: false });
  const alive = await openStreaming(server.wsUrl, randomUUID(), randomUUID());
  const pinged = new Promise((resolve) => alive.socket.once('ping', resolve));
  jest.advanceTimersByTime(30_000);
  await pinged;
  await alive.roundTrip();
  jest.advanceTimersByTime(30_000);
  await expect(dead.closed).resolves.toMatchObject({ code: 1006 });
  await alive.roundTrip();
  await alive.close();
});

it('a role that was taken away counts on open connections within thirty seconds', async () => {
  const [owner, guest] = [randomUUID(), randomUUID()];
  await (await openStreaming(server.wsUrl, owner, randomUUID())).close();
  await (await openStreaming(server.wsUrl, guest, randomUUID())).close();
  await server.query(`INSERT INTO stream_members (stream_id, user_id, role) VALUES ($1, $2, 'editor')`, [owner, guest]);
  const client = await openStreaming(server.wsUrl, guest, randomUUID());
  const write = async () => {
    client.send({ type: 'mutate', mutations: [mutations(owner).create({ n: 1 })] });
    return (await client.next('mutation_results')).results[0];
  };
  await expect(write()).resolves.toMatchObject({ status: 'applied' });
  await server.query('DELETE FROM stream_members WHERE stream_id = $1 AND user_id = $2', [owner, guest]);
  const now = performance.now.bind(performance);
  const clock = jest.spyOn(performance, 'now').mockImplementation(() => now() + 30_001);
  try {
    await expect(write()).resolves.toMatchObject({ status: 'rejected', error: { code: 'forbidden' } });
    client.send({ type: 'get_changes_since', stream_id: owner, last_sequence: 0 });
    await expect(client.next('error')).resolves.toMatchObject({ code: 'forbidden' });
  } finally {
    clock.mockRestore();
  }
  await client.close();
});
