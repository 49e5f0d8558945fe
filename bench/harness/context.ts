/**
 * What a benchmark runs in: a temporary folder, a real PostgreSQL, and the server as a process of its own. All of it is
 * gone when the run ends, also when it fails or is interrupted.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { startEmbeddedPostgres } from '../../apps/server/src/postgres/embedded-postgres.js';
import { CpuWindow, type CpuShares } from './cpu.js';
import { startNode, type NodeProcess } from './node-process.js';

export interface BenchServer {
  /** Its WebSocket endpoint. */
  readonly url: string;
  readonly pid: number;
  /** Waits until its output matches. @throws Error if it ends without it */
  output(pattern: RegExp): Promise<RegExpExecArray>;
  stop(): Promise<void>;
}

export interface ContextOptions {
  /** Tells whoever looks on what is being done. */
  readonly say: (what: string) => void;
  /** The repository's folder; where programs are run. */
  readonly root: string;
  /** How long each window is to be, where somebody has said so. */
  readonly measureMs?: number;
}

/** How long load runs before it is measured, and how long it is measured. */
export interface Window {
  readonly warmUpMs: number;
  readonly measureMs: number;
}

export class BenchContext {
  private readonly ends: (() => Promise<void>)[] = [];
  private readonly rests: number[] = [];
  private databaseUrl: Promise<string> | undefined;

  private constructor(
    /** Of this run alone. */
    readonly folder: string,
    readonly options: ContextOptions,
  ) {}

  static async open(options: ContextOptions): Promise<BenchContext> {
    const folder = await makeFolder();
    const context = new BenchContext(folder, options);
    context.atEnd(() => removeFolder(folder));
    return context;
  }

  say(what: string): void {
    this.options.say(what);
  }

  /** @param usual the window where nobody has asked for another length */
  window(usual: Window): Window {
    const { measureMs = usual.measureMs } = this.options;
    return { warmUpMs: Math.min(usual.warmUpMs, measureMs), measureMs };
  }

  /** Watches the CPU while load runs. @returns what ends the watch; what it saw counts when the run is judged noisy */
  watch(serverPid?: number): () => CpuShares {
    const window = new CpuWindow(serverPid);
    return () => {
      const shares = window.end();
      this.rests.push(shares.rest);
      return shares;
    };
  }

  /** The most cores that something else took in any watch since this was last asked; undefined where nothing was watched. */
  takeRest(): number | undefined {
    const rests = this.rests.splice(0);
    return rests.length > 0 ? Math.max(...rests) : undefined;
  }

  /** Last in, first out. */
  atEnd(end: () => Promise<void>): void {
    this.ends.push(end);
  }

