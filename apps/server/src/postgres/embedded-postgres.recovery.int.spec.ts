import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Client } from 'pg';
import { z } from 'zod';
import { startTypeScript, type TestProcess } from '../../../../testing/processes.js';
import { waitFor } from '../../../../testing/wait-for.js';
import { SYSTEM_FOLDER, clusterIn } from './data-folder.js';
import { startEmbeddedPostgres, type EmbeddedPostgres } from './embedded-postgres.js';
import { userFor } from './folder-access.js';
import { freePort } from './free-port.js';
import { findPostgresPackage } from './postgres-package.js';
import { launchPostmaster } from './postmaster.js';
import { isAlive } from './process-identity.js';
import { reachableBinaries } from './reachable-binaries.js';

const PARENT = resolve(__dirname, '../../../../testing/postgres-parent.ts');

/** What is left when something dies at a bad moment, with real processes and real signals. */
describe('the embedded PostgreSQL after', () => {
  let dataDir: string;
  const started: EmbeddedPostgres[] = [];
  /** PostgreSQL servers of parents: a test that fails half-way must not leave them running. */
  const orphans: number[] = [];

  beforeEach(async () => {
    dataDir = await realpath(await mkdtemp(join(tmpdir(), 'embedded-postgres-')));
  });

  afterEach(async () => {
    for (const postgres of started.splice(0)) await postgres.stop();
    for (const pid of orphans.splice(0)) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
    await rm(dataDir, { recursive: true, force: true });
  });

  async function start(log?: (line: string) => void): Promise<EmbeddedPostgres> {
    const postgres = await startEmbeddedPostgres({ dataDir, ...(log === undefined ? {} : { log }) });
    started.push(postgres);
    return postgres;
  }

  async function startParent(): Promise<{ parent: TestProcess; url: string; pid: number }> {
    const parent = startTypeScript(PARENT, [dataDir], { ownGroup: true });
    const [, json] = await parent.waitForOutput(/started (.*)\n/);
    const started = z.object({ url: z.string(), pid: z.number() }).parse(JSON.parse(json ?? ''));
    orphans.push(started.pid);
    return { parent, ...started };
  }

  it('kill -9 of its parent: ends the orphan and keeps every committed row', async () => {
    const { parent, url, pid } = await startParent();
    await query(url, 'CREATE TABLE counted AS SELECT * FROM generate_series(1, 1000) AS number');
    parent.signal('SIGKILL');
    await parent.exit;
    expect(isAlive(pid)).toBe(true);

    const postgres = await start();
    expect(isAlive(pid)).toBe(false);
    expect(postgres.pid).not.toBe(pid);
    expect(await query(postgres.url, 'SELECT count(*)::int AS rows FROM counted')).toEqual([{ rows: 1000 }]);
  });

  it('kill -9 of parent and PostgreSQL together: recovers every committed row', async () => {
    const { parent, url, pid } = await startParent();
    await query(url, 'CREATE TABLE counted AS SELECT * FROM generate_series(1, 1000) AS number');
    process.kill(pid, 'SIGKILL');
    parent.signal('SIGKILL');
    await parent.exit;

    const log: string[] = [];
    const postgres = await start((line) => log.push(line));
    expect(log.join('\n')).toContain('was not properly shut down');
    expect(await query(postgres.url, 'SELECT count(*)::int AS rows FROM counted')).toEqual([{ rows: 1000 }]);
  });

  it('kill -9 of its parent in the middle of making the data folder: makes it anew', async () => {
    const parent = startTypeScript(PARENT, [dataDir]);
    const unfinished = await waitFor('initdb to be at work', async () => {
      const names = await readdir(dataDir);
      return names.find((name) => existsSync(join(dataDir, name, 'base')));
    });
    parent.signal('SIGKILL');
    await parent.exit;

    const postgres = await start();
    expect(unfinished).toMatch(/^postgresql\.new-/);
    expect(await query(postgres.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('Ctrl-C in the terminal: still serves until its parent has written its last and stops it', async () => {
    const { parent, pid } = await startParent();
    parent.signalGroup('SIGINT');
    await parent.waitForOutput(/stopped/);
    expect(await parent.exit).toEqual({ code: 0, signal: null });
    expect(isAlive(pid)).toBe(false);

    const log: string[] = [];
    const postgres = await start((line) => log.push(line));
    expect(await query(postgres.url, "SELECT to_regclass('last_words')::text AS name")).toEqual([
      { name: 'last_words' },
    ]);
    expect(log.join('\n')).not.toContain('was not properly shut down');
  });

  it('an exit of its parent that forgot to stop it: shuts down by itself', async () => {
    const { parent, pid } = await startParent();
    parent.write('exit\n');
    expect(await parent.exit).toEqual({ code: 0, signal: null });
    await waitFor('PostgreSQL to end', () => !isAlive(pid));
    expect(existsSync(join(clusterIn(dataDir), 'postmaster.pid'))).toBe(false);
  });

  it('its own sudden death: tells so, and starts again in the same process', async () => {
    const first = await start();
    await query(first.url, 'CREATE TABLE kept ()');
    process.kill(first.pid, 'SIGKILL');
    expect(await first.exited).toEqual({ code: null, signal: 'SIGKILL', expected: false });
    await first.stop();

    const second = await start();
    expect(await query(second.url, "SELECT to_regclass('kept')::text AS name")).toEqual([{ name: 'kept' }]);
  });

  it('a start elsewhere: refuses the folder while its owner lives, naming it', async () => {
    const { parent, url } = await startParent();
    await expect(start()).rejects.toMatchObject({
      code: 'data_folder_in_use',
      message: expect.stringContaining(`another server (process ${parent.pid}) is using it`) as unknown,
    });
    expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('a start by hand: refuses the folder and leaves that PostgreSQL alone', async () => {
    await (await start()).stop();
    const place = { folder: dataDir, cluster: clusterIn(dataDir), runAs: await userFor(clusterIn(dataDir)) };
    // In a checkout that the database's user may not enter these are copies, as the launcher would use.
    const binaries = await reachableBinaries(await findPostgresPackage(), place.runAs, SYSTEM_FOLDER);
    const options = { binaries, port: await freePort(), settings: {}, log: () => undefined };
    const byHand = await launchPostmaster(place, options);
    expect(await byHand.ready()).toEqual({ ok: true });
    await expect(start()).rejects.toThrow(`a PostgreSQL that we did not start (process ${byHand.pid}) is using it`);
    expect(isAlive(byHand.pid)).toBe(true);
    await byHand.stop();
    expect(await query((await start()).url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('a crash whose process id has been given to something else: starts all the same', async () => {
    const first = await start();
    process.kill(first.pid, 'SIGKILL');
    await first.exited;
    await first.stop();
    // Of the same user, or PostgreSQL would notice by itself that it is not one of its own.
    const other = spawn('sleep', ['600'], { stdio: 'ignore', cwd: '/', ...(await userFor(clusterIn(dataDir))) });
    await once(other, 'spawn');
    try {
      const pidFile = join(clusterIn(dataDir), 'postmaster.pid');
      await writeFile(
        pidFile,
        `${other.pid}\n${clusterIn(dataDir)}\n1700000000\n5432\n\n127.0.0.1\n  1234567   1\nready\n`,
      );
      expect(await query((await start()).url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
      expect(other.exitCode).toBeNull();
    } finally {
      other.kill('SIGKILL');
    }
  });

  it('a closed umask: is reachable for PostgreSQL all the same', async () => {
    const before = process.umask(0o077);
    try {
      await chmod(dataDir, 0o755);
      const postgres = await startEmbeddedPostgres({ dataDir: join(dataDir, 'made', 'anew') });
      started.push(postgres);
      expect(await query(postgres.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    } finally {
      process.umask(before);
    }
  });
});

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}
