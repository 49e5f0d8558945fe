import { existsSync } from 'node:fs';
import { mkdtemp, readdir, realpath, rm, stat, symlink, writeFile, mkdir, chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { startEmbeddedPostgres, type EmbeddedPostgres, type EmbeddedPostgresOptions } from './embedded-postgres.js';
import { StartupError } from '../startup-error.js';

/** Starting and stopping in order; recovery from deaths of all kinds is in embedded-postgres.recovery.int.spec.ts. */
describe('the embedded PostgreSQL', () => {
  let parent: string;
  const started: EmbeddedPostgres[] = [];

  beforeEach(async () => {
    parent = await realpath(await mkdtemp(join(tmpdir(), 'embedded-postgres-')));
    await chmod(parent, 0o755);
  });

  afterEach(async () => {
    for (const postgres of started.splice(0)) await postgres.stop();
    await rm(parent, { recursive: true, force: true });
  });

  async function start(options: Partial<EmbeddedPostgresOptions> = {}): Promise<EmbeddedPostgres> {
    const postgres = await startEmbeddedPostgres({ dataDir: join(parent, 'data'), durable: false, ...options });
    started.push(postgres);
    return postgres;
  }

  it('starts from nothing: durable, UTF-8, reachable over 127.0.0.1 only', async () => {
    const postgres = await start({ durable: true });
    const setting = async (name: string): Promise<unknown> => (await query(postgres.url, `SHOW ${name}`))[0]?.[name];
    expect(await setting('fsync')).toBe('on');
    expect(await setting('synchronous_commit')).toBe('on');
    expect(await setting('server_encoding')).toBe('UTF8');
    expect(await setting('listen_addresses')).toBe('127.0.0.1');
    expect(await setting('unix_socket_directories')).toBe('');
    expect(await query(postgres.url, 'SELECT current_user AS who, current_database() AS place')).toEqual([
      { who: 'app', place: 'app' },
    ]);
    expect(postgres.dataDir).toBe(join(parent, 'data'));
  });

  it('lets nobody in without the password, which only its owner can read', async () => {
    const postgres = await start();
    const url = new URL(postgres.url);
    url.password = 'guess';
    await expect(query(url.href, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
    const mode = (await stat(join(postgres.dataDir, 'postgresql.password'))).mode & 0o777;
    expect(mode.toString(8)).toBe('600');
    const cluster = (await stat(join(postgres.dataDir, 'postgresql'))).mode & 0o777;
    expect(cluster.toString(8)).toBe('700');
  });

  it('leaves nothing half-made and few files in the data folder', async () => {
    const postgres = await start();
    expect((await readdir(postgres.dataDir)).sort()).toEqual([
      'postgresql',
      'postgresql.owner.1.json',
      'postgresql.password',
    ]);
  });

  it('stops cleanly, and starts again on the same data with the same password', async () => {
    const first = await start();
    await query(first.url, "CREATE TABLE kept AS SELECT 'still here' AS what");
    await first.stop();
    expect(await first.exited).toEqual({ code: 0, signal: null, expected: true });
    expect(existsSync(join(first.dataDir, 'postgresql', 'postmaster.pid'))).toBe(false);
    await first.stop();

    const log: string[] = [];
    const second = await start({ log: (line) => log.push(line) });
    expect(await query(second.url, 'SELECT what FROM kept')).toEqual([{ what: 'still here' }]);
    expect(new URL(second.url).password).toBe(new URL(first.url).password);
    expect(log.join('\n')).not.toMatch(/recovery|not properly shut down/);
  });

  it('stops while connections are open and busy', async () => {
    const postgres = await start();
    const client = new Client({ connectionString: postgres.url });
    client.on('error', () => undefined);
    await client.connect();
    const busy = expect(client.query('SELECT pg_sleep(600)')).rejects.toMatchObject({ code: '57P01' });
    await postgres.stop();
    await busy;
    expect((await postgres.exited).code).toBe(0);
  });

  it('writes neither statements nor rows into its log', async () => {
    const log: string[] = [];
    const postgres = await start({ log: (line) => log.push(line) });
    await query(postgres.url, 'CREATE TABLE documents (content jsonb CHECK (content IS NULL))');
    await expect(query(postgres.url, `INSERT INTO documents VALUES ('{"diary":"dear"}')`)).rejects.toThrow(/violates/);
    await postgres.stop();
    expect(log.join('\n')).toContain('violates check constraint');
    expect(log.join('\n')).not.toMatch(/diary|dear|INSERT/);
  });

  it('gives a folder to one of two that want it at the same time', async () => {
    const outcomes = await Promise.allSettled([start(), start()]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const refused = outcomes.find((outcome) => outcome.status === 'rejected');
    expect(refused?.reason).toMatchObject({ code: 'data_folder_in_use' });
    expect(await query(started[0]?.url ?? '', 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('refuses the data folder of another PostgreSQL version in one clear line', async () => {
    const postgres = await start();
    await postgres.stop();
    await writeFile(join(postgres.dataDir, 'postgresql', 'PG_VERSION'), '16\n');
    const refusal = await refusalOf(start());
    expect(refusal.code).toBe('data_folder_other_version');
    expect(refusal.message).toMatch(/written by PostgreSQL 16, and the embedded one is \d+\. .*DATABASE_URL/);
    expect(refusal.message).not.toContain('\n');
  });

  it('refuses a data folder with a part missing, and leaves it as it is', async () => {
    const postgres = await start();
    await postgres.stop();
    await rm(join(postgres.dataDir, 'postgresql.password'));
    expect(await refusalOf(start())).toMatchObject({
      code: 'data_folder_damaged',
      reason: expect.stringContaining('postgresql.password is missing') as unknown,
    });
    await rm(join(postgres.dataDir, 'postgresql', 'PG_VERSION'));
    expect((await refusalOf(start())).message).toContain('PG_VERSION is missing');
    expect(existsSync(join(postgres.dataDir, 'postgresql', 'base'))).toBe(true);
  });

  it('passes on why PostgreSQL does not start', async () => {
    const postgres = await start();
    await postgres.stop();
    await writeFile(join(postgres.dataDir, 'postgresql', 'postgresql.auto.conf'), 'no_such_setting = 1\n');
    const refusal = await refusalOf(start());
    expect(refusal).toMatchObject({ code: 'postgres_start_failed' });
    expect(refusal.message).toContain('no_such_setting');
    // A failed start gives the folder up: once repaired, it works.
    await writeFile(join(postgres.dataDir, 'postgresql', 'postgresql.auto.conf'), '');
    expect(await query((await start()).url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('names a path that is no folder', async () => {
    await writeFile(join(parent, 'file'), '');
    const refusal = await refusalOf(start({ dataDir: join(parent, 'file', 'data') }));
    expect(refusal).toMatchObject({ code: 'data_folder_denied' });
    expect(refusal.message).toContain(join(parent, 'file', 'data'));
  });

  it('takes a folder given through a symbolic link, and makes what is missing below it', async () => {
    await mkdir(join(parent, 'real'));
    await symlink(join(parent, 'real'), join(parent, 'link'));
    const postgres = await start({ dataDir: join(parent, 'link', 'a', 'b') });
    expect(postgres.dataDir).toBe(join(parent, 'real', 'a', 'b'));
  });

  // Only root runs PostgreSQL as somebody else; an ordinary user has no such folders to be tested.
  if (process.getuid?.() === 0) {
    it('as root, refuses a chosen folder that PostgreSQL cannot reach, naming the one that blocks', async () => {
      const closed = join(parent, 'closed');
      await mkdir(closed, { mode: 0o700 });
      const refusal = await refusalOf(start({ dataDir: join(closed, 'a', 'b') }));
      expect(refusal.code).toBe('data_folder_unreachable');
      expect(refusal.message).toContain(`may not enter ${closed}. Run chmod o+x ${closed},`);
      expect(existsSync(join(closed, 'a'))).toBe(false);
    });

    it('as root, opens a closed folder that holds nothing else, but no folder in other use', async () => {
      const empty = join(parent, 'empty');
      await mkdir(empty, { mode: 0o700 });
      expect((await start({ dataDir: empty })).dataDir).toBe(empty);
      const used = join(parent, 'used');
      await mkdir(used, { mode: 0o700 });
      await writeFile(join(used, 'letter.txt'), '');
      expect((await refusalOf(start({ dataDir: used }))).message).toContain(`may not enter ${used}`);
    });

    it('as root, puts the default folder elsewhere if need be, and keeps using the one that has the data', async () => {
      const closed = join(parent, 'closed');
      const systemFolder = join(parent, 'system');
      const byDefault = { dataDir: join(closed, 'data'), explicit: false, systemFolder };
      await mkdir(closed, { mode: 0o700 });
      const first = await start(byDefault);
      expect(first.dataDir).toMatch(/\/system\/data-.*closed-data-[0-9a-f]{8}$/);
      await query(first.url, 'CREATE TABLE kept ()');
      await first.stop();

      await chmod(closed, 0o755);
      const second = await start(byDefault);
      expect(second.dataDir).toBe(first.dataDir);
      expect(await query(second.url, "SELECT to_regclass('kept')::text AS name")).toEqual([{ name: 'kept' }]);
    });

    it('as root, does not start empty elsewhere when the data are in a folder that was closed since', async () => {
      const home = join(parent, 'home');
      const byDefault = { dataDir: join(home, 'data'), explicit: false, systemFolder: join(parent, 'system') };
      await (await start(byDefault)).stop();
      await chmod(home, 0o700);
      expect((await refusalOf(start(byDefault))).message).toContain(`may not enter ${home}`);
    });
  }
});

async function refusalOf(starting: Promise<unknown>): Promise<StartupError> {
  const outcome = await starting.then(
    () => 'it started',
    (error: unknown) => error,
  );
  if (outcome instanceof StartupError) return outcome;
  throw new Error(`expected a StartupError, got: ${String(outcome)}`, { cause: outcome });
}

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}
