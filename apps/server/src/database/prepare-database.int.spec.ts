import { MIGRATIONS } from '@json-database-sync/migrations';
import { createServer as createTcpServer } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { DataSource } from 'typeorm';
import { createTestDatabase, type TestDatabase } from '../../../../testing/test-database.js';
import { waitFor } from '../../../../testing/wait-for.js';
import { StartupError } from '../startup-error.js';
import { dataSourceOptions, openDataSource, type DatabaseSettings } from './data-source.js';
import { prepareDatabase } from './prepare-database.js';

let database: TestDatabase;
const settingsFor = (databaseUrl: string): DatabaseSettings => ({
  databaseUrl,
  databasePoolSize: 3,
  databaseConnectTimeoutMs: 5_000,
});

beforeEach(async () => {
  database = await createTestDatabase();
});

afterEach(async () => {
  await database.drop();
});

async function tablesOf(dataSource: DataSource): Promise<string[]> {
  const rows = await dataSource.query<{ name: string }[]>(
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'migrations' ORDER BY 1`,
  );
  return rows.map(({ name }) => name);
}

async function problemOf(attempt: Promise<unknown>): Promise<StartupError> {
  try {
    await attempt;
  } catch (error) {
    if (error instanceof StartupError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

/** The address of the test PostgreSQL with one part changed. */
function urlWith(change: (url: URL) => void): string {
  const url = new URL(database.url);
  change(url);
  return url.href;
}

describe('the migrations', () => {
  const names = MIGRATIONS.map(({ name }) => name);

  it('go up once, down, and up again', async () => {
    expect(await prepareDatabase(settingsFor(database.url))).toEqual(names);
    expect(await prepareDatabase(settingsFor(database.url))).toEqual([]);
    const dataSource = await openDataSource(settingsFor(database.url));
    try {
      const tables = await tablesOf(dataSource);
      expect(tables).toContain('events');
      for (const _ of names) await dataSource.undoLastMigration({ transaction: 'each' });
      expect(await tablesOf(dataSource)).toEqual([]);
      expect(await prepareDatabase(settingsFor(database.url))).toEqual(names);
      expect(await tablesOf(dataSource)).toEqual(tables);
    } finally {
      await dataSource.destroy();
    }
  });

  it('are applied once by servers that start at the same moment', async () => {
    const applied = await Promise.all(Array.from({ length: 5 }, () => prepareDatabase(settingsFor(database.url))));
    expect(applied.flat()).toEqual(names);
  });

  it('fit the entities column for column', async () => {
    await prepareDatabase(settingsFor(database.url));
    const dataSource = await openDataSource(settingsFor(database.url));
    try {
      const rows = await dataSource.query<{ table: string; column: string; nullable: boolean }[]>(
        `SELECT table_name AS "table", column_name AS "column", is_nullable = 'YES' AS nullable
           FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
          WHERE table_schema = 'public' AND table_name <> 'migrations' AND table_type = 'BASE TABLE'`,
      );
      const mapped = dataSource.entityMetadatas.flatMap(({ tableName, columns }) =>
        columns.map(({ databaseName, isNullable }) => `${tableName}.${databaseName}${isNullable ? '?' : ''}`),
      );
      const stored = rows.map(({ table, column, nullable }) => `${table}.${column}${nullable ? '?' : ''}`);
      expect(mapped.toSorted()).toEqual(stored.toSorted());
    } finally {
      await dataSource.destroy();
    }
  });
});

describe('a database that cannot be used', () => {
  it.each<[string, () => string | Promise<string>, RegExp]>([
    ['nobody listens', () => urlWith((url) => (url.port = '1')), /nothing accepts connections at .*:1\. Check/],
    [
      'the host is unknown',
      () => urlWith((url) => (url.hostname = 'nowhere.invalid')),
      /host name of nowhere\.invalid:\d+ cannot be resolved/,
    ],
    ['the password is wrong', () => urlWith((url) => (url.password = 'hunter2')), /does not let the user \w+ in/],
    [
      'there is no such database',
      () => urlWith((url) => (url.pathname = '/not_there')),
      /there is no database not_there at/,
    ],
  ])('is reported in one line when %s', async (_, url, expected) => {
    const databaseUrl = await url();
    const problem = await problemOf(prepareDatabase(settingsFor(databaseUrl)));
    expect(problem.code).toBe('database_unreachable');
    expect(problem.message).toMatch(expected);
    expect(problem.message).not.toContain('\n');
    expect(problem.message).not.toContain(decodeURIComponent(new URL(databaseUrl).password));
  });

  it('is given up on when it does not answer', async () => {
    const silent = createTcpServer((socket) => socket.resume()).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const settings = { ...settingsFor(`postgres://u:hunter2@127.0.0.1:${port}/d`), databaseConnectTimeoutMs: 100 };
    const problem = await problemOf(prepareDatabase(settings));
    expect(problem).toMatchObject({ code: 'database_unreachable' });
    expect(problem.message).not.toContain('hunter2');
    await new Promise((resolve) => silent.close(resolve));
  });

  it('is refused when a newer version of the server has migrated it', async () => {
    await prepareDatabase(settingsFor(database.url));
    const dataSource = await openDataSource(settingsFor(database.url));
    await dataSource.query(
      `INSERT INTO migrations (timestamp, name) VALUES (9999999999999, 'FromTheFuture9999999999999')`,
    );
    await dataSource.destroy();
    const problem = await problemOf(prepareDatabase(settingsFor(database.url)));
    expect(problem.code).toBe('database_unsupported');
    expect(problem.message).toContain('FromTheFuture9999999999999');
  });

  it('is reported when its user may not make tables', async () => {
    const admin = await openDataSource(settingsFor(database.url));
    const role = `poor_${new URL(database.url).pathname.slice(6)}`;
    await admin.query(`CREATE ROLE ${role} LOGIN PASSWORD 'secret-of-the-poor'`);
    try {
      const url = urlWith((poor) => {
        poor.username = role;
        poor.password = 'secret-of-the-poor';
      });
      const problem = await problemOf(prepareDatabase(settingsFor(url)));
      expect(problem.code).toBe('migration_failed');
      expect(problem.message).toMatch(/permission denied/);
    } finally {
      await admin.query(`DROP ROLE ${role}`);
      await admin.destroy();
    }
  });
});

describe('the pool', () => {
  it('outlives connections that PostgreSQL cuts, and tells of them', async () => {
    const told: string[] = [];
    const dataSource = await new DataSource(
      dataSourceOptions(settingsFor(database.url), { onIdleError: (error) => told.push(error.message) }),
    ).initialize();
    const admin = await openDataSource(settingsFor(database.url));
    try {
      const [own] = await dataSource.query<{ pid: number }[]>('SELECT pg_backend_pid() AS pid');
      await admin.query('SELECT pg_terminate_backend($1, 5000)', [own?.pid]);
      // The pool learns of it a moment after PostgreSQL has done it.
      await waitFor('the pool to notice', () => told.length > 0);
      const [next] = await dataSource.query<{ pid: number }[]>('SELECT pg_backend_pid() AS pid');
      expect(next?.pid).not.toBe(own?.pid);
      expect(told).toEqual([expect.stringMatching(/terminat/)]);
    } finally {
      await admin.destroy();
      await dataSource.destroy();
    }
  });
});
