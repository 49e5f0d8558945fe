/** The server of the demonstration: a process of its own, with an embedded PostgreSQL in the temporary folder. */
import type { ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from './settle.js';
import { SERVER_PROGRAM, type World } from './world.js';

const READY = /ready at (ws:\/\/\S+)/;
const LAST_CHARACTERS = 2000;

export class DemoServer {
  private child: ChildProcess | undefined;
  private said = '';
  private address = '127.0.0.1:0';

  constructor(private readonly world: World) {
    world.atEnd(() => this.end());
  }

  get url(): string {
    return `ws://${this.address}/ws`;
  }

  /** On any free port the first time, on the same one afterwards. */
  async start(): Promise<void> {
    const child = this.world.node(SERVER_PROGRAM, [], this.environment());
    this.child = child;
    this.said = '';
    const hear = (text: string): void => void (this.said = (this.said + text).slice(-LAST_CHARACTERS));
    child.stdout?.setEncoding('utf8').on('data', hear);
    child.stderr?.setEncoding('utf8').on('data', hear);
    await until('the server to be ready', () => {
      if (hasEnded(child)) throw new Error(`the server did not start:\n${this.said}`);
      return READY.test(this.said);
    });
    this.address = new URL(READY.exec(this.said)?.[1] ?? this.url).host;
  }

  /** Gives it no chance to finish anything, as a power cut would. */
  async kill(): Promise<void> {
    this.child?.kill('SIGKILL');
    await this.gone();
  }

  get wasKilled(): boolean {
    return this.child?.signalCode === 'SIGKILL';
  }

  private environment(): Record<string, string | undefined> {
    return {
      DATABASE_URL: undefined,
      NODE_ENV: undefined,
      LOG_LEVEL: undefined,
      LOG_FORMAT: 'pretty',
      DATA_DIR: this.dataFolder,
      BIND_ADDRESS: this.address,
      DEMO_MODE: 'true',
      MONITORING: undefined,
    };
  }

  private get dataFolder(): string {
    return join(this.world.folder, 'server');
  }

  private async gone(): Promise<void> {
    const { child } = this;
    if (child) await until('the server to end', () => hasEnded(child));
  }

  private async end(): Promise<void> {
    this.child?.kill('SIGTERM');
    await this.gone();
    await this.endOrphan();
  }

  /** A server that was killed leaves its PostgreSQL behind, for the next server on the folder; here there is none. */
  private async endOrphan(): Promise<void> {
    const file = join(this.dataFolder, 'postgresql', 'postmaster.pid');
    if (!existsSync(file)) return;
    const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
    if (!Number.isSafeInteger(pid) || pid <= 1 || !isAlive(pid)) return;
    process.kill(pid, 'SIGINT');
    await until('PostgreSQL to end', () => !isAlive(pid));
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
