/** A reader that stops reading while many write: it costs a bounded amount of memory, holds nobody up and loses nothing. */
import { randomUUID } from 'node:crypto';
import { streamingDownSchema, type StreamingDown } from '@json-database-sync/domain';
import { mutations } from '../../test/mutations.js';
import { startTestServer, type TestServer } from '../../test/test-server.js';
import { WireClient, openStreaming, type StreamingClient } from '../../test/wire-client.js';
import { CLOSE } from './close-codes.js';
import { Connection } from './connection.js';
import { HIGH_WATER_BYTES, Outbound } from './outbound.js';

const WRITERS = 50;
const ROUNDS = 6;
const TOTAL = WRITERS * (ROUNDS + 1);
/** All of it together is far more than what the sockets' own buffers take. */
const BODY = 'x'.repeat(40_000);

let server: TestServer;
let userId: string;

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

beforeEach(() => {
  userId = randomUUID();
});

afterEach(() => jest.restoreAllMocks());

/** Without compression: these documents would come to nothing. */
async function plain(): Promise<StreamingClient> {
  const options = { perMessageDeflate: false };
  const client = await WireClient.connect<StreamingDown>(server.wsUrl, streamingDownSchema, options);
  const [clientId, token] = [randomUUID(), 'demo-token'];
  client.send({ type: 'authenticate', protocol: 2, user_id: userId, client_id: clientId, auth_token: token });
  await client.next('auth_success');
  return client;
}

async function reader(): Promise<StreamingClient> {
  const client = await plain();
  client.send({ type: 'subscribe', stream_ids: [userId] });
  await client.next('subscribed');
  return client;
}

/** Each writer changes a document of its own, again and again, and reads its answers. */
async function fiftyWrite(): Promise<void> {
  const make = mutations(userId);
  await Promise.all(
    Array.from({ length: WRITERS }, async () => {
      const client = await openStreaming(server.wsUrl, userId, randomUUID());
      const documentId = randomUUID();
      for (let n = 0; n <= ROUNDS; n++) {
        const body = { op: 'add', path: '/body', value: `${n}${BODY}` } as const;
        client.send({
          type: 'mutate',
          mutations: [n === 0 ? make.create({}, documentId) : make.update(documentId, n, [body])],
        });
        const [result] = (await client.next('mutation_results')).results;
        expect(result?.status).toBe('applied');
      }
      await client.close();
    }),
  );
}

/** The sequences that a reader has been told so far, once it knows of the last one. */
function sequencesOf(client: StreamingClient): Promise<number[]> {
  return client.until('the last change', () => {
    const sequences = client.all('changes').flatMap(({ events }) => events.map(({ sequence }) => sequence));
    return sequences.at(-1) === TOTAL ? sequences : undefined;
  });
}

/** Watches every connection's unsent bytes, and what the largest frame was. */
function watchOutbound(): { unsentBytes: number; frameBytes: number } {
  const most = { unsentBytes: 0, frameBytes: 0 };
  const send = Reflect.get(Outbound.prototype, 'send');
  jest.spyOn(Outbound.prototype, 'send').mockImplementation(function (this: Outbound, frame) {
    send.call(this, frame);
    most.unsentBytes = Math.max(most.unsentBytes, this.unsentBytes);
    most.frameBytes = Math.max(most.frameBytes, frame.framed.length);
  });
  return most;
}

const everySequence = Array.from({ length: TOTAL }, (_, index) => index + 1);

it('keeps a bounded amount for one that stops reading; the others get all, and so does it once it reads on', async () => {
  const [slow, fast] = [await reader(), await reader()];
  slow.socket.pause();
  const most = watchOutbound();
  await fiftyWrite();
  expect(await sequencesOf(fast)).toEqual(everySequence);
  // It did fall behind, and what waits for it is no more than the mark and the frame that passed it.
  expect(most.unsentBytes).toBeGreaterThanOrEqual(HIGH_WATER_BYTES);
  expect(most.unsentBytes).toBeLessThan(HIGH_WATER_BYTES + most.frameBytes);
  slow.socket.resume();
  expect(await sequencesOf(slow)).toEqual(everySequence);
  await Promise.all([slow.close(), fast.close()]);
});

it('lets one go that reads nothing for half a minute, with 4408; what it missed is there when it comes back', async () => {
  const [stuck, fast] = [await reader(), await reader()];
  stuck.socket.pause();
  const close = jest.spyOn(Connection.prototype, 'close');
  await fiftyWrite();
  await sequencesOf(fast);
  for (let tick = 0; tick < 10 && close.mock.calls.length === 0; tick++) {
    jest.advanceTimersByTime(30_000);
    await fast.roundTrip();
  }
  expect(close).toHaveBeenCalledTimes(1);
  stuck.socket.resume();
  await expect(stuck.closed).resolves.toMatchObject({ code: CLOSE.tooSlow, reason: 'does not read what it is sent' });
  const told = stuck.all('changes').flatMap(({ events }) => events.map(({ sequence }) => sequence));
  expect(told.length).toBeLessThan(TOTAL);
  expect(told).toEqual(everySequence.slice(0, told.length));

  const again = await openStreaming(server.wsUrl, userId, randomUUID());
  let cursor = told.length;
  while (cursor < TOTAL) {
    again.send({ type: 'get_changes_since', stream_id: userId, last_sequence: cursor, limit: 1_000 });
    const { events } = await again.next('changes');
    expect(events[0]?.sequence).toBe(cursor + 1);
    cursor = events.at(-1)?.sequence ?? TOTAL;
  }
  await Promise.all([again.close(), fast.close()]);
});

it('makes no further answer for one that does not take its answers, until it does', async () => {
  const make = mutations(userId);
  const client = await plain();
  const other = await openStreaming(server.wsUrl, userId, randomUUID());
  const documentId = randomUUID();
  client.send({ type: 'mutate', mutations: [make.create({ body: BODY.repeat(25) }, documentId)] });
  await client.next('mutation_results');
  client.socket.pause();
  const most = watchOutbound();
  const asked = 40;
  for (let n = 0; n < asked; n++)
    client.send({ type: 'get_document_at', stream_id: userId, document_id: documentId, version: 1 });
  await other.roundTrip();
  client.socket.resume();
  await client.until('all answers', () => client.all('document_at').length === asked || undefined);
  expect(most.unsentBytes).toBeLessThan(HIGH_WATER_BYTES + most.frameBytes);
  await Promise.all([client.close(), other.close()]);
});
