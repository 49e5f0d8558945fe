import { createHash } from 'node:crypto';
import { canonicalJson, type JsonValue } from '@json-database-sync/domain';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Tamper evidence: each event has a hash that covers it and the hash before it, and each stream that of its last event.
 * `event_chain` is what the commit statement chains a batch with. Events from before get theirs here, page by page.
 */
export class HashChain1795000000003 implements MigrationInterface {
  readonly name = 'HashChain1795000000003';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
    await chainOldEvents(runner);
    await runner.query(`ALTER TABLE events ALTER COLUMN hash SET NOT NULL`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE events DROP COLUMN hash`);
    await runner.query(`ALTER TABLE streams DROP COLUMN head_hash`);
    await runner.query(`DROP AGGREGATE event_chain (bytea, bytea)`);
    await runner.query(`DROP FUNCTION event_chain_next (bytea, bytea, bytea)`);
  }
}

const UP = [
  `CREATE FUNCTION event_chain_next (state bytea, head bytea, body bytea) RETURNS bytea
     LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS 'BEGIN RETURN sha256(coalesce(state, head) || body); END'`,
  // event_chain(head, body ORDER BY place): the hash after these bodies, which follow the event whose hash is the head.
  `CREATE AGGREGATE event_chain (head bytea, body bytea) (SFUNC = event_chain_next, STYPE = bytea)`,
  `ALTER TABLE streams ADD COLUMN head_hash bytea NOT NULL DEFAULT decode(repeat('00', 32), 'hex')
     CHECK (length(head_hash) = 32)`,
  `ALTER TABLE events ADD COLUMN hash bytea CHECK (length(hash) = 32)`,
];

const PAGE = 500;
const PAGE_CHARACTERS = 4 * 1024 * 1024;
const NIL = '00000000-0000-0000-0000-000000000000';

const READ_PAGE = `
  SELECT * FROM (
    SELECT stream_id, sequence, document_id, version, type, user_id, client_id, mutation_id, revision_id, vector_clock,
           forward_patch, reverse_patch, title_from, title_to, cause_kind, cause_version, created_at,
           sum(characters) OVER (ORDER BY stream_id, sequence) - characters AS before
      FROM events WHERE (stream_id, sequence) > ($1, $2) ORDER BY stream_id, sequence LIMIT ${PAGE}
  ) e WHERE e.before < ${PAGE_CHARACTERS} ORDER BY stream_id, sequence`;

const WRITE_PAGE = `
  UPDATE events e SET hash = r.hash FROM unnest($1::uuid[], $2::bigint[], $3::bytea[]) AS r (stream_id, sequence, hash)
   WHERE e.stream_id = r.stream_id AND e.sequence = r.sequence`;

const WRITE_HEAD = `UPDATE streams SET head_hash = $2 WHERE id = $1`;

interface OldEvent {
  stream_id: string;
  sequence: string;
  document_id: string;
  version: number;
  type: string;
  user_id: string;
  client_id: string;
  mutation_id: string;
  revision_id: string;
  vector_clock: JsonValue;
  forward_patch: JsonValue;
  reverse_patch: JsonValue;
  title_from: string | null;
  title_to: string | null;
  cause_kind: string | null;
  cause_version: number | null;
  created_at: Date;
}

async function chainOldEvents(runner: QueryRunner): Promise<void> {
  let after: readonly [string, string] = [NIL, '0'];
  let head: Buffer = Buffer.alloc(32);
  for (;;) {
    const rows = (await runner.query(READ_PAGE, [...after])) as OldEvent[];
    const hashes: Buffer[] = [];
    for (const row of rows) {
      if (row.stream_id !== after[0]) head = Buffer.alloc(32);
      head = sha256(Buffer.concat([head, sha256(canonicalJson(recordOf(row)))]));
      hashes.push(head);
      after = [row.stream_id, row.sequence];
      const next = rows[hashes.length];
      if (next?.stream_id !== row.stream_id) await runner.query(WRITE_HEAD, [row.stream_id, head]);
    }
    if (rows.length === 0) return;
    await runner.query(WRITE_PAGE, [rows.map((row) => row.stream_id), rows.map((row) => row.sequence), hashes]);
  }
}

/** The record of an event as the domain's `canonicalEvent` writes it. */
function recordOf(row: OldEvent): JsonValue {
  return {
    stream_id: row.stream_id,
    document_id: row.document_id,
    version: row.version,
    event_type: row.type,
    user_id: row.user_id,
    client_id: row.client_id,
    mutation_id: row.mutation_id,
    revision_id: row.revision_id,
    vector_clock: row.vector_clock,
    forward_patch: row.forward_patch,
    reverse_patch: row.reverse_patch,
    title: row.title_from === null || row.title_to === null ? null : { from: row.title_from, to: row.title_to },
    cause:
      row.cause_kind === null || row.cause_version === null
        ? null
        : { kind: row.cause_kind, version: row.cause_version },
    created_at: row.created_at.toISOString(),
  };
}

function sha256(data: string | Buffer): Buffer {
  return createHash('sha256').update(data).digest();
}
