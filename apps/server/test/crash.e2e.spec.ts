/**
 * Kill -9 of the server under load, then a restart on the same data folder: every acknowledged write is there, the
 * sequence has no gap, and the projection equals the replayed log. Black box: processes and sockets only.
 */
import { randomUUID } from 'node:crypto';
import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { WebSocket } from 'ws';
import { changeEventSchema, streamingDownSchema, type ChangeEvent } from '@json-database-sync/domain';
import { freePort, startProcess, type TestProcess } from '../../../testing/processes.js';
import { TEST_FOLDER_PREFIX, removeTestFolder } from '../../../testing/test-folders.js';
import { waitFor } from '../../../testing/wait-for.js';

const root = path.resolve(__dirname, '../../..');
const USER = '550e8400-e29b-41d4-a716-446655440000';

function startServer(dataDir: string, port: number): TestProcess {
  return startProcess(process.execPath, [path.join(root, 'apps/server/dist/main.js')], {
    cwd: root,
    env: { DATABASE_URL: undefined, DATA_DIR: dataDir, BIND_ADDRESS: `127.0.0.1:${port}`, DEMO_MODE: 'true' },
  });
}

interface Acknowledged {
  readonly mutationId: string;
  readonly sequence: number;
  readonly documentId: string;
  readonly version: number;
}

/** One writer that never stops: creates a document, then updates it with several changes under way, until its socket dies. */
class Writer {
  readonly acknowledged: Acknowledged[] = [];
  readonly ended: Promise<void>;
  private readonly socket: WebSocket;
  private readonly documentId = randomUUID();
  private sent = 0;

  constructor(port: number) {
    this.socket = new WebSocket(`ws://127.0.0.1:${port}/ws`);
    this.ended = new Promise((resolve) => this.socket.once('close', () => resolve()));
    this.socket.on('error', () => undefined);
    this.socket.on('open', () => {
      this.send({
        type: 'authenticate',
        protocol: 2,
        client_id: randomUUID(),
        user_id: USER,
        auth_token: 'demo-token',
      });
    });
    this.socket.on('message', (data: Buffer) => this.receive(streamingDownSchema.parse(JSON.parse(data.toString()))));
  }

  private receive(message: ReturnType<typeof streamingDownSchema.parse>): void {
    if (message.type === 'auth_success') for (let i = 0; i < 8; i++) this.write();
    if (message.type !== 'mutation_results') return;
    for (const { status, mutation_id, sequence, document_id, version } of message.results) {
      expect(status).toBe('applied');
      if (mutation_id === null || sequence === null || document_id === null || version === null) continue;
      this.acknowledged.push({ mutationId: mutation_id, sequence, documentId: document_id, version });
      this.write();
    }
  }

  private write(): void {
    const head = { mutation_id: randomUUID(), stream_id: USER, document_id: this.documentId };
    const mutation =
      this.sent++ === 0
        ? { ...head, kind: 'create', title: 'load', content: { count: 0 } }
        : { ...head, kind: 'update', base_version: 0, patch: [{ op: 'replace', path: '/count', value: this.sent }] };
    this.send({ type: 'mutate', mutations: [mutation] });
  }

  private send(message: object): void {
    this.socket.send(JSON.stringify(message));
  }
}

async function readLog(port: number): Promise<ChangeEvent[]> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`);
  const events: ChangeEvent[] = [];
  try {
    await new Promise<void>((resolve, reject) => {
      const ask = () => {
        const last_sequence = events.at(-1)?.sequence ?? 0;
        socket.send(JSON.stringify({ type: 'get_changes_since', stream_id: USER, last_sequence, limit: 1000 }));
      };
      socket.once('error', reject);
      socket.once('open', () => {
        const client_id = randomUUID();
        socket.send(
          JSON.stringify({ type: 'authenticate', protocol: 2, client_id, user_id: USER, auth_token: 'demo-token' }),
        );
      });
      socket.on('message', (data: Buffer) => {
        const message = streamingDownSchema.parse(JSON.parse(data.toString()));
        if (message.type === 'auth_success') ask();
        else if (message.type === 'changes') {
          events.push(...message.events.map((event) => changeEventSchema.parse(event)));
          if (message.has_more) ask();
          else resolve();
        } else reject(new Error(`unexpected ${message.type}`));
      });
    });
  } finally {
    socket.close();
  }
  return events;
}

describe('a server killed under load', () => {
  let dataDir: string;
  beforeAll(async () => {
    dataDir = await mkdtemp(path.join(tmpdir(), TEST_FOLDER_PREFIX));
    // As root the cluster belongs to another user, who has to get there.
    await chmod(dataDir, 0o755);
  });
  afterAll(() => removeTestFolder(dataDir));

  test('has every acknowledged write after a restart, without gaps, and its projection equals the log', async () => {
    const acknowledged: Acknowledged[] = [];
    // Twice, so that the second run starts from what the first kill left, and is killed in turn.
    for (let round = 1; round <= 2; round++) {
      const port = await freePort();
      const server = startServer(dataDir, port);
      await server.waitForOutput(/ready at ws:/);
      const writers = Array.from({ length: 6 }, () => new Writer(port));
      await waitFor('writes to be acknowledged', () => writers.every((writer) => writer.acknowledged.length > 60));
      server.signal('SIGKILL');
      await server.exit;
      await Promise.all(writers.map((writer) => writer.ended));
      acknowledged.push(...writers.flatMap((writer) => writer.acknowledged));
    }

    const port = await freePort();
    const server = startServer(dataDir, port);
    await server.waitForOutput(/ready at ws:/);
    const log = await readLog(port);
    expect(log.map((event) => event.sequence)).toEqual(log.map((_, index) => index + 1));
    const bySequence = new Map(log.map((event) => [event.sequence, event]));
    for (const write of acknowledged) {
      expect(bySequence.get(write.sequence)).toMatchObject({
        mutation_id: write.mutationId,
        document_id: write.documentId,
        version: write.version,
      });
    }
    expect(new Set(log.map((event) => event.mutation_id)).size).toBe(log.length);

    server.signal('SIGINT');
    expect(await server.exit).toEqual({ code: 0, signal: null });
    const rebuild = startProcess(process.execPath, [path.join(root, 'apps/server/dist/rebuild.js')], {
      cwd: root,
      env: { DATABASE_URL: undefined, DATA_DIR: dataDir },
    });
    expect(await rebuild.exit).toEqual({ code: 0, signal: null });
  });
});
