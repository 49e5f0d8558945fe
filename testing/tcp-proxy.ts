/**
 * A TCP proxy that breaks connections on purpose: put between a client and a server, it cuts, refuses or stalls.
 */
import { connect, createServer, type Socket } from 'node:net';

export interface TcpProxy {
  /** The port of 127.0.0.1 to connect to. */
  readonly port: number;
  /** How many connections are open through it now. */
  connections(): number;
  /** Destroys all current connections, as a network that goes away does. New ones are let through. */
  cut(): void;
  /** While true, new connections are reset as soon as they are made. */
  refuse(refusing: boolean): void;
  /** While true, connections stay open and nothing is forwarded either way; what was sent follows when it ends. */
  stall(stalling: boolean): void;
  close(): Promise<void>;
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
}

/** Forwards to `targetPort` of 127.0.0.1. */
export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const pairs = new Set<Pair>();
  let refusing = false;
  let stalling = false;

  const listener = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    if (refusing) {
      client.on('error', () => undefined);
      client.resetAndDestroy();
      return;
    }
    const server = connect({ port: targetPort, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    const pair = { client, server };
    pairs.add(pair);
    forward(pair, () => stalling);
    client.once('close', () => pairs.delete(pair));
    if (stalling) pause(pair);
  });
  await new Promise<void>((resolve, reject) => {
    listener.once('error', reject);
    listener.listen(0, '127.0.0.1', resolve);
  });
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has no port');

  const cut = (): void => pairs.forEach(destroy);
  return {
    port: address.port,
    connections: () => pairs.size,
    cut,
    refuse: (on) => {
      refusing = on;
    },
    stall: (on) => {
      stalling = on;
      pairs.forEach(on ? pause : resume);
    },
    close: async () => {
      cut();
      await new Promise<void>((resolve) => listener.close(() => resolve()));
    },
  };
}

function forward(pair: Pair, isStalling: () => boolean): void {
  for (const [from, to] of [
    [pair.client, pair.server],
    [pair.server, pair.client],
  ] as const) {
    from.on('data', (bytes) => {
      // What is not taken at once must not pile up here: that would hide a slow receiver from the sender.
      if (!to.write(bytes)) from.pause();
    });
    to.on('drain', () => {
      if (!isStalling()) from.resume();
    });
    from.on('end', () => to.end());
    from.on('error', () => undefined);
    // A socket that breaks takes its partner along; one that ended in order has told its partner already.
    from.on('close', (broken) => {
      if (broken) destroy(pair);
    });
  }
}

function destroy(pair: Pair): void {
  pair.client.resetAndDestroy();
  pair.server.resetAndDestroy();
}

function pause(pair: Pair): void {
  pair.client.pause();
  pair.server.pause();
}

function resume(pair: Pair): void {
  pair.client.resume();
  pair.server.resume();
}
