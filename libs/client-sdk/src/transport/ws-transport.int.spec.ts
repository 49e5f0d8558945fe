/** The transport over a WebSocket: the conformance suite on a real server, and what only a network's server can do. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { waitFor } from '../../../../testing/wait-for.js';
import { dial, transportSuite, type Dialled, type TransportWorld } from './transport.suite.js';
import { wsTransport } from './ws-transport.js';

const urlOf = (address: unknown) => `ws://127.0.0.1:${(address as AddressInfo).port}/ws`;

async function listen(): Promise<TransportWorld> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const url = urlOf(server.address());
  const heard: string[] = [];
  server.on('connection', (socket) => {
    socket.on('message', (data: Buffer) => void heard.push(data.toString('utf8')));
  });
  let closing: Promise<void> | undefined;
  const close = () => (closing ??= new Promise<void>((done) => server.close(() => done())));
  return {
    transport: wsTransport,
    url,
    heard,
    connected: () => server.clients.size,
    say: (text) => {
      for (const socket of server.clients) if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    hangUp: () => {
      for (const socket of server.clients) socket.close(1001, 'going away');
    },
    refuse: close,
    until: async (what, probe) => void (await waitFor(what, probe)),
    close: () => {
      for (const socket of server.clients) socket.terminate();
      return close();
    },
  };
}

transportSuite('wsTransport', listen);

describe('a server that breaks the rules', () => {
  const TEXT = 0x81;
  const BINARY = 0x82;
  const CLOSE = 0x88;
  let server: Server;
  let sockets: Socket[];
  let dialled: Dialled | undefined;
  beforeEach(() => {
    sockets = [];
    // Half-open, so that nothing answers the end of the other side in the server's place.
    server = createServer({ allowHalfOpen: true }, (socket) => {
      sockets.push(socket);
      socket.on('error', () => undefined);
    });
  });
  afterEach(async () => {
    dialled?.connection.close();
    for (const socket of sockets) socket.destroy();
    await new Promise<void>((done) => server.close(() => done()));
  });

  /** Answers a dial by hand: what `answer` makes of the client's request, after which the server says no more. */
  async function answering(answer: (socket: Socket, accept: string) => void): Promise<Dialled> {
    server.on('connection', (socket) => {
      socket.once('data', (request) => {
        const key = /^sec-websocket-key: (.*)\r$/im.exec(request.toString('latin1'))?.[1] ?? '';
        // RFC 6455, section 1.3.
        const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
        answer(socket, accept);
        socket.resume();
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    dialled = dial(wsTransport, urlOf(server.address()));
    return dialled;
  }

  /** Opens, sends these bytes in one piece, and never says another word. */
  const sending = (...frames: Buffer[]) =>
    answering((socket, accept) => {
      const head = `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n`;
      socket.write(Buffer.concat([Buffer.from(`${head}Sec-WebSocket-Accept: ${accept}\r\n\r\n`), ...frames]));
    });

  function frame(kind: number, payload: Buffer | string, announced = Buffer.byteLength(payload)): Buffer {
    const length = Buffer.alloc(8);
    length.writeBigUInt64BE(BigInt(announced));
    return Buffer.concat([Buffer.from([kind, 127]), length, Buffer.from(payload)]);
  }
  /** Control frames have their length in the second byte. */
  const closeFrame = (code: number, reason: string) =>
    Buffer.concat([Buffer.from([CLOSE, 2 + reason.length, code >> 8, code & 0xff]), Buffer.from(reason)]);

  const ended = ({ log }: Dialled) => waitFor('the end', () => log.includes('closed'));
  const gone = () => waitFor('the server to see the end', () => sockets[0]?.readableEnded || sockets[0]?.destroyed);

  test('a binary frame ends the connection, also where the server goes on', async () => {
    const peer = await sending(frame(TEXT, 'first'), frame(BINARY, 'second'), frame(TEXT, 'third'));
    await ended(peer);
    await gone();
    expect(peer.log).toEqual(['opened', 'received', 'closed']);
    expect([peer.received, peer.reasons]).toEqual([['first'], ['the server sent a binary frame']]);
  });

  test.each([
    ['longer than a page can be', frame(TEXT, '', 16 * 8 * 1024 * 1024 + 1), /max payload size exceeded/i],
    ['of no UTF-8', frame(TEXT, Buffer.from([0xc3, 0x28])), /utf-8/i],
    ['of no known kind', frame(0x83, 'x'), /opcode/i],
  ])('a frame %s ends the connection, also where the server never answers the close', async (_name, bad, reason) => {
    const peer = await sending(frame(TEXT, 'first'), bad, frame(TEXT, 'third'));
    await ended(peer);
    await gone();
    expect(peer.log).toEqual(['opened', 'received', 'closed']);
    expect([peer.received, peer.reasons]).toEqual([['first'], [expect.stringMatching(reason)]]);
  });

  test('a frame that is cut off is not received, and the connection ends', async () => {
    const peer = await sending(frame(TEXT, 'first'), frame(TEXT, 'only the beg', 1_000));
    await waitFor('the first frame', () => peer.received.length > 0);
    sockets[0]!.destroy();
    await ended(peer);
    expect([peer.received, peer.reasons]).toEqual([['first'], ['the server closed the connection (1006)']]);
  });

  test('a close says the code and the reason that the server gave', async () => {
    const peer = await sending(closeFrame(4001, 'token expired'));
    await waitFor('it to open', () => peer.log.includes('opened'));
    sockets[0]!.end();
    await ended(peer);
    expect(peer.reasons).toEqual(['the server closed the connection (4001: token expired)']);
  });

  test.each([
    ['another status', 'HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n', /503/],
    ['no HTTP', 'SSH-2.0-OpenSSH_9.6\r\n', /Parse Error/],
    ['a wrong key', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n', /accept/i],
  ])('a handshake answered with %s never opens, and says so', async (_name, answer, reason) => {
    const peer = await answering((socket) => socket.write(answer));
    await ended(peer);
    await gone();
    expect([peer.log, peer.reasons]).toEqual([['closed'], [expect.stringMatching(reason)]]);
  });

  test('a server that hangs up during the handshake never opens', async () => {
    const peer = await answering((socket) => socket.destroy());
    await ended(peer);
    expect([peer.log, peer.reasons]).toEqual([['closed'], [expect.stringMatching(/\S/)]]);
  });

  test('our own end reaches a server that never answers the close', async () => {
    const peer = await sending(frame(TEXT, 'first'));
    await waitFor('the first frame', () => peer.received.length > 0);
    peer.connection.close();
    await gone();
    expect(peer.log).toEqual(['opened', 'received']);
  });

  test('our own end reaches a server that never answers the handshake', async () => {
    const peer = await answering(() => undefined);
    await waitFor('the server to be dialled', () => sockets.length > 0);
    peer.connection.close();
    await gone();
    expect(peer.log).toEqual([]);
  });
});
