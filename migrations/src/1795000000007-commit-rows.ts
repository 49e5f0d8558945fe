import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What the commit statement is handed: a batch as two arrays of these rows. One array of composites costs PostgreSQL much
 * less than an array for each of their columns.
 */
export class CommitRows1795000000007 implements MigrationInterface {
  readonly name = 'CommitRows1795000000007';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TYPE commit_row`);
    await runner.query(`DROP TYPE commit_stream`);
  }
}

const UP = [
  // A stream that gets a single event has the hash of its record here, so that nothing has to be looked up for the chain.
  `CREATE TYPE commit_stream AS (
     id uuid,
     count integer,
     digest bigint,
     body_hash bytea
   )`,

  // A mutation, with its event where it made one (event_type), and with its document where it made the last one of the
  // batch (content). The order of the attributes is that of the server's COMMIT_ROW.
  `CREATE TYPE commit_row AS (
     stream_id uuid,
     place integer,
     document_id uuid,
     version integer,
     mutation_id uuid,
     status text,
     conflict_id uuid,
     event_type text,
     author_id uuid,
     client_id uuid,
     revision_id text,
     vector_clock json,
     forward_patch json,
     reverse_patch json,
     title_from text,
     title_to text,
     cause_kind text,
     cause_version integer,
     event_characters integer,
     event_at timestamptz,
     body_hash bytea,
     owner_id uuid,
     title text,
     content jsonb,
     content_characters integer,
     created_at timestamptz,
     updated_at timestamptz,
     deleted_at timestamptz
   )`,
];
