/** What the server's history takes on the disk, and what whole snapshots of the same versions would. */
import type { BenchContext } from '../harness/context.js';
import type { TaskVersion } from '../workloads/task-history.js';

/** A snapshot a version: the columns of `events` but for the patches, the same keys, and the document whole. */
const SNAPSHOTS = `
  CREATE TABLE snapshots AS
  SELECT e.stream_id, e.sequence, e.document_id, e.version, e.type, e.schema_version, e.user_id, e.client_id, e.mutation_id,
         e.revision_id, e.vector_clock, e.cause_kind, e.cause_version, e.characters, e.hash, e.created_at,
         v.title, v.content::json AS content
    FROM events e JOIN versions v USING (document_id, version) ORDER BY e.sequence`;

const KEYS = `
  ALTER TABLE snapshots ADD PRIMARY KEY (stream_id, sequence), ADD UNIQUE (stream_id, document_id, version)`;

const PART = 2_000;

export async function storeSnapshots(context: BenchContext, versions: readonly TaskVersion[]): Promise<void> {
  await context.query('CREATE TABLE versions (document_id uuid, version integer, title text, content text)');
  for (let from = 0; from < versions.length; from += PART) {
    const part = versions.slice(from, from + PART);
    await context.query('INSERT INTO versions SELECT * FROM unnest($1::uuid[], $2::int[], $3::text[], $4::text[])', [
      part.map(({ documentId }) => documentId),
      part.map(({ version }) => version),
      part.map(({ title }) => title),
      part.map(({ content }) => content),
    ]);
  }
  await context.query(SNAPSHOTS);
  await context.query(KEYS);
  await context.query('DROP TABLE versions');
}

/**
 * Lets each round of edits be a day older than the next, at some time of the day: a task is edited in the course of
 * months. Times that lie close together would compress better than real ones do. (It leaves the chain of hashes behind,
 * which no one verifies here.)
 */
export async function spreadOverMonths(context: BenchContext): Promise<void> {
  await context.query(
    `UPDATE events e
        SET created_at = date_trunc('milliseconds', e.created_at - (n.newest - e.version) * interval '1 day'
                         - ('x' || left(encode(e.hash, 'hex'), 6))::bit(24)::int % 36000000 * interval '1 millisecond')
       FROM (SELECT max(version) AS newest FROM events) n`,
  );
}

/** Bytes with indexes and TOAST, of tables without dead rows. */
export async function tableBytes(context: BenchContext, tables: readonly string[]): Promise<number> {
  let bytes = 0;
  for (const table of tables) {
    await context.query(`VACUUM FULL ${table}`);
    const [row] = await context.query<{ bytes: string }>('SELECT pg_total_relation_size($1::regclass) AS bytes', [
      table,
    ]);
    bytes += Number(row?.bytes);
  }
  return bytes;
}
