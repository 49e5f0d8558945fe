/**
 * A WebSocket client for tests that knows nothing of the SDK: it sends what it is told to, keeps every frame that comes,
 * and holds each one against the dialect's schema, so that no test can pass with a malformed answer.
 */
import {
  classicDownSchema,
  streamingDownSchema,
  type ClassicDown,
  type StreamingDown,
} from '@json-database-sync/domain';
import { WebSocket, type ClientOptions } from 'ws';
import type { z } from 'zod';

/** Far beyond what any answer takes: reaching it means that the answer does not come. */
const PATIENCE_MS = 20_000;

export interface Closing {
  readonly code: number;
  readonly reason: string;
}

interface Tagged {
  readonly type: string;
}

export type FrameOf<Down extends Tagged, T extends Down['type']> = Extract<Down, { type: T }>;

export class WireClient<Down extends Tagged> {
  /** Settles when the socket is closed, by whomever. */
  readonly closed: Promise<Closing>;
  /** Every frame so far, in the order in which they came. */
  readonly frames: Down[] = [];
  private untaken: Down[] = [];
  private violation: Error | undefined;
  private closing: Closing | undefined;
  private readonly watchers = new Set<() => void>();

  private constructor(
    readonly socket: WebSocket,
    schema: z.ZodType<Down>,
  ) {
    this.closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => {
        this.closing = { code, reason: reason.toString() };
        resolve(this.closing);
        this.wake();
      });
    });
    socket.on('message', (data: Buffer) => this.receive(data, schema));
    socket.on('error', () => undefined);
  }

  static async connect<Down extends Tagged>(
    url: string,
    schema: z.ZodType<Down>,
    options: ClientOptions = {},
  ): Promise<WireClient<Down>> {
    const socket = new WebSocket(url, options);
    const client = new WireClient(socket, schema);
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    return client;
  }

  send(message: unknown): void {
    this.socket.send(JSON.stringify(message));
  }

  sendRaw(data: string | Buffer): void {
    this.socket.send(data);
  }

  /** Takes the first frame of a type that was not taken yet (and that fits), waiting for it. */
  async next<T extends Down['type']>(
    type: T,
    fits: (frame: FrameOf<Down, T>) => boolean = () => true,
  ): Promise<FrameOf<Down, T>> {
    const isIt = (frame: Down): frame is FrameOf<Down, T> =>
      frame.type === type && fits(frame as unknown as FrameOf<Down, T>);
    return this.until(`a frame ${type}`, () => {
      const at = this.untaken.findIndex(isIt);
      return at < 0 ? undefined : (this.untaken.splice(at, 1)[0] as FrameOf<Down, T>);
    });
  }

  /** Waits until `probe` finds something in what has come; looks again at each frame. */
  async until<R>(what: string, probe: () => R | undefined): Promise<R> {
    let watcher: () => void = () => undefined;
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<R>((resolve, reject) => {
        watcher = () => {
          if (this.violation) return reject(this.violation);
          const found = probe();
          if (found !== undefined) {
            // At once: a second look could take a second frame.
            this.watchers.delete(watcher);
            resolve(found);
          } else if (this.closing) {
            reject(new Error(`closed (${this.closing.code}) without ${what}: ${this.summary()}`));
          }
        };
        timer = setTimeout(() => reject(new Error(`waited in vain for ${what}; came: ${this.summary()}`)), PATIENCE_MS);
        this.watchers.add(watcher);
        watcher();
      });
    } finally {
      clearTimeout(timer);
      this.watchers.delete(watcher);
    }
  }

  /** All frames of a type, taken or not. */
  all<T extends Down['type']>(type: T): FrameOf<Down, T>[] {
    return this.frames.filter((frame): frame is FrameOf<Down, T> => frame.type === type);
  }

  /** The frames that no `next` has taken, without those of the types named. */
  rest(...without: Down['type'][]): Down[] {
    return this.untaken.filter((frame) => !without.includes(frame.type));
  }

  /** A round trip: what the server had sent before is here after it. */
  async roundTrip(): Promise<void> {
    const pongs = this.frames.filter(({ type }) => type === 'pong').length;
    this.send({ type: 'ping' });
    await this.until('a pong', () => {
      const all = this.frames.filter(({ type }) => type === 'pong').length;
      return all > pongs || undefined;
    });
    this.untaken = this.untaken.filter(({ type }) => type !== 'pong');
  }

  async close(): Promise<void> {
    this.socket.close();
    await this.closed;
  }

  private receive(data: Buffer, schema: z.ZodType<Down>): void {
    const value: unknown = JSON.parse(data.toString());
    const decoded = schema.safeParse(value);
    if (decoded.success) {
      this.frames.push(decoded.data);
      this.untaken.push(decoded.data);
    } else {
      this.violation ??= new Error(`the server sent a frame outside the protocol: ${decoded.error.message}`);
    }
    this.wake();
  }

  private wake(): void {
    for (const watcher of this.watchers) watcher();
  }

  private summary(): string {
    return JSON.stringify(this.frames.slice(-5)).slice(0, 1_000);
  }
}

export type ClassicClient = WireClient<ClassicDown>;
export type StreamingClient = WireClient<StreamingDown>;

export function connectClassic(url: string): Promise<ClassicClient> {
  return WireClient.connect<ClassicDown>(url, classicDownSchema);
}

export function connectStreaming(url: string): Promise<StreamingClient> {
  return WireClient.connect<StreamingDown>(url, streamingDownSchema);
}

export async function openClassic(url: string, userId: string, token = 'demo-token'): Promise<ClassicClient> {
  const client = await connectClassic(url);
  client.send({ type: 'authenticate', user_id: userId, auth_token: token });
  await client.next('auth_success');
  return client;
}

export async function openStreaming(
  url: string,
  userId: string,
  clientId: string,
  token = 'demo-token',
): Promise<StreamingClient> {
  const client = await connectStreaming(url);
  client.send({ type: 'authenticate', protocol: 2, user_id: userId, client_id: clientId, auth_token: token });
  await client.next('auth_success');
  return client;
}
