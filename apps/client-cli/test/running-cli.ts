/** The client as a process, with and without a terminal, on databases of its own. Importing this registers clean-up. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { WebSocket, WebSocketServer } from 'ws';
import { freePort, startProcess, type TestProcess } from '../../../testing/processes.js';
import { createTestDatabase, type TestDatabase } from '../../../testing/test-database.js';
import { waitFor } from '../../../testing/wait-for.js';
import { Screen } from './screen.js';

const ROOT = resolve(__dirname, '../../..');
const MAIN = join(ROOT, 'apps/client-cli/dist/main.js');

/** Nothing of the environment that the tests are run in may decide what they see. */
const CLEAN = {
  SYNC_SERVER: undefined,
  SYNC_DATABASE: undefined,
  SYNC_TOKEN: undefined,
  SYNC_USER_ID: undefined,
  SYNC_WAIT: undefined,
  NO_COLOR: undefined,
  FORCE_COLOR: undefined,
  TERM: 'xterm-256color',
};

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class TestServer {
  private constructor(
    readonly port: number,
    private readonly database: TestDatabase,
    private process: TestProcess,
  ) {}

  get url(): string {
    return `ws://127.0.0.1:${this.port}/ws`;
  }

  static async start(): Promise<TestServer> {
    const [database, port] = [await createTestDatabase(), await freePort()];
    const server = new TestServer(port, database, launch(database.url, port));
    await server.ready();
    return server;
  }

  /** A crash, not a shutdown. */
  async kill(): Promise<void> {
    this.process.signal('SIGKILL');
    await this.process.exit;
  }

  async restart(): Promise<void> {
    this.process = launch(this.database.url, this.port);
    await this.ready();
  }

  async stop(): Promise<void> {
    this.process.signal('SIGTERM');
    await this.process.exit;
    await this.database.drop();
  }

  private async ready(): Promise<void> {
    const health = `http://127.0.0.1:${this.port}/health/ready`;
    await waitFor('the server to be ready', async () => (await fetch(health)).ok, { timeoutMs: 30_000 });
  }
}

function launch(databaseUrl: string, port: number): TestProcess {
  return startProcess(process.execPath, [join(ROOT, 'apps/server/dist/main.js')], {
    cwd: ROOT,
    env: { DATABASE_URL: databaseUrl, BIND_ADDRESS: `127.0.0.1:${port}`, DEMO_MODE: 'true', LOG_FORMAT: 'json' },
  });
}

export interface Place {
  /** Where `databases/` is made. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export async function makePlace(server: string): Promise<Place & { remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'json-database-sync-cli-'));
  return { folder, env: { ...CLEAN, SYNC_SERVER: server }, remove: () => rm(folder, { recursive: true, force: true }) };
}

export function startCli(place: Place, ...args: string[]): TestProcess {
  return startProcess(process.execPath, [MAIN, ...args], { cwd: place.folder, env: place.env });
}

export async function runCli(place: Place, ...args: string[]): Promise<Ended> {
  const cli = startCli(place, ...args);
  const { code } = await cli.exit;
  return { code, stdout: cli.stdout(), stderr: cli.stderr() };
}

/** A shell line in which `"$0" "$1"` is the client. */
export function startShell(place: Place, line: string): TestProcess {
  return startProcess('sh', ['-c', line, process.execPath, MAIN], { cwd: place.folder, env: place.env });
}

/**
 * In front of a real server: holds back what would change something until `before` has settled, and loses it where that
 * says so. Everything else passes.
 */
export async function relayMutations(
  target: string,
  before: () => Promise<'pass' | 'lose'>,
): Promise<{ readonly url: string; close(): void }> {
  const relay = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(relay, 'listening');
  relay.on('connection', (client) => {
    const behind = new WebSocket(target);
    const waiting: string[] = [];
    behind.on('open', () => waiting.splice(0).forEach((frame) => behind.send(frame)));
    behind.on('message', (data: Buffer) => client.send(data.toString()));
    behind.on('error', () => client.terminate());
    client.on('message', (data: Buffer) => {
      const frame = data.toString();
      const pass = () => (behind.readyState === WebSocket.OPEN ? behind.send(frame) : void waiting.push(frame));
      if (!frame.includes('"type":"mutate"')) return pass();
      before().then(
        (verdict) => verdict === 'pass' && pass(),
        () => client.terminate(),
      );
    });
    client.on('close', () => behind.terminate());
  });
  const address = relay.address();
  if (typeof address === 'string' || address === null) throw new Error('the relay has no port');
  return {
    url: `ws://127.0.0.1:${address.port}/ws`,
    close: () => {
      for (const client of relay.clients) client.terminate();
      relay.close();
    },
  };
}

/** The client on a terminal. */
export class TestTerminal {
  private readonly process: TestProcess;

  constructor(
    place: Place,
    args: readonly string[],
    private size = { columns: 80, rows: 24 },
    env: Place['env'] = {},
  ) {
    const command = [
      join(__dirname, 'run-on-terminal.py'),
      String(size.columns),
      String(size.rows),
      process.execPath,
      MAIN,
      ...args,
    ];
    this.process = startProcess('python3', command, { cwd: place.folder, env: { ...place.env, ...env } });
  }

  /** Typed one after the other, as a person does. */
  type(...keys: string[]): void {
    for (const each of keys) this.order({ keys: each });
  }

  resize(columns: number, rows: number): void {
    this.size = { columns, rows };
    this.order({ resize: [columns, rows] });
  }

  signal(number: number): void {
    this.order({ signal: number });
  }

  get raw(): string {
    return this.process.stdout();
  }

  get screen(): Screen {
    return Screen.of(this.raw, this.size);
  }

  async shows(pattern: RegExp): Promise<RegExpExecArray> {
    return waitFor(`${String(pattern)} on the screen`, () => {
      const { text } = this.screen;
      const match = pattern.exec(text);
      if (match) return match;
      throw new Error(`it shows:\n${text}`);
    });
  }

  async hides(pattern: RegExp): Promise<void> {
    await waitFor(`${String(pattern)} to go from the screen`, () => !pattern.test(this.screen.text));
  }

  /** How the program ended, and how it has left the terminal. */
  async ended(): Promise<{ code: number; canonical: boolean; echo: boolean }> {
    await this.process.exit;
    return JSON.parse(this.process.stderr()) as { code: number; canonical: boolean; echo: boolean };
  }

  private order(order: object): void {
    this.process.write(`${JSON.stringify(order)}\n`);
  }
}

export const KEY = {
  enter: '\r',
  escape: '\u001b',
  tab: '\t',
  up: '\u001b[A',
  down: '\u001b[B',
  ctrlC: '\u0003',
  altEnter: '\u001b\r',
} as const;
