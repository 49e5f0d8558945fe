/** A bare client of the streaming dialect for load generators: no checks, no SDK, as little work a frame as can be. */
import { randomBytes } from 'node:crypto';
import { WebSocket } from 'ws';

/** What a load generator reads of the frames that it gets. */
export interface Frame {
  readonly type: string;
  readonly results?: readonly {
    readonly mutation_id: string;
    readonly status: string;
    readonly version: number | null;
    readonly sequence: number | null;
    readonly error?: { readonly code: string; readonly message: string };
  }[];
  readonly events?: readonly { readonly sequence: number; readonly mutation_id: string }[];
  /** Of what it answers, where that had one. */
  readonly request_id?: string;
  readonly code?: string;
  readonly message?: string;
}

/** What every mutation says first. */
interface MutationHead {
  readonly mutation_id: string;
  readonly stream_id: string;
  readonly document_id: string;
  readonly base_version: number;
}

const PER_FRAME = 128;
/** Of contents in one frame: less than a frame may have. */
const FRAME_BYTES = 4_000_000;

export class LoadConnection {
  onFrame: (frame: Frame) => void = () => undefined;
  onClose: (code: number) => void = (code) => {
    throw new Error(`the server closed a connection (${code})`);
  };
  /** Of all frames so far, without what WebSocket adds. */
  sentBytes = 0;
  receivedBytes = 0;
  private closing = false;

  private constructor(
    readonly socket: WebSocket,
    readonly userId: string,
    readonly clientId: string,
  ) {
    socket.on('message', (data: Buffer) => {
      this.receivedBytes += data.length;
      this.onFrame(JSON.parse(data.toString()) as Frame);
    });
    socket.on('close', (code) => {
      if (!this.closing) this.onClose(code);
    });
  }

  static async open(url: string, userId: string): Promise<LoadConnection> {
    const socket = new WebSocket(url, { perMessageDeflate: false });
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    const connection = new LoadConnection(socket, userId, uuid());
    await connection.ask(
      { type: 'authenticate', protocol: 2, user_id: userId, auth_token: 'demo-token', client_id: connection.clientId },
      'auth_success',
    );
    return connection;
  }

  send(message: object): void {
    const text = JSON.stringify(message);
    // Load is ASCII.
    this.sentBytes += text.length;
    this.socket.send(text);
  }

  /** Sends and waits for the next frame of a type; for setting up, before `onFrame` is taken. */
  ask(message: object, answer: string): Promise<Frame> {
    return new Promise((resolve, reject) => {
      this.onFrame = (frame) => {
        if (frame.type === answer) resolve(frame);
        else if (frame.type === 'error') reject(new Error(`${frame.code}: ${frame.message}`));
      };
      this.send(message);
    });
  }

  /** Creates documents with this content, in frames of many. */
  async create(ids: readonly string[], content: object): Promise<void> {
    const size = JSON.stringify(content).length;
    const perFrame = Math.max(1, Math.min(PER_FRAME, Math.floor(FRAME_BYTES / size)));
    for (let at = 0; at < ids.length; at += perFrame) {
      const part = ids.slice(at, at + perFrame);
      const mutations = part.map((id) => ({ ...this.head(id, 0), kind: 'create', title: 'load', content }));
      const { results } = await this.ask({ type: 'mutate', mutations }, 'mutation_results');
      const refused = results?.find(({ status }) => status === 'rejected');
      if (refused) throw new Error(`a creation was refused: ${refused.error?.code} ${refused.error?.message}`);
    }
  }

  head(documentId: string, baseVersion: number, streamId = this.userId): MutationHead {
    return { mutation_id: uuid(), stream_id: streamId, document_id: documentId, base_version: baseVersion };
  }

  close(): void {
    this.closing = true;
    this.socket.terminate();
  }
}

let pool = Buffer.alloc(0);
let used = 0;

/** A random UUID, cheaply; version 7, as clients make them. */
export function uuid(): string {
  if (used + 10 > pool.length) {
    pool = randomBytes(10_240);
    used = 0;
  }
  const time = Date.now().toString(16).padStart(12, '0');
  const hex = pool.toString('hex', used, used + 10);
  used += 10;
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hex.slice(0, 3)}-a${hex.slice(3, 6)}-${hex.slice(6, 18)}`;
}
