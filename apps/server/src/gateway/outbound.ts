/**
 * The sending side of a connection. Answers are always sent; news waits while the socket is slow: `ready` turns false
 * past the high-water mark, and who has more to tell waits for `drained` and then reads the log.
 */
import { WebSocket } from 'ws';

/** Unsent bytes past which a connection gets no more news. */
const HIGH_WATER_BYTES = 1024 * 1024;
/** Unsent bytes past which a connection is given up: it asks for more than it takes. */
const MAX_BUFFERED_BYTES = 64 * 1024 * 1024;

export class Outbound {
  private waiting: { resolve: () => void; reject: (error: Error) => void }[] = [];

  constructor(
    private readonly socket: WebSocket,
    private readonly onOverflow: () => void,
  ) {
    socket.once('close', () => this.settle(new Error('the connection is closed')));
  }

  ready(): boolean {
    return this.socket.readyState === WebSocket.OPEN && this.socket.bufferedAmount < HIGH_WATER_BYTES;
  }

  drained(): Promise<void> {
    if (this.ready()) return Promise.resolve();
    if (this.socket.readyState !== WebSocket.OPEN) return Promise.reject(new Error('the connection is closed'));
    return new Promise((resolve, reject) => this.waiting.push({ resolve, reject }));
  }

  /** @param data UTF-8 text */
  send(data: Buffer): void {
    if (this.socket.readyState !== WebSocket.OPEN) return;
    if (this.socket.bufferedAmount > MAX_BUFFERED_BYTES) {
      this.onOverflow();
      return;
    }
    this.socket.send(data, { binary: false }, () => {
      if (this.waiting.length > 0 && this.ready()) this.settle();
    });
  }

  private settle(error?: Error): void {
    const settled = this.waiting;
    this.waiting = [];
    for (const { resolve, reject } of settled) {
      if (error) reject(error);
      else resolve();
    }
  }
}
