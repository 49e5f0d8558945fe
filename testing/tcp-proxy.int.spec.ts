import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.js';
import { waitFor } from './wait-for.js';

describe('the fault-injecting TCP proxy', () => {
  let echo: Server;
  let proxy: TcpProxy;
  const received: string[] = [];

  beforeAll(async () => {
    echo = createServer({ allowHalfOpen: true }, (socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (bytes) => {
        received.push(bytes.toString());
        socket.write(bytes);
      });
      socket.on('end', () => socket.end('bye'));
    });
    echo.listen(0, '127.0.0.1');
    await once(echo, 'listening');
    const address = echo.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    proxy = await startTcpProxy(address.port);
  });

  afterAll(async () => {
    await proxy.close();
    await new Promise((resolve) => echo.close(resolve));
  });

  function open(): { socket: Socket; text: () => string; closed: () => boolean } {
    const socket = connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true });
    let text = '';
    let closed = false;
    socket.on('data', (bytes) => (text += bytes.toString()));
    socket.on('close', () => (closed = true));
    socket.on('error', () => undefined);
    return { socket, text: () => text, closed: () => closed };
  }

  it('forwards both ways, and an end in order', async () => {
    const client = open();
    client.socket.write('hello');
    await waitFor('the echo', () => client.text() === 'hello');
    client.socket.end();
    await waitFor('the last words', () => client.text() === 'hellobye');
    await waitFor('the end', () => client.closed() && proxy.connections() === 0);
  });

  it('forwards more than fits into its buffers without losing any', async () => {
    const client = open();
    const sent = Buffer.alloc(8_000_000, 'x');
    client.socket.write(sent);
    await waitFor('all of it', () => client.text().length === sent.length);
    client.socket.destroy();
    await waitFor('the end', () => proxy.connections() === 0);
  });

  it('cuts all connections and lets new ones through', async () => {
    const [one, two] = [open(), open()];
    one.socket.write('1');
    two.socket.write('2');
    await waitFor('both echoes', () => one.text() === '1' && two.text() === '2');
    proxy.cut();
    await waitFor('both to be cut', () => one.closed() && two.closed());
    const three = open();
    three.socket.write('3');
    await waitFor('the echo of the new one', () => three.text() === '3');
    three.socket.destroy();
  });

  it('refuses new connections while told to, and leaves the old one alone', async () => {
    const old = open();
    old.socket.write('a');
    await waitFor('the echo', () => old.text() === 'a');
    proxy.refuse(true);
    const refused = open();
    await waitFor('the refusal', () => refused.closed());
    old.socket.write('b');
    await waitFor('the old connection to go on', () => old.text() === 'ab');
    proxy.refuse(false);
    const welcome = open();
    welcome.socket.write('c');
    await waitFor('the new connection', () => welcome.text() === 'c');
    old.socket.destroy();
    welcome.socket.destroy();
  });

  it('holds everything back while stalled, and delivers it afterwards', async () => {
    const stalled = open();
    stalled.socket.write('before.');
    await waitFor('the echo', () => stalled.text() === 'before.');
    proxy.stall(true);
    stalled.socket.write('held back');
    // A connection made while stalled is open and silent too; refused ones would be closed by now.
    const late = open();
    late.socket.write('late');
    await waitFor('the late connection to be accepted', () => proxy.connections() >= 2);
    // What a second server-side round trip would have brought is proof that nothing came through.
    await roundTripPast(echo);
    expect(received).not.toContain('held back');
    expect(received).not.toContain('late');
    expect(stalled.closed()).toBe(false);
    proxy.stall(false);
    await waitFor('what was held back', () => stalled.text() === 'before.held back' && late.text() === 'late');
    stalled.socket.destroy();
    late.socket.destroy();
  });
});

/** Goes to the server and back without the proxy: by then, anything forwarded before would have arrived too. */
async function roundTripPast(server: Server): Promise<void> {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const socket = connect({ port: address.port, host: '127.0.0.1' });
  socket.write('direct');
  await once(socket, 'data');
  socket.destroy();
}
