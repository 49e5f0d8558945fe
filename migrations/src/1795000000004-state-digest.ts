import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * A stream's digest, so that a client can ask whether it holds the same. `document_digest` is the domain's
 * `documentDigest`, as a number of the same 64 bits: the commit statement is handed what a batch changes, this is for what
 * is counted anew from the documents.
 */
export class StateDigest1795000000004 implements MigrationInterface {
  readonly name = 'StateDigest1795000000004';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE streams DROP COLUMN state_digest`);
    await runner.query(`DROP FUNCTION document_digest (uuid, integer, text, timestamptz, text)`);
  }
}

const UP = [
  `CREATE FUNCTION document_digest (id uuid, version integer, revision_id text, deleted_at timestamptz, title text)
     RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
       SELECT ('x' || encode(substring(sha256(convert_to(
         id::text || E'\\n' || version::text || E'\\n' || revision_id || E'\\n'
           || CASE WHEN deleted_at IS NULL THEN 'live' ELSE 'deleted' END || E'\\n' || title,
         'UTF8')) FROM 1 FOR 8), 'hex'))::bit(64)::bigint
     $$`,
  `ALTER TABLE streams ADD COLUMN state_digest bigint NOT NULL DEFAULT 0`,
  `UPDATE streams s SET state_digest = d.digest
     FROM (SELECT stream_id, bit_xor(document_digest(id, version, revision_id, deleted_at, title)) AS digest
             FROM documents GROUP BY stream_id) d
    WHERE d.stream_id = s.id`,
];
