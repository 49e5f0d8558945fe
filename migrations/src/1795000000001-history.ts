import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Undo and time travel. Events say what they are for (`cause`: what they take back, bring back or go back to); those
 * from before have none. Keyframes are documents as they were at some versions, so that an old version is reached in few
 * steps; the log can make them again, and so nothing refers to them.
 */
export class History1795000000001 implements MigrationInterface {
  readonly name = 'History1795000000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE events
        ADD COLUMN cause_kind text CHECK (cause_kind IN ('undo', 'redo', 'revert')),
        ADD COLUMN cause_version integer,
        ADD CONSTRAINT events_cause CHECK ((cause_kind IS NULL) = (cause_version IS NULL))`);
    await runner.query(`
      CREATE TABLE keyframes (
        stream_id uuid NOT NULL,
        document_id uuid NOT NULL,
        version integer NOT NULL,
        user_id uuid NOT NULL,
        title text NOT NULL,
        content json NOT NULL,
        revision_id text NOT NULL,
        vector_clock json NOT NULL,
        created_at timestamptz(3) NOT NULL,
        updated_at timestamptz(3) NOT NULL,
        deleted_at timestamptz(3),
        PRIMARY KEY (stream_id, document_id, version)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE keyframes`);
    await runner.query(`ALTER TABLE events DROP COLUMN cause_kind, DROP COLUMN cause_version`);
  }
}
