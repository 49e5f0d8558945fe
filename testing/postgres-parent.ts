/**
 * A small process that runs an embedded PostgreSQL, for the tests that kill it: `postgres-parent.ts <data folder>`.
 *
 * It prints `started <json>` with url and pid. On SIGINT it still writes a row, as a server that finishes what is in
 * flight does, then stops PostgreSQL and prints `stopped`; the line `exit` on its input makes it exit without stopping.
 */
import { Client } from 'pg';
import { startEmbeddedPostgres } from '../apps/server/src/postgres/embedded-postgres.js';

async function main(dataDir: string): Promise<void> {
  const postgres = await startEmbeddedPostgres({ dataDir });
  process.once('SIGINT', () => {
    void (async () => {
      const client = new Client({ connectionString: postgres.url });
      await client.connect();
      await client.query('CREATE TABLE last_words (said text)');
      await client.end();
      await postgres.stop();
      console.log('stopped');
      process.exit(0);
    })();
  });
  process.stdin.on('data', (bytes) => {
    if (bytes.toString().includes('exit')) process.exit(0);
  });
  console.log(`started ${JSON.stringify({ url: postgres.url, pid: postgres.pid })}`);
}

main(process.argv[2] ?? '').catch((error: unknown) => {
  console.error(String(error));
  process.exitCode = 1;
});
