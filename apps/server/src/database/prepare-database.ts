/**
 * Makes the database ready before anything uses it: reachable, new enough, and with the schema of this version.
 *
 * Several servers may start at once on one database. An advisory lock, held by a connection of its own, lets one of
 * them migrate while the others wait; they then find that nothing is left to do. The lock goes with its connection, so
 * a server that is killed half-way holds nobody up, and each migration is one transaction.
 */
import { MIGRATIONS } from '@json-database-sync/migrations';
import { Client } from 'pg';
import type { DataSource } from 'typeorm';
import { StartupError } from '../startup-error.js';
import { openDataSource, type DatabaseSettings } from './data-source.js';
import {
  databaseFromTheFuture,
  databaseNotMigrated,
  databaseTooOld,
  databaseUnreachable,
  migrationFailed,
  OLDEST_MAJOR,
} from './database-errors.js';

/** Any number, as long as nobody else uses it in this database: "jsondbsy" as ASCII. */
const MIGRATION_LOCK = 0x6a736f6e64627379n;

export interface PrepareOptions {
  /** False for a tool that only looks: a schema that is not up to date is then refused. */
  readonly migrate?: boolean;
}

/**
 * @returns the names of the migrations that were applied
 * @throws StartupError
 */
export async function prepareDatabase(settings: DatabaseSettings, options: PrepareOptions = {}): Promise<string[]> {
  const client = new Client({
    connectionString: settings.databaseUrl,
    connectionTimeoutMillis: settings.databaseConnectTimeoutMs,
    application_name: 'json-database-sync migrations',
  });
  // Without a listener, a connection that breaks between two statements would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await checkVersion(client);
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK.toString()]);
    return await migrate(settings, options.migrate ?? true);
  } catch (error) {
    throw error instanceof StartupError ? error : databaseUnreachable(settings.databaseUrl, error);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function checkVersion(client: Client): Promise<void> {
  const { rows } = await client.query<{ number: number; version: string }>(
    `SELECT current_setting('server_version_num')::int AS number, current_setting('server_version') AS version`,
  );
  const found = rows[0];
  if (found && found.number < OLDEST_MAJOR * 10_000) throw databaseTooOld(found.version);
}

async function migrate(settings: DatabaseSettings, allowed: boolean): Promise<string[]> {
  const dataSource = await openDataSource({ ...settings, databasePoolSize: 2 });
  try {
    await refuseNewer(dataSource);
    if (!allowed) {
      if (await lacksMigrations(dataSource)) throw databaseNotMigrated();
      return [];
    }
    const applied = await dataSource.runMigrations({ transaction: 'each' }).catch((error: unknown) => {
      throw migrationFailed(error);
    });
    return applied.map(({ name }) => name);
  } finally {
    await dataSource.destroy();
  }
}

async function lacksMigrations(dataSource: DataSource): Promise<boolean> {
  const applied = await appliedMigrations(dataSource);
  return MIGRATIONS.some(({ name }) => !applied.includes(name));
}

/** An older version would write rows that the newer schema's owner does not expect. */
async function refuseNewer(dataSource: DataSource): Promise<void> {
  const known = new Set(MIGRATIONS.map(({ name }) => name));
  const unknown = (await appliedMigrations(dataSource)).filter((name) => !known.has(name));
  if (unknown.length > 0) throw databaseFromTheFuture(unknown);
}

/** Oldest first. TypeORM makes the table at the first migration. */
async function appliedMigrations(dataSource: DataSource): Promise<string[]> {
  const [table] = await dataSource.query<{ found: boolean }[]>(`SELECT to_regclass('migrations') IS NOT NULL AS found`);
  if (!table?.found) return [];
  const stored = await dataSource.query<{ name: string }[]>('SELECT name FROM migrations ORDER BY id');
  return stored.map(({ name }) => name);
}
