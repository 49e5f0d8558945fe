/**
 * jest's globalSetup for the suites that need PostgreSQL.
 *
 * Both projects name this one file, and jest runs a file once a run. TEST_DATABASE_URL chooses a server that is there
 * already (its user must be allowed to create databases); otherwise one is started in a temporary folder, without
 * fsync. Workers find it in TEST_POSTGRES_URL; createTestDatabase() makes databases in it.
 */
// Must come first: it is what lets the next imports be found.
import './resolve-js-to-ts';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../apps/server/src/postgres/embedded-postgres.js';
import { removeAbandonedTestFolders, removeTestFolder, TEST_FOLDER_PREFIX } from './test-folders.js';
import { testPostgres } from './test-postgres.js';

export default async function startPostgres(): Promise<void> {
  if (testPostgres.get() !== undefined) return;
  const given = process.env['TEST_DATABASE_URL'];
  if (given !== undefined && given !== '') {
    process.env['TEST_POSTGRES_URL'] = given;
    return;
  }
  await removeAbandonedTestFolders();
  const dataDir = await mkdtemp(join(tmpdir(), TEST_FOLDER_PREFIX));
  try {
    const postgres = await startEmbeddedPostgres({ dataDir, durable: false, maxConnections: 200 });
    testPostgres.set({ stop: () => postgres.stop().then(() => removeTestFolder(postgres.dataDir)) });
    process.env['TEST_POSTGRES_URL'] = postgres.url;
  } catch (error) {
    await removeTestFolder(dataDir);
    throw error;
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopAndDie(signal));
}

/** A run that is interrupted gets no globalTeardown: stop PostgreSQL, then die of the same signal. */
function stopAndDie(signal: NodeJS.Signals): void {
  const die = (): boolean => process.kill(process.pid, signal);
  void testPostgres.stop().then(die, die);
}
