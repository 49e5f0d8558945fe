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
import { startNode, type NodeProcess } from './node-process.js';

export interface BenchServer {
  /** Its WebSocket endpoint. */
  readonly url: string;
  readonly pid: number;
  /** Waits until its output matches. @throws Error if it ends without it */
  output(pattern: RegExp): Promise<RegExpExecArray>;
  stop(): Promise<void>;
}

export class BenchContext {
  private readonly ends: (() => Promise<void>)[] = [];
  private databaseUrl: Promise<string> | undefined;

  private constructor(
    /** Of this run alone. */
    readonly folder: string,
    /** Tells whoever looks on what is being done. */
    readonly say: (what: string) => void,
    /** The repository's folder. */
    private readonly root: string,
  ) {}

  static async open(say: (what: string) => void, root: string): Promise<BenchContext> {
    const folder = await makeFolder();
    const context = new BenchContext(folder, say, root);
    context.atEnd(() => removeFolder(folder));
    return context;
  }

  /** Last in, first out. */
  atEnd(end: () => Promise<void>): void {
    this.ends.push(end);
  }

  async close(): Promise<void> {
    for (let end = this.ends.pop(); end; end = this.ends.pop()) await end();
  }

  /**
   * The URL of an empty database of this run: in the PostgreSQL that DATABASE_URL names, or else in one that is started for
   * it with its default settings (fsync on).
   */
  postgres(): Promise<string> {
    return (this.databaseUrl ??= this.makeDatabase());
  }

  /** On a connection of its own. */
  async query<Row extends object>(sql: string, values: unknown[] = []): Promise<Row[]> {
    const client = new Client({ connectionString: await this.postgres() });
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

  private start(file: string, args: readonly string[], environment: Readonly<Record<string, string>>): NodeProcess {
    const started = startNode(join(this.root, file), args, environment);
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
