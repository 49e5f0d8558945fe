/** Databases for tests: every spec file works in one of its own, so that files can run side by side. */
import { randomBytes } from 'node:crypto';
import { Client } from 'pg';

export interface TestDatabase {
  /** A connection URL of a fresh, empty database. */
  readonly url: string;
  /** Cuts the connections to it and removes it. */
  drop(): Promise<void>;
}

/** Call in beforeAll, and `drop()` in afterAll. Only in int and e2e specs, for which jest starts a PostgreSQL. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const admin = process.env['TEST_POSTGRES_URL'];
  if (admin === undefined) throw new Error('no PostgreSQL was started: is this an .int or .e2e spec?');
  const name = `test_${randomBytes(8).toString('hex')}`;
  await runAsAdmin(admin, `CREATE DATABASE ${name}`);
  const url = new URL(admin);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => runAsAdmin(admin, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}

async function runAsAdmin(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
