/**
 * ShareDB on PostgreSQL as its documentation has it: sharedb-postgres with its own tables, WebSockets through its JSON stream.
 * An operation is acknowledged when it is committed. DATABASE_URL in the environment; prints its port.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import WebSocketJSONStream from '@teamwork/websocket-json-stream';
import pg from 'pg';
import ShareDB from 'sharedb';
import postgresDb from 'sharedb-postgres';
import { WebSocketServer } from 'ws';

const connectionString = process.env.DATABASE_URL;

const tables = new pg.Client({ connectionString });
await tables.connect();
await tables.query(readFileSync(createRequire(import.meta.url).resolve('sharedb-postgres/structure.sql'), 'utf8'));
await tables.end();

const backend = new ShareDB({ db: postgresDb({ connectionString }) });
const http = createServer();
new WebSocketServer({ server: http, perMessageDeflate: false }).on('connection', (socket) => {
  const stream = new WebSocketJSONStream(socket);
  // A client that leaves while it is being written to is no reason to stop.
  stream.on('error', () => socket.terminate());
  backend.listen(stream);
});
http.listen(0, '127.0.0.1', () => console.log(`listening on ${http.address().port}`));
