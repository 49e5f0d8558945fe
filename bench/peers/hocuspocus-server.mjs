/**
 * Hocuspocus on PostgreSQL as its documentation has it: extension-database with a table of states. An update is
 * acknowledged when it is in memory; the whole document is stored 2 seconds later (its default). DATABASE_URL in the
 * environment; prints its port.
 */
import { Database } from '@hocuspocus/extension-database';
import { Server } from '@hocuspocus/server';
import pg from 'pg';

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });
await pool.query('CREATE TABLE IF NOT EXISTS states (name text PRIMARY KEY, state bytea NOT NULL)');

const database = new Database({
  fetch: async ({ documentName }) => {
    const { rows } = await pool.query('SELECT state FROM states WHERE name = $1', [documentName]);
    return rows[0]?.state ?? null;
  },
  store: async ({ documentName, state }) => {
    await pool.query('INSERT INTO states VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET state = excluded.state', [
      documentName,
      state,
    ]);
  },
});

const server = new Server({ address: '127.0.0.1', port: 0, quiet: true, stopOnSignals: false, extensions: [database] });
await server.listen();
console.log(`listening on ${server.httpServer.address().port}`);
