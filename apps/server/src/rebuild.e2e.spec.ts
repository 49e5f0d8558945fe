/** `npm run projections:rebuild` as a process. Needs `tsc -b` first. */
import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { personalStreamOf, userIdSchema } from '@json-database-sync/domain';
import type { DataSource } from 'typeorm';
import { startProcess, type ProcessExit } from '../../../testing/processes.js';
import { createTestDatabase, type TestDatabase } from '../../../testing/test-database.js';
import { openDataSource } from './database/data-source.js';
import { prepareDatabase } from './database/prepare-database.js';

const REBUILD = resolve(__dirname, '../dist/rebuild.js');

let database: TestDatabase;

beforeEach(async () => {
  database = await createTestDatabase();
});

afterEach(() => database.drop());

interface Outcome extends ProcessExit {
  readonly stdout: string;
  readonly stderr: string;
}

async function rebuild(...args: string[]): Promise<Outcome> {
  const run = startProcess(process.execPath, [REBUILD, ...args], { env: { DATABASE_URL: database.url } });
  return { ...(await run.exit), stdout: run.stdout(), stderr: run.stderr() };
}

async function migrated(): Promise<DataSource> {
  const settings = { databaseUrl: database.url, databasePoolSize: 2, databaseConnectTimeoutMs: 5_000 };
  await prepareDatabase(settings);
  return openDataSource(settings);
}

it('finds nothing, then a row that no event has made, and takes it away when told to', async () => {
  const dataSource = await migrated();
  expect(await rebuild()).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('replayed 0 events') as string,
    stderr: '',
  });

  const streamId = personalStreamOf(userIdSchema.parse(randomUUID()));
  const id = randomUUID();
  await dataSource.query(
    `INSERT INTO documents (stream_id, id, user_id, title, content, version, revision_id, vector_clock, last_sequence,
                            characters, created_at, updated_at)
     VALUES ($1, $2, $1, 'Invented', '{}', 1, '1-44136fa355b3678a', '{}', 1, 2, now(), now())`,
    [streamId, id],
  );
  const found = await rebuild();
  expect(found).toMatchObject({ code: 1, stderr: '' });
  expect(found.stdout).toContain(`document ${id} of stream ${streamId} is in the projection, but not in the log`);
  expect(await rebuild('--repair')).toMatchObject({ code: 0, stderr: '' });
  expect(await rebuild()).toMatchObject({ code: 0 });
  await dataSource.destroy();
});

it('says in one line that there is no schema yet, and makes none', async () => {
  const outcome = await rebuild();
  expect(outcome).toMatchObject({ code: 1, stdout: '' });
  expect(outcome.stderr).toMatch(
    /^json-database-sync: the database cannot be used: its schema is not that of this version\..*\n$/,
  );
});

it('refuses an option that it does not know', async () => {
  expect(await rebuild('--destroy')).toMatchObject({ code: 2, stderr: expect.stringContaining('Usage:') as string });
});
