/** Large news goes compressed, once for all, to those who take it so; each peer gets the same texts, in the same order. */
import { randomUUID } from 'node:crypto';
import zlib from 'node:zlib';
import { streamingDownSchema, type ChangeEvent, type StreamingDown } from '@json-database-sync/domain';
import type { ClientOptions } from 'ws';
import { mutations } from '../../test/mutations.js';
import { startTestServer, type TestServer } from '../../test/test-server.js';
import { WireClient, openStreaming, type StreamingClient } from '../../test/wire-client.js';
import { COMPRESSED_FROM_BYTES, COMPRESSED_ONCE_TO_BYTES } from './outbound.js';

let server: TestServer;
let userId: string;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server.stop());

afterEach(() => jest.restoreAllMocks());

async function reader(perMessageDeflate: NonNullable<ClientOptions['perMessageDeflate']>): Promise<StreamingClient> {
  const client = await WireClient.connect<StreamingDown>(server.wsUrl, streamingDownSchema, { perMessageDeflate });
  const clientId = randomUUID();
  client.send({ type: 'authenticate', protocol: 2, user_id: userId, client_id: clientId, auth_token: 'demo-token' });
  await client.next('auth_success');
  client.send({ type: 'subscribe', stream_ids: [userId] });
  await client.next('subscribed');
  return client;
}

it('each peer gets what was agreed with it, and the compressor runs once for all that take any message alone', async () => {
  userId = randomUUID();
  const writer = await openStreaming(server.wsUrl, userId, randomUUID());
  const make = mutations(userId);
  const created = make.create({});
  writer.send({ type: 'mutate', mutations: [created] });
  await writer.next('mutation_results');
  const alike = await Promise.all([reader(true), reader(true), reader({ clientNoContextTakeover: true })]);
  const others = [await reader(false), await reader({ serverMaxWindowBits: 10 })];
  const compress = jest.spyOn(zlib, 'deflateRawSync');
  // Small ones between large ones: none may overtake another.
  const texts = ['a', 'b'.repeat(20_000), 'c', 'd'.repeat(300_000), 'e'];
  for (const [index, text] of texts.entries()) {
    const add = { op: 'add', path: '/text', value: text } as const;
    writer.send({ type: 'mutate', mutations: [make.update(created.document_id, index + 1, [add])] });
    await writer.next('mutation_results');
  }
  for (const client of [...alike, ...others]) {
    const written = await client.until('the last change', () => {
      const events = client.all('changes').flatMap((frame) => frame.events);
      return events.length === texts.length ? events.map(writtenBy) : undefined;
    });
    expect(written).toEqual(texts);
    await client.close();
  }
  // Each large text is in two: written by one, and in what would take the next one back. The largest goes another way.
  const large = compress.mock.calls.map(([data]) => Buffer.byteLength(data as Buffer));
  expect(large).toHaveLength(2);
  expect(Math.min(...large)).toBeGreaterThan(COMPRESSED_FROM_BYTES);
  expect(Math.max(...large)).toBeLessThan(COMPRESSED_ONCE_TO_BYTES);
  await writer.close();
});

function writtenBy(event: ChangeEvent): unknown {
  const [operation] = event.event_type === 'update' ? event.forward_patch : [];
  return operation?.op === 'add' ? operation.value : undefined;
}
