import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Strategies and the ledger. A stream says how it settles what overlaps. A loss is open until somebody has looked at it
 * (dismissed) or brought it back (applied); both sides of it are made from the log again, so that it holds no documents.
 */
export class Conflicts1795000000002 implements MigrationInterface {
  readonly name = 'Conflicts1795000000002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE streams ADD COLUMN strategy text NOT NULL DEFAULT 'server_wins'`);
    await runner.query(`
      ALTER TABLE conflicts
        ADD COLUMN status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'dismissed', 'applied')),
        ADD COLUMN resolved_at timestamptz(3),
        ADD COLUMN resolved_by_mutation uuid`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      `ALTER TABLE conflicts DROP COLUMN status, DROP COLUMN resolved_at, DROP COLUMN resolved_by_mutation`,
    );
    await runner.query(`ALTER TABLE streams DROP COLUMN strategy`);
  }
}
