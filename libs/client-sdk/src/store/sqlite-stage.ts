/** The waiting room for a snapshot, in a temporary table of the connection. */
import type { DocumentState, StreamId } from '@json-database-sync/domain';
import type { Database } from 'better-sqlite3';
import type { SnapshotStage } from './local-store.js';
import type { SqliteChecks } from './sqlite-checks.js';
import { guarded } from './sqlite-errors.js';

const NEXT_CHANGE = '(SELECT coalesce(max(change_counter), 0) + 1 FROM documents)';

/** Rows that are confirmed as they are already keep their change counter: nobody needs to look at them again. */
const SWAP_IN = `
INSERT INTO documents (id, stream_id, change_counter, change_kind, change_origin,
  version, user_id, revision_id, vector_clock, title, content, created_at, updated_at, deleted_at)
SELECT s.id, $streamId, ${NEXT_CHANGE}, CASE WHEN s.deleted_at IS NULL THEN 'created' ELSE 'deleted' END, 'remote',
  s.version, s.user_id, s.revision_id, s.vector_clock, s.title, s.content, s.created_at, s.updated_at, s.deleted_at
FROM stage s WHERE true
ON CONFLICT (id) DO UPDATE SET
  stream_id = excluded.stream_id, change_counter = excluded.change_counter,
  change_kind = CASE WHEN excluded.deleted_at IS NOT NULL THEN 'deleted'
    WHEN documents.deleted_at IS NOT NULL THEN 'restored'
    WHEN documents.version = 0 AND NOT documents.view_present THEN 'created' ELSE 'updated' END,
  change_origin = 'remote', version = excluded.version, user_id = excluded.user_id,
  revision_id = excluded.revision_id, vector_clock = excluded.vector_clock, title = excluded.title,
  content = excluded.content, created_at = excluded.created_at, updated_at = excluded.updated_at,
  deleted_at = excluded.deleted_at
WHERE documents.revision_id IS NOT excluded.revision_id OR documents.title IS NOT excluded.title
  OR documents.deleted_at IS NOT excluded.deleted_at OR documents.stream_id IS NOT excluded.stream_id
  OR documents.content IS NOT excluded.content`;

/** What the server has never heard of (it was restored from a backup) is no longer confirmed. */
const UNCONFIRM_OTHERS = `
UPDATE documents SET change_counter = ${NEXT_CHANGE}, change_kind = 'deleted', change_origin = 'remote',
  version = 0, user_id = NULL, revision_id = NULL, vector_clock = NULL, title = NULL, content = NULL,
  created_at = NULL, updated_at = NULL, deleted_at = NULL
WHERE stream_id = ? AND version > 0 AND id NOT IN (SELECT id FROM stage)`;

export class SqliteStage implements SnapshotStage {
  private readonly statements;

  constructor(
    db: Database,
    private readonly checks: SqliteChecks,
  ) {
    const insert = db.prepare<[string, string, number, string, string, string, string, string, string | null, string]>(
      `INSERT INTO stage (id, user_id, version, revision_id, vector_clock, title, created_at, updated_at, deleted_at, content)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
    );
    this.statements = {
      clear: db.prepare('DELETE FROM stage'),
      size: db.prepare<[], { count: number }>('SELECT count(*) AS count FROM stage'),
      swapIn: db.prepare<[{ streamId: string }]>(SWAP_IN),
      unconfirmOthers: db.prepare<[string]>(UNCONFIRM_OTHERS),
      // Deferred: it writes to the temporary database only, and so waits for no other process.
      add: db.transaction((documents: readonly DocumentState[]) => {
        for (const d of documents) {
          insert.run(
            d.id,
            d.userId,
            d.version,
            d.revisionId,
            JSON.stringify(d.vectorClock),
            d.title,
            d.createdAt,
            d.updatedAt,
            d.deletedAt,
            JSON.stringify(d.content),
          );
        }
      }),
    };
  }

  clear(): void {
    guarded(() => this.statements.clear.run());
  }

  add(documents: readonly DocumentState[]): void {
    guarded(() => this.statements.add(documents));
  }

  size(): number {
    return guarded(() => this.statements.size.get()?.count ?? 0);
  }

  swapIn(streamId: StreamId): void {
    guarded(() => {
      this.statements.unconfirmOthers.run(streamId);
      this.statements.swapIn.run({ streamId });
    });
    this.checks.recount(streamId);
  }
}
