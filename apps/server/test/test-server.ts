/** A whole server in the test's own process, on a database of its own, listening on a free port. */
import { Pool, type QueryResultRow } from 'pg';
import { createTestDatabase, type TestDatabase } from '../../../testing/test-database.js';
import { createServer, type RunningServer } from '../src/bootstrap.js';
import { readSettings, withDatabase, type Environment } from '../src/settings/settings.js';

export interface TestServer extends RunningServer {
  readonly databaseUrl: string;
  /** On connections of its own, which the server does not know of. */
  query<Row extends QueryResultRow>(sql: string, values?: unknown[]): Promise<Row[]>;
  /** Stops the server, and removes the database if it was made for it. */
  stop(): Promise<void>;
}

export interface TestServerOptions {
  readonly environment?: Environment;
  /** Another server's database, to be two nodes of one system. */
  readonly databaseUrl?: string;
  readonly modules?: Parameters<typeof createServer>[2];
}

export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const own: TestDatabase | undefined = options.databaseUrl === undefined ? await createTestDatabase() : undefined;
  const databaseUrl = options.databaseUrl ?? own?.url ?? '';
  const settings = readSettings({
    BIND_ADDRESS: '127.0.0.1:0',
    DEMO_MODE: 'true',
    LOG_LEVEL: 'silent',
    AUTH_REQUESTS_PER_MINUTE: '100000',
    ...options.environment,
  });
  const server = await createServer(withDatabase(settings, databaseUrl), undefined, options.modules);
  const database = new Pool({ connectionString: databaseUrl, max: 4, application_name: 'test' });
  // Some tests end every connection to the database, these included.
  database.on('error', () => undefined);
  return {
    ...server,
    databaseUrl,
    query: async <Row extends QueryResultRow>(sql: string, values: unknown[] = []) =>
      (await database.query<Row>(sql, values)).rows,
    stop: async () => {
      await database.end();
      await server.close();
      await own?.drop();
    },
  };
}

/** How many rows a table has, to see that nothing was stored. */
export async function countRows(server: TestServer, table: 'events' | 'documents' | 'mutations'): Promise<number> {
  const [row] = await server.query<{ count: number }>(`SELECT count(*)::int AS count FROM ${table}`);
  return row?.count ?? 0;
}