  /** Ends all that there is to end, also where some of it fails. @throws the first failure */
  async close(): Promise<void> {
    const failures: unknown[] = [];
    for (let end = this.ends.pop(); end; end = this.ends.pop()) {
      await end().catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  }

  /**
   * The URL of an empty database of this run: in the PostgreSQL that DATABASE_URL names, or else in one that is started for
   * it with its default settings (fsync on).
   */
  postgres(): Promise<string> {
    return (this.databaseUrl ??= this.makeDatabase());
  }

  /** Another empty database in the same PostgreSQL. @returns its URL */
  async database(name: string): Promise<string> {
    const first = await this.postgres();
    const url = new URL(first);
    // The run's own name is in it, since the PostgreSQL of DATABASE_URL may have other runs in it.
    const whole = `${url.pathname.slice(1)}_${name}`;
    await asAdmin(first, `CREATE DATABASE ${whole}`);
    this.atEnd(() => asAdmin(first, `DROP DATABASE ${whole} WITH (FORCE)`));
    url.pathname = `/${whole}`;
    return url.href;
  }

  /** On a connection of its own, to the run's database or to the one of a URL. */
  async query<Row extends object>(sql: string, values: unknown[] = [], url?: string): Promise<Row[]> {
    const client = new Client({ connectionString: url ?? (await this.postgres()) });
    await client.connect();
    try {
      return (await client.query<Row>(sql, values)).rows;
    } finally {
      await client.end();
    }
  }

  /** In demo mode, on a free port, on the run's database. */
  async server(environment: Readonly<Record<string, string>> = {}): Promise<BenchServer> {
    const process = this.program('main.js', [], {
      BIND_ADDRESS: '127.0.0.1:0',
      DEMO_MODE: 'true',
      LOG_LEVEL: 'warn',
      LOG_FORMAT: 'pretty',
      DATABASE_URL: await this.postgres(),
      ...environment,
    });
    const [, url = ''] = await process.output(/ready at (ws:\/\/\S+)/);
    return { url, ...process };
  }

  /**
   * A server that does the least that could do: the limit that ours is held against. One of bench/bare, on the run's
   * database; it speaks enough of the streaming dialect for the programs of bench/load.
   */
  async bareServer(
    name: 'group-commit-server' | 'fan-out-server',
    args: readonly string[] = [],
    environment: Readonly<Record<string, string>> = {},
  ): Promise<BenchServer> {
    const process = this.bundled(`bare/${name}.cjs`, args, { DATABASE_URL: await this.postgres(), ...environment });
    const [, port = ''] = await process.output(/listening on (\d+)/);
    return { url: `ws://127.0.0.1:${port}/ws`, ...process };
  }

  /** A program of the benchmarks' own, which is stopped at the end if it still runs. */
  bundled(name: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}): NodeProcess {
    return this.start(join('bench/dist', name), args, environment);
  }

  /** A program of the built server, which is stopped at the end if it still runs. */
  program(name: string, args: readonly string[], environment: Readonly<Record<string, string>>): NodeProcess {
    return this.start(join('apps/server/dist', name), args, environment);
  }

  /** A program of one of the peers, from bench/peers; it speaks of its port as the bare servers do. */
  async peer(name: string, environment: Readonly<Record<string, string>>): Promise<BenchServer> {
    const process = this.start(join('bench/peers', name), [], environment);
    const [, port = ''] = await process.output(/listening on (\d+)/);
    return { url: `ws://127.0.0.1:${port}`, ...process };
  }

  /** Any program of the repository, by its path, which is stopped at the end if it still runs. */
  start(file: string, args: readonly string[], environment: Readonly<Record<string, string>>): NodeProcess {
    const started = startNode(join(this.options.root, file), args, environment);
    this.atEnd(() => started.stop());
    return started;
  }

  /** Of the last database that any run has used; undefined while none has. */
  static postgresVersion: string | undefined;

  private async makeDatabase(): Promise<string> {
    const url = await this.emptyDatabase();
    const client = new Client({ connectionString: url });
    await client.connect();
    try {
      const { rows } = await client.query<{ version: string }>(`SELECT current_setting('server_version') AS version`);
      BenchContext.postgresVersion = rows[0]?.version;
    } finally {
      await client.end();
    }
    return url;
  }

  private async emptyDatabase(): Promise<string> {
    const given = process.env['DATABASE_URL'];
    if (given === undefined || given === '') {
      // A folder of its own: where root runs this, PostgreSQL runs as another user and may not enter ours.
      const dataDir = await makeFolder();
      this.atEnd(() => removeFolder(dataDir));
      const postgres = await startEmbeddedPostgres({ dataDir });
      this.atEnd(() => postgres.stop());
      return postgres.url;
    }
    const name = `bench_${randomBytes(6).toString('hex')}`;
    await asAdmin(given, `CREATE DATABASE ${name}`);
    this.atEnd(() => asAdmin(given, `DROP DATABASE ${name} WITH (FORCE)`));
    const url = new URL(given);
    url.pathname = `/${name}`;
    return url.href;
  }
}

function makeFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'json-database-sync-bench-'));
}

function removeFolder(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true });
}

async function asAdmin(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
