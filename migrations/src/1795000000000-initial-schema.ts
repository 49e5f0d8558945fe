import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The first schema. Every key of the sync tables starts with stream_id: it is the unit of ordering, of access and of
 * distribution. Events, documents, mutations and conflicts carry no foreign key to streams: the one statement that
 * writes them takes the stream's row first, so an unknown stream cannot get rows, and the check a row would be paid
 * for on every write.
 */
export class InitialSchema1795000000000 implements MigrationInterface {
  readonly name = 'InitialSchema1795000000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of TABLES.toReversed()) await runner.query(`DROP TABLE ${table}`);
  }
}

const TABLES = [
  'users',
  'credentials',
  'api_tokens',
  'streams',
  'stream_members',
  'events',
  'documents',
  'mutations',
  'conflicts',
];

const UP = [
  `CREATE TABLE users (
     id uuid PRIMARY KEY,
     email text UNIQUE,
     created_at timestamptz(3) NOT NULL DEFAULT now()
   )`,

  // What a user proves to know: a password, or in demo mode the token of the first connection. Argon2id hashes only.
  `CREATE TABLE credentials (
     user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
     kind text NOT NULL CHECK (kind IN ('password', 'token')),
     hash text NOT NULL,
     created_at timestamptz(3) NOT NULL DEFAULT now(),
     PRIMARY KEY (user_id, kind)
   )`,

  // Random bearer tokens, kept as SHA-256: 256 random bits need no slow hash, and a lookup by it is one index probe.
  `CREATE TABLE api_tokens (
     token_hash bytea PRIMARY KEY,
     user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
     created_at timestamptz(3) NOT NULL DEFAULT now(),
     revoked_at timestamptz(3)
   )`,
  `CREATE INDEX api_tokens_user ON api_tokens (user_id)`,

  // last_sequence changes with every commit: half-empty pages keep those updates on the page (HOT).
  `CREATE TABLE streams (
     id uuid PRIMARY KEY,
     kind text NOT NULL CHECK (kind IN ('personal', 'collection')),
     name text NOT NULL,
     last_sequence bigint NOT NULL DEFAULT 0,
     created_at timestamptz(3) NOT NULL DEFAULT now()
   ) WITH (fillfactor = 50)`,

  `CREATE TABLE stream_members (
     stream_id uuid NOT NULL REFERENCES streams (id) ON DELETE CASCADE,
     user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
     role text NOT NULL CHECK (role IN ('owner', 'editor', 'viewer')),
     PRIMARY KEY (stream_id, user_id)
   )`,
  `CREATE INDEX stream_members_user ON stream_members (user_id)`,

  // The unique constraint is the guard between nodes: two that decide on the same version cannot both commit.
  `CREATE TABLE events (
     stream_id uuid NOT NULL,
     sequence bigint NOT NULL,
     document_id uuid NOT NULL,
     version integer NOT NULL,
     type text NOT NULL CHECK (type IN ('create', 'update', 'delete', 'restore')),
     schema_version smallint NOT NULL DEFAULT 1,
     user_id uuid NOT NULL,
     client_id uuid NOT NULL,
     mutation_id uuid NOT NULL,
     revision_id text NOT NULL,
     vector_clock json NOT NULL,
     forward_patch json,
     reverse_patch json,
     title_from text,
     title_to text,
     -- Length of both patches as JSON text: a page of the log is bounded by it before it is read.
     characters integer NOT NULL,
     created_at timestamptz(3) NOT NULL,
     PRIMARY KEY (stream_id, sequence),
     CONSTRAINT events_document_version UNIQUE (stream_id, document_id, version)
   )`,

  `CREATE TABLE documents (
     stream_id uuid NOT NULL,
     id uuid NOT NULL,
     user_id uuid NOT NULL,
     title text NOT NULL,
     content jsonb NOT NULL,
     version integer NOT NULL,
     revision_id text NOT NULL,
     vector_clock json NOT NULL,
     last_sequence bigint NOT NULL,
     -- Length of the content as JSON text.
     characters integer NOT NULL,
     created_at timestamptz(3) NOT NULL,
     updated_at timestamptz(3) NOT NULL,
     deleted_at timestamptz(3),
     PRIMARY KEY (stream_id, id)
   )`,
  `CREATE INDEX documents_content ON documents USING gin (content jsonb_path_ops)`,

  // What each mutation came to, so that one sent again is answered as the first time.
  `CREATE TABLE mutations (
     stream_id uuid NOT NULL,
     mutation_id uuid NOT NULL,
     document_id uuid NOT NULL,
     status text NOT NULL CHECK (status IN ('applied', 'merged', 'conflicted')),
     version integer NOT NULL,
     sequence bigint NOT NULL,
     conflict_id uuid,
     created_at timestamptz(3) NOT NULL,
     CONSTRAINT mutations_key PRIMARY KEY (stream_id, mutation_id)
   )`,

  // The ledger: every change that lost, in part or whole, as its author sent it.
  `CREATE TABLE conflicts (
     stream_id uuid NOT NULL,
     id uuid NOT NULL,
     document_id uuid NOT NULL,
     user_id uuid NOT NULL,
     client_id uuid NOT NULL,
     mutation_id uuid NOT NULL,
     base_version integer NOT NULL,
     server_version integer NOT NULL,
     strategy text NOT NULL,
     reason text NOT NULL,
     command json NOT NULL,
     dropped json NOT NULL,
     dropped_title text,
     created_at timestamptz(3) NOT NULL,
     PRIMARY KEY (stream_id, id)
   )`,
  `CREATE INDEX conflicts_document ON conflicts (stream_id, document_id)`,
];
