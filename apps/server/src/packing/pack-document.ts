/**
 * Moves old events of one document from `events` into a pack, in one short transaction that does all of it or nothing.
 *
 * - An event is at any moment in one of the two, so that a reader's one statement sees each event once.
 * - One packer at a time works on a database, by an advisory lock that goes with the transaction.
 * - Nothing is waited for at the disk: a move that a crash takes back was no loss.
 */
import { AssertionFailure } from '@json-database-sync/domain';
import type { PoolClient } from 'pg';
import type { DocumentKey } from '../event-store/event-store.js';
import { EVENT_COLUMNS } from '../event-store/rows.js';
import { choosePack, PACK_EVENTS, type ChosenPack, type LastPack, type PackableRow } from './choose-pack.js';

/** Any number, as long as nobody else uses it in this database: "jsondbpk" as ASCII. */
const PACKING_LOCK = 0x6a736f6e6462706bn;

const LOCK = { name: 'packing_lock', text: 'SELECT pg_try_advisory_xact_lock($1) AS taken' };

const LOAD_ROWS = {
  name: 'packing_rows',
  text: `SELECT e.version, e.sequence, e.characters,
                e.created_at < $3 AND e.created_at >= 'epoch'::timestamptz
                  AND e.revision_id ~ '^[0-9]+-[0-9a-f]{16}$'
                  AND e.revision_id = e.version || '-' || right(e.revision_id, 16) AS packable
           FROM events e
          WHERE e.stream_id = $1 AND e.document_id = $2
            AND e.version < (SELECT max(n.version) FROM events n WHERE n.stream_id = $1 AND n.document_id = $2)
          ORDER BY e.version LIMIT ${PACK_EVENTS + 1}`,
};

const LOAD_LAST_PACK = {
  name: 'packing_last_pack',
  text: `SELECT first_version, last_version, first_sequence, characters FROM event_packs
          WHERE stream_id = $1 AND document_id = $2 ORDER BY last_version DESC LIMIT 1`,
};

const columns = [...EVENT_COLUMNS, 'schema_version', 'hash'].join(', ');

/** Of an event `e`: see the migration for what stands between the parts. */
const PATCH = `coalesce(e.forward_patch::text, '') || E'\\x1f' || coalesce(e.reverse_patch::text, '')
  || CASE WHEN e.title_from IS NULL AND e.cause_kind IS NULL THEN '' ELSE
       E'\\x1f' || coalesce(to_json(e.title_from)::text, '') || E'\\x1f' || coalesce(to_json(e.title_to)::text, '')
       || CASE WHEN e.cause_kind IS NULL THEN '' ELSE E'\\x1f' || e.cause_kind || E'\\x1f' || e.cause_version END END`;

const MARK = `uuid_send(e.mutation_id) || decode(right(e.revision_id, 16), 'hex') || e.hash
  || substring(int8send((extract(epoch FROM e.created_at) * 1000)::bigint) FROM 3)`;

/** `$3` to `$4`: the versions to move; `$5`: the last version of the pack that grows, or null. */
const MOVE = {
  name: 'packing_move',
  text: `WITH taken AS (
           DELETE FROM events e WHERE e.stream_id = $1 AND e.document_id = $2 AND e.version BETWEEN $3 AND $4
           RETURNING ${columns}
         ), grown AS (
           DELETE FROM event_packs p WHERE p.stream_id = $1 AND p.document_id = $2 AND p.last_version = $5
           RETURNING last_version - first_version + 1 AS count
         ), log AS MATERIALIZED (
           SELECT ${columns} FROM packed_events p
            WHERE p.stream_id = $1 AND p.document_id = $2 AND p.pack_last_version = $5
           UNION ALL SELECT ${columns} FROM taken
         ), packed AS (
           INSERT INTO event_packs (stream_id, document_id, first_version, last_version, first_sequence, last_sequence,
             characters, sequences, types, schema_versions, user_ids, client_ids, vector_clocks, patches, marks)
           SELECT e.stream_id, e.document_id, min(e.version), max(e.version), f.sequence, max(e.sequence),
                  sum(e.characters), array_agg((e.sequence - f.sequence)::integer ORDER BY e.version),
                  array_agg(e.type ORDER BY e.version),
                  CASE WHEN bool_or(e.schema_version <> 1) THEN array_agg(e.schema_version ORDER BY e.version) END,
                  array_agg(e.user_id ORDER BY e.version), array_agg(e.client_id ORDER BY e.version),
                  string_agg(e.vector_clock::text, E'\\x1e' ORDER BY e.version),
                  string_agg(${PATCH}, E'\\x1e' ORDER BY e.version),
                  string_agg(${MARK}, ''::bytea ORDER BY e.version)
             FROM log e, (SELECT min(sequence) AS sequence FROM log) f
            GROUP BY e.stream_id, e.document_id, f.sequence
           RETURNING last_version - first_version + 1 AS count
         )
         SELECT (SELECT count(*)::int FROM taken) AS taken, (SELECT sum(count)::int FROM grown) AS grown,
                (SELECT sum(count)::int FROM packed) AS packed`,
};

/** How many events were moved (0: there was nothing to do), or that another packer is at work in this database. */
export type Packed = number | 'busy';

/** @param before only events that were committed before this */
export async function packDocument(client: PoolClient, key: DocumentKey, before: Date): Promise<Packed> {
  await client.query('BEGIN; SET LOCAL synchronous_commit TO off');
  try {
    const packed = await packOnce(client, key, before);
    await client.query('COMMIT');
    return packed;
  } catch (error) {
    // Where the connection is gone, so is the transaction; the first error is the one to tell of.
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

async function packOnce(client: PoolClient, key: DocumentKey, before: Date): Promise<Packed> {
  const lock = await client.query<{ taken: boolean }>({ ...LOCK, values: [PACKING_LOCK.toString()] });
  if (lock.rows[0]?.taken !== true) return 'busy';
  const names = [key.streamId, key.documentId];
  const rows = await client.query<{ version: number; sequence: string; characters: number; packable: boolean }>({
    ...LOAD_ROWS,
    values: [...names, before],
  });
  const packs = await client.query<{
    first_version: number;
    last_version: number;
    first_sequence: string;
    characters: number;
  }>({ ...LOAD_LAST_PACK, values: names });
  const lastPack = packs.rows.map((row): LastPack => ({
    firstVersion: row.first_version,
    lastVersion: row.last_version,
    firstSequence: Number(row.first_sequence),
    characters: row.characters,
  }))[0];
  const packable = rows.rows.map((row): PackableRow => ({ ...row, sequence: Number(row.sequence) }));
  const chosen = choosePack(packable, lastPack ?? null);
  return chosen ? moveToPack(client, key, chosen) : 0;
}

/** One statement: all of it happens, or nothing. */
export async function moveToPack(
  client: Pick<PoolClient, 'query'>,
  { streamId, documentId }: DocumentKey,
  { first, last, grown }: ChosenPack,
): Promise<number> {
  const { rows } = await client.query<{ taken: number; grown: number | null; packed: number | null }>({
    ...MOVE,
    values: [streamId, documentId, first, last, grown],
  });
  const [counts] = rows;
  const expected = last - first + 1;
  // Somebody has taken some of them meanwhile (retention): nothing is moved this time.
  if (counts?.taken !== expected || counts.packed !== expected + (counts.grown ?? 0)) {
    throw new AssertionFailure(`of versions ${first} to ${last}, ${counts?.taken ?? 0} were there to be packed`);
  }
  return expected;
}
