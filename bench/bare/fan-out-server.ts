/**
 * The limit for fan-out: ws and nothing else sends one frame, framed once, to every subscriber, again and again, as fast as
 * they take it. It says what a load generator's readers expect to hear. Arguments: how many subscribers it waits for, and
 * how many changes a frame has (1). Prints its port.
 */
import { createServer } from 'node:http';
import type { Socket } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';

const EVENT = {
  document_id: '0190d0aa-0000-7000-8000-000000000001',
  user_id: '0190d0aa-0000-7000-8000-000000000002',
  client_id: '0190d0aa-0000-7000-8000-000000000003',
  mutation_id: '0190d0aa-0000-7000-8000-000000000004',
  event_type: 'update',
  version: 2,
  revision_id: '2-8bfb6e84c33dd505',
  vector_clock: { '0190d0aa-0000-7000-8000-000000000003': 2 },
  forward_patch: [{ op: 'replace', path: '/counter', value: 2 }],
  reverse_patch: [{ op: 'replace', path: '/counter', value: 1 }],
  created_at: '2026-01-01T00:00:00.000Z',
};
const CHANGES = Number(process.argv[3] ?? 1);
const FULL_BYTES = 64 * 1_024;

const subscribers = new Set<WebSocket>();
let running = false;

async function sendOnAndOn(): Promise<void> {
  running = true;
  for (let sequence = 1; ; sequence += CHANGES) {
    const events = Array.from({ length: CHANGES }, (_, at) => ({ sequence: sequence + at, ...EVENT }));
    const text = JSON.stringify({
      type: 'changes',
      stream_id: EVENT.user_id,
      events,
      latest_sequence: sequence + CHANGES - 1,
    });
    const whole = textFrame(text);
    for (const socket of subscribers) rawSocketOf(socket).write(whole);
    do await new Promise((resolve) => setImmediate(resolve));
    while ([...subscribers].some((socket) => socket.bufferedAmount > FULL_BYTES));
  }
}

/** RFC 6455, section 5.2: one unmasked text frame of 126 to 65,535 bytes. */
function textFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  const header = Buffer.from([0x81, 126, 0, 0]);
  header.writeUInt16BE(payload.length, 2);
  return Buffer.concat([header, payload]);
}

/** ws keeps it in a field that its types do not have. */
function rawSocketOf(socket: WebSocket): Socket {
  return (socket as unknown as { readonly _socket: Socket })._socket;
}

const http = createServer();
new WebSocketServer({ server: http, perMessageDeflate: false }).on('connection', (socket) => {
  socket.on('message', (data: Buffer) => {
    const { type } = JSON.parse(data.toString()) as { readonly type: string };
    if (type === 'authenticate') socket.send('{"type":"auth_success"}');
    if (type !== 'subscribe') return;
    socket.send('{"type":"subscribed"}');
    subscribers.add(socket);
    if (subscribers.size === Number(process.argv[2]) && !running) void sendOnAndOn();
  });
  socket.on('close', () => subscribers.delete(socket));
});
http.listen(0, '127.0.0.1', () => {
  const address = http.address();
  if (typeof address === 'object' && address) console.log(`listening on ${address.port}`);
});
