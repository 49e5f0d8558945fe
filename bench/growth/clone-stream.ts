/**
 * Fills a store quickly: a user and the user's personal stream, written through the server, are copied as many other users,
 * in SQL, with the ids of the user and the stream replaced wherever they stand. What comes of it is what the server would have
 * written: each copy has a log, a projection and a digest of its own that agree, and a chain of hashes of its own.
 *
 * It names no columns but those that it must, so that new ones are copied as well. Nothing else may use the database meanwhile.
 */
import { Client } from 'pg';
import { recordText } from '../../apps/server/src/audit/audit-record.js';
import type { EventRow } from '../../apps/server/src/event-store/rows.js';

interface Column {
  readonly name: string;
  readonly type: string;
}

/** What a column is in the copy `c` of the template's row `t`, where it is not by its type. */
const SPECIAL: Readonly<Record<string, string>> = {
  'events.hash': '(SELECT h.hash FROM chained h WHERE h.stream_id = c.id AND h.sequence = t.sequence)',
  'streams.head_hash': '(SELECT h.hash FROM chained h WHERE h.stream_id = c.id ORDER BY h.sequence DESC LIMIT 1)',
};

/** In an order that foreign keys allow; after them come all other tables that have a `stream_id`. */
const KEYS: ReadonlyMap<string, string> = new Map([
  ['users', 'id'],
  ['streams', 'id'],
  ['stream_members', 'stream_id'],
]);

/** @returns the ids of the copies, which are users and their personal streams at once */
export async function cloneStream(databaseUrl: string, template: string, copies: number): Promise<string[]> {
  if (!/^[0-9a-f-]{36}$/.test(template)) throw new Error('the template is no uuid');
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(`CREATE TEMP TABLE clones AS SELECT gen_random_uuid() AS id FROM generate_series(1, ${copies})`);
    await chainClones(client, template);
    const indexes = await dropIndexes(client);
    const others = await client.query<{ name: string }>(
      `SELECT c.table_name AS name FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
        WHERE c.table_schema = 'public' AND c.column_name = 'stream_id' AND t.table_type = 'BASE TABLE' ORDER BY 1`,
    );
    for (const table of new Set([...KEYS.keys(), ...others.rows.map(({ name }) => name)])) {
      await cloneRows(client, table, template);
    }
    // With the default, an index of a million documents is built in many passes.
    await client.query(`SET maintenance_work_mem = '512MB'`);
    for (const index of indexes) await client.query(index);
    // What a fill leaves behind is not to be paid for by what is measured: hint bits, statistics, unwritten pages.
    await client.query('VACUUM (ANALYZE)');
    await client.query('CHECKPOINT');
    const { rows } = await client.query<{ id: string }>('SELECT id FROM clones ORDER BY id');
    return rows.map(({ id }) => id);
  } finally {
    await client.end();
  }
}

/** The hashes of the copied events: the record of each is the template's, with another user and stream in it. */
async function chainClones(client: Client, template: string): Promise<void> {
  const { rows } = await client.query<EventRow>('SELECT * FROM events WHERE stream_id = $1', [template]);
  await client.query('CREATE TEMP TABLE records (sequence bigint, record text)');
  await client.query('INSERT INTO records SELECT * FROM unnest($1::bigint[], $2::text[])', [
    rows.map(({ sequence }) => sequence),
    rows.map(recordText),
  ]);
  await client.query(`
    CREATE TEMP TABLE chained AS
    SELECT stream_id, sequence,
           event_chain(decode(repeat('00', 32), 'hex'), body) OVER (PARTITION BY stream_id ORDER BY sequence) AS hash
      FROM (SELECT c.id AS stream_id, r.sequence,
                   sha256(convert_to(replace(r.record, '${template}', c.id::text), 'UTF8')) AS body
              FROM clones c CROSS JOIN records r) bodies`);
  await client.query('CREATE UNIQUE INDEX ON chained (stream_id, sequence)');
  await client.query('ANALYZE chained');
}

/** Those of `documents` that guard nothing: building them once is much cheaper than adding to them. @returns what makes them again */
async function dropIndexes(client: Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string; definition: string }>(
    `SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition FROM pg_index
      WHERE indrelid = 'documents'::regclass AND NOT indisunique`,
  );
  for (const { name } of rows) await client.query(`DROP INDEX ${name}`);
  return rows.map(({ definition }) => definition);
}

async function cloneRows(client: Client, table: string, template: string): Promise<void> {
  const { rows: columns } = await client.query<Column>(
    `SELECT column_name AS name, data_type AS type FROM information_schema.columns
      WHERE table_schema = 'public' AND table_name = $1 AND is_generated = 'NEVER'`,
    [table],
  );
  const values = columns.map(({ name, type }) => {
    const special = SPECIAL[`${table}.${name}`];
    if (special !== undefined) return special;
    if (type === 'uuid') return `CASE WHEN t.${name} = '${template}' THEN c.id ELSE t.${name} END`;
    // Stored as text: the documents in it name their author.
    if (type === 'json') return `replace(t.${name}::text, '${template}', c.id::text)::json`;
    return `t.${name}`;
  });
  await client.query(
    `INSERT INTO ${table} (${columns.map(({ name }) => name).join(', ')})
     SELECT ${values.join(', ')} FROM clones c CROSS JOIN ${table} t WHERE t.${KEYS.get(table) ?? 'stream_id'} = '${template}'`,
  );
}
