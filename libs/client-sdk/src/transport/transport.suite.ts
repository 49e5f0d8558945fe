/**
 * What every Transport must do. Takes a factory for a world of its own each test: the transport, a server that it
 * reaches, and a way to wait for what comes of it. That something does *not* happen is asked after a whole exchange
 * over another connection, by when it would have.
 */
import type { Connection, Transport } from './transport.js';

export interface TransportWorld {
  readonly transport: Transport;
  readonly url: string;
  /** The texts that reached the server, over whichever connection, in order. */
  readonly heard: readonly string[];
  /** Connections that are open as the server sees it. */
  connected(): number;
  /** The server sends a text to everyone connected. */
  say(text: string): void;
  /** The server ends every connection. */
  hangUp(): void;
  /** From now on nobody is let in. */
  refuse(): Promise<void>;
  until(what: string, probe: () => boolean): Promise<void>;
  close(): Promise<void>;
}

/** What a connection's handlers were called with, in order. */
export interface Dialled {
  readonly connection: Connection;
  readonly log: readonly string[];
  readonly received: readonly string[];
  readonly reasons: readonly string[];
}

/** Dials; `onCall` sees each call of a handler after it was noted. */
export function dial(
  transport: Transport,
  url: string,
  onCall: (call: string, connection: Connection) => void = () => undefined,
): Dialled {
  const log: string[] = [];
  const received: string[] = [];
  const reasons: string[] = [];
  const called = (call: string) => {
    log.push(call);
    onCall(call, connection);
  };
  const connection = transport.connect(url, {
    opened: () => called('opened'),
    received: (text) => {
      received.push(text);
      called('received');
    },
    closed: (reason) => {
      reasons.push(reason);
      called('closed');
    },
  });
  return { connection, log, received, reasons };
}

const TEXTS = [
  '{"type":"ping"}',
  '',
  ' leading and trailing ',
  'two\r\nlines\n',
  'Grüße, 世界, שלום, e\u0301, 😀👩‍👩‍👧‍👦',
  '\u0000\u0001\u2028\uFEFF',
  JSON.stringify('\\"\u0000\ud800'),
];
/** Some 6 MB of UTF-8; nine bytes a turn, so that pieces of any usual size split characters. */
const LARGE = 'ü世😀'.repeat(670_000);

