/**
 * The sending side of a connection. Answers are always sent; news waits while the socket is slow: `ready` turns false
 * past the high-water mark, and who has more to tell waits for `drained` and then reads the log.
 *
 * A message comes as a whole frame, made once for all its receivers, and goes to the TCP socket as it is: ws would frame it
 * anew for each. Order: ws writes its own frames (pings, the good-bye, what it compresses) to that socket whole, too, and what
 * it has queued, which shows as bytes beyond the socket's own, goes first.
 */
import type { IncomingMessage } from 'node:http';
import type { Writable } from 'node:stream';
import { WebSocket } from 'ws';
import type { TextFrame } from '../feed/text-frame.js';

/** Unsent bytes past which a connection gets no more news, and is not read from. */
export const HIGH_WATER_BYTES = 1024 * 1024;
/** Unsent bytes past which a connection is given up: it asks for more than it takes. */
const MAX_BUFFERED_BYTES = 64 * 1024 * 1024;
/** What is smaller costs more to compress for each receiver than it saves. */
export const COMPRESSED_FROM_BYTES = 8 * 1024;
/** What is larger is not compressed once for all: everybody would wait for it, 9 ms for this much. ws does it in threads. */
export const COMPRESSED_ONCE_TO_BYTES = 256 * 1024;

export type TcpSocket = Pick<Writable, 'write' | 'writableLength' | 'cork' | 'uncork'>;

/**
 * What was agreed on: `alone`, each message by itself, by which one that is compressed once can go to all; `particular` is
 * anything else, such as a window of another size.
 */
type Compression = 'none' | 'alone' | 'particular';

/** What a WebSocket runs over. */
export interface Wire {
  readonly tcp: TcpSocket;
  readonly compression: Compression;
}

/** Of a socket that has been accepted, with the request that asked for it. */
export function wireOf(socket: WebSocket, request: IncomingMessage): Wire {
  // Whose messages stand alone is the server's own choice; a smaller window is granted to who asks for one.
  const offer = request.headers['sec-websocket-extensions'] ?? '';
  const agreed = offer.includes('server_max_window_bits') ? 'particular' : 'alone';
  return { tcp: request.socket, compression: socket.extensions === '' ? 'none' : agreed };
}

export interface OutboundOwner {
  /** Too much is unsent. */
  overflowed(): void;
  /** Something has been sent that waited. */
  tookMore(): void;
}

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export class Outbound {
  private waiting: Waiter[] | undefined;
  private progress = false;
  private corked = false;
  private readonly tcp: TcpSocket | undefined;
  private readonly compression: Compression;

  /** @param wire null where the socket does not run over a stream of bytes: then each frame goes through `socket` */
  constructor(
    private readonly socket: WebSocket,
    wire: Wire | null,
    private readonly owner: OutboundOwner,
  ) {
    this.tcp = wire?.tcp;
    this.compression = wire?.compression ?? 'none';
  }

  ready(): boolean {
    return this.isOpen && this.unsentBytes < HIGH_WATER_BYTES;
  }

  get isFull(): boolean {
    return this.isOpen && this.unsentBytes >= HIGH_WATER_BYTES;
  }

  get unsentBytes(): number {
    return this.socket.bufferedAmount;
  }

  drained(): Promise<void> {
    if (this.ready()) return Promise.resolve();
    if (!this.isOpen) return Promise.reject(new Error('the connection is closed'));
    return new Promise((resolve, reject) => (this.waiting ??= []).push({ resolve, reject }));
  }

  send(frame: TextFrame): void {
    if (!this.isOpen) return;
    const unsent = this.unsentBytes;
    if (unsent > MAX_BUFFERED_BYTES) {
      this.owner.overflowed();
      return;
    }
    const bytes = this.tcp?.writableLength === unsent ? this.wholeFrame(frame) : undefined;
    if (bytes) this.tcp?.write(bytes, this.written);
    else this.socket.send(frame.data, { binary: false }, this.written);
  }

  /** An answer: those that one batch of writes brings to this connection go out in one go, at the end of this turn. */
  answer(frame: TextFrame): void {
    if (this.tcp && !this.corked) {
      this.corked = true;
      this.tcp.cork();
      process.nextTick(Outbound.uncork, this);
    }
    this.send(frame);
  }

  private static uncork(this: void, outbound: Outbound): void {
    outbound.corked = false;
    outbound.tcp?.uncork();
  }

  /** Whether the peer has taken anything since this was last asked. */
  hasProgressed(): boolean {
    const { progress } = this;
    this.progress = false;
    return progress;
  }

  ended(): void {
    this.settle(new Error('the connection is closed'));
  }

  /** As it goes to the TCP socket; undefined where only ws can make it. */
  private wholeFrame({ framed, data, compressed }: TextFrame): Buffer | undefined {
    if (this.compression === 'none' || data.length < COMPRESSED_FROM_BYTES) return framed;
    if (this.compression === 'particular' || data.length > COMPRESSED_ONCE_TO_BYTES) return undefined;
    return compressed?.();
  }

  private get isOpen(): boolean {
    return this.socket.readyState === WebSocket.OPEN;
  }

  private readonly written = (): void => {
    this.progress = true;
    if (this.waiting && this.ready()) this.settle();
    this.owner.tookMore();
  };

  private settle(error?: Error): void {
    const settled = this.waiting ?? [];
    this.waiting = undefined;
    for (const { resolve, reject } of settled) {
      if (error) reject(error);
      else resolve();
    }
  }
}
