import type { DataSource } from 'typeorm';
import { createTestDatabase, type TestDatabase } from '../../../../testing/test-database.js';
import { waitFor } from '../../../../testing/wait-for.js';
import { openDataSource } from '../database/data-source.js';
import { queryPrepared } from '../event-store/prepared-query.js';
import { CommitConnections } from './commit-connections.js';

const WHICH = { name: 'which', text: 'SELECT pg_backend_pid() AS pid' };
const FAILS = { name: 'fails', text: 'SELECT 1 / $1::int AS none' };

let database: TestDatabase;
let dataSource: DataSource;

beforeEach(async () => {
  database = await createTestDatabase();
  dataSource = await openDataSource({
    databaseUrl: database.url,
    databasePoolSize: 2,
    databaseConnectTimeoutMs: 10_000,
  });
});

afterEach(async () => {
  await dataSource.destroy();
  await database.drop();
});

async function pidOf(connections: CommitConnections): Promise<number | undefined> {
  const [row] = await connections.query<{ pid: number }>(WHICH, []);
  return row?.pid;
}

describe('the connections of commits', () => {
  test('are kept from one statement to the next, and leave the pool what others need', async () => {
    const connections = new CommitConnections(dataSource, 1);
    const [first, second] = await Promise.all([pidOf(connections), pidOf(connections)]);
    expect(first).not.toBe(second);
    const kept = await pidOf(connections);
    expect(await pidOf(connections)).toBe(kept);
    const [read] = await queryPrepared<{ pid: number }>(dataSource, WHICH, []);
    expect(read?.pid).toBe(kept === first ? second : first);
  });

  test('are given back where a statement fails', async () => {
    const connections = new CommitConnections(dataSource, 2);
    for (let n = 0; n < 4; n++) await expect(connections.query(FAILS, [0])).rejects.toThrow('division by zero');
    expect(await pidOf(connections)).toBeGreaterThan(0);
  });

  test('are replaced where PostgreSQL has ended one that was kept', async () => {
    const connections = new CommitConnections(dataSource, 1);
    const kept = await pidOf(connections);
    await dataSource.query('SELECT pg_terminate_backend($1)', [kept]);
    const gone = async () => {
      const rows = await dataSource.query<unknown[]>('SELECT pid FROM pg_stat_activity WHERE pid = $1', [kept]);
      return rows.length === 0;
    };
    await waitFor('the kept connection to be gone', gone);
    // It may be told of the end in the middle of the next statement, which then fails as any that is interrupted.
    await waitFor('another connection', async () => (await pidOf(connections).catch(() => kept)) !== kept);
  });
});