export function transportSuite(name: string, create: () => Promise<TransportWorld>): void {
  describe(`${name} as a transport`, () => {
    let world: TransportWorld;
    let dialled: Connection[];
    beforeEach(async () => {
      world = await create();
      dialled = [];
    });
    afterEach(async () => {
      for (const connection of dialled) connection.close();
      await world.close();
    });

    function call(onCall?: (call: string, connection: Connection) => void): Dialled {
      const peer = dial(world.transport, world.url, onCall);
      dialled.push(peer.connection);
      return peer;
    }

    async function open(onCall?: (call: string, connection: Connection) => void): Promise<Dialled> {
      const peer = call(onCall);
      const before = world.connected();
      await world.until('the connection to open', () => peer.log.length > 0 && world.connected() > before);
      return peer;
    }

    /** A whole exchange over a connection of its own, its end included. */
    async function exchange(): Promise<void> {
      const before = world.connected();
      const peer = await open();
      peer.connection.send('barrier');
      await world.until('the barrier to get there', () => world.heard.at(-1) === 'barrier');
      world.say('barrier');
      await world.until('the barrier to come back', () => peer.received.includes('barrier'));
      peer.connection.close();
      await world.until('the server to see the end', () => world.connected() === before);
    }

    test('no handler is called before connect has returned; it opens once', async () => {
      const peer = call();
      expect(peer.log).toEqual([]);
      await world.until('the connection to open', () => peer.log.length > 0);
      await exchange();
      expect(peer.log.filter((call) => call !== 'received')).toEqual(['opened']);
    });

    test('frames arrive whole and in order at the server', async () => {
      const { connection } = await open();
      const texts = [...TEXTS, ...Array.from({ length: 300 }, (_, n) => `frame ${n}`)];
      for (const text of texts) connection.send(text);
      await world.until('all of them', () => world.heard.length >= texts.length);
      expect(world.heard).toEqual(texts);
    });

    test('frames arrive whole and in order from the server, after it opened', async () => {
      const { log, received } = await open();
      const texts = [...TEXTS, ...Array.from({ length: 300 }, (_, n) => `frame ${n}`)];
      for (const text of texts) world.say(text);
      await world.until('all of them', () => received.length >= texts.length);
      expect(received).toEqual(texts);
      expect(log).toEqual(['opened', ...texts.map(() => 'received')]);
    });

    test('what is sent from within a handler arrives', async () => {
      await open((call, connection) => connection.send(`after ${call}`));
      world.say('something');
      await world.until('both', () => world.heard.length >= 2);
      expect(world.heard).toEqual(['after opened', 'after received']);
    });

    test('a frame of several megabytes arrives whole, both ways, and in its turn', async () => {
      const { connection, received } = await open();
      for (const text of ['before', LARGE, 'after']) {
        connection.send(text);
        world.say(text);
      }
      await world.until('three each way', () => world.heard.length >= 3 && received.length >= 3);
      // Compared by name, so that a failure does not print the megabytes.
      const named = (text: string) => (text === LARGE ? 'large' : text.slice(0, 20));
      expect(world.heard.map(named)).toEqual(['before', 'large', 'after']);
      expect(received.map(named)).toEqual(['before', 'large', 'after']);
    });

    test('connections do not hear each other', async () => {
      const one = await open();
      const other = await open();
      one.connection.close();
      await world.until('one to be gone', () => world.connected() === 1);
      world.say('to the other');
      await world.until('it', () => other.received.length > 0);
      expect([one.log, other.received]).toEqual([['opened'], ['to the other']]);
    });

    test('an end from the server is reported once, with a reason, and nothing after it', async () => {
      const peer = await open();
      for (const text of ['1', '2', '3']) world.say(text);
      world.hangUp();
      world.say('too late');
      await world.until('the end', () => peer.log.includes('closed'));
      await exchange();
      // Frames may be lost on the way, but only together with everything after them.
      expect(['1', '2', '3'].slice(0, peer.received.length)).toEqual(peer.received);
      expect(peer.log).toEqual(['opened', ...peer.received.map(() => 'received'), 'closed']);
      expect(peer.reasons).toEqual([expect.stringMatching(/\S/)]);
    });

    test('after an end from the server, sending and closing do nothing', async () => {
      const peer = await open();
      world.hangUp();
      await world.until('the end', () => peer.log.includes('closed'));
      peer.connection.send('too late');
      peer.connection.close();
      peer.connection.close();
      peer.connection.send('later still');
      await exchange();
      expect(world.heard).toEqual(['barrier']);
      expect(peer.log).toEqual(['opened', 'closed']);
    });

    test('sending and closing from within closed do nothing', async () => {
      const peer = await open((call, connection) => {
        if (call !== 'closed') return;
        connection.send('too late');
        connection.close();
      });
      world.hangUp();
      await world.until('the end', () => peer.log.includes('closed'));
      await exchange();
      expect(world.heard).toEqual(['barrier']);
      expect(peer.log).toEqual(['opened', 'closed']);
    });

    test('an end of our own reaches the server and calls nobody; sending afterwards does nothing', async () => {
      const peer = await open();
      world.say('on its way');
      peer.connection.close();
      peer.connection.close();
      peer.connection.send('too late');
      await world.until('the server to see the end', () => world.connected() === 0);
      await exchange();
      expect(world.heard).toEqual(['barrier']);
      expect(peer.log).toEqual(['opened']);
    });

    test('an end from within a handler holds for the frames that are already there', async () => {
      const peer = await open((call, connection) => {
        if (call === 'received') connection.close();
      });
      for (const text of ['1', '2', '3']) world.say(text);
      await world.until('the server to see the end', () => world.connected() === 0);
      await exchange();
      expect(peer.received).toEqual(['1']);
      expect(peer.log).toEqual(['opened', 'received']);
    });

    test('ended while it dials, it never opens and calls nobody', async () => {
      const peer = call();
      peer.connection.close();
      await exchange();
      await world.until('nobody to be left', () => world.connected() === 0);
      expect(peer.log).toEqual([]);
    });

    test('what is sent before it opened goes nowhere', async () => {
      const peer = call();
      peer.connection.send('too early');
      await world.until('the connection to open', () => peer.log.length > 0);
      peer.connection.send('in time');
      await world.until('the second', () => world.heard.includes('in time'));
      expect(world.heard).toEqual(['in time']);
    });

    test('a refused connection never opens and ends once, with a reason; sending does nothing', async () => {
      await world.refuse();
      const peer = call();
      peer.connection.send('too early');
      expect(peer.log).toEqual([]);
      await world.until('the end', () => peer.log.includes('closed'));
      peer.connection.send('too late');
      peer.connection.close();
      const next = call();
      await world.until('the end of another', () => next.log.includes('closed'));
      expect([peer.log, world.heard]).toEqual([['closed'], []]);
      expect(peer.reasons).toEqual([expect.stringMatching(/\S/)]);
    });
  });
}
