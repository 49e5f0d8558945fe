/** The local ledger of a SQLite store: changes of ours that lost. */
import type { DocumentId } from '@json-database-sync/domain';
import type { Database } from 'better-sqlite3';
import type { ConflictTable } from './local-store.js';
import type { StoredConflict } from './stored-conflict.js';
import { guarded } from './sqlite-errors.js';

interface ConflictRow {
  body: string;
  dismissed_at: string | null;
  applied_at: string | null;
}

export class SqliteConflicts implements ConflictTable {
  private readonly statements;

  constructor(db: Database) {
    this.statements = {
      add: db.prepare<[string, string, string, string, string | null, string]>(
        `INSERT INTO conflicts (id, mutation_id, document_id, created_at, dismissed_at, body)
         VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
      ),
      list: db.prepare<[{ document: string | null; all: number; limit: number }], ConflictRow>(
        `SELECT body, dismissed_at, applied_at FROM conflicts
         WHERE ($document IS NULL OR document_id = $document) AND ($all OR dismissed_at IS NULL)
         ORDER BY created_at DESC, id DESC LIMIT $limit`,
      ),
      dismiss: db.prepare<[string, string], { document_id: string }>(
        // What the server turned down altogether is not in its ledger.
        `UPDATE conflicts SET dismissed_at = ?, untold = json_extract(body, '$.error') IS NULL
         WHERE id = ? AND dismissed_at IS NULL RETURNING document_id`,
      ),
      get: db.prepare<[string], ConflictRow>('SELECT body, dismissed_at, applied_at FROM conflicts WHERE id = ?'),
      markApplied: db.prepare<[{ at: string; id: string }]>(
        'UPDATE conflicts SET applied_at = $at, dismissed_at = coalesce(dismissed_at, $at), untold = 0 WHERE id = $id',
      ),
      untold: db.prepare<[], { id: string }>('SELECT id FROM conflicts WHERE untold = 1 ORDER BY id LIMIT 1'),
      markTold: db.prepare<[string]>('UPDATE conflicts SET untold = 0 WHERE id = ?'),
      count: db.prepare<[], { count: number }>('SELECT count(*) AS count FROM conflicts WHERE dismissed_at IS NULL'),
    };
  }

  add(conflict: StoredConflict): boolean {
    const { id, mutationId, documentId, createdAt, dismissedAt } = conflict;
    const body = JSON.stringify(conflict);
    return guarded(
      () => this.statements.add.run(id, mutationId, documentId, createdAt, dismissedAt, body).changes === 1,
    );
  }

  list(options: { includeDismissed: boolean; documentId?: DocumentId; limit: number }): StoredConflict[] {
    const rows = guarded(() =>
      this.statements.list.all({
        document: options.documentId ?? null,
        all: options.includeDismissed ? 1 : 0,
        limit: options.limit,
      }),
    );
    return rows.map(toConflict);
  }

  dismiss(id: string, at: string): DocumentId | undefined {
    return guarded(() => this.statements.dismiss.get(at, id)?.document_id as DocumentId | undefined);
  }

  get(id: string): StoredConflict | undefined {
    const row = guarded(() => this.statements.get.get(id));
    return row && toConflict(row);
  }

  markApplied(id: string, at: string): void {
    guarded(() => this.statements.markApplied.run({ id, at }));
  }

  untold(): string | undefined {
    return guarded(() => this.statements.untold.get()?.id);
  }

  markTold(id: string): void {
    guarded(() => this.statements.markTold.run(id));
  }

  count(): number {
    return guarded(() => this.statements.count.get()?.count ?? 0);
  }
}

function toConflict({ body, dismissed_at: dismissedAt, applied_at: appliedAt }: ConflictRow): StoredConflict {
  return { ...(JSON.parse(body) as StoredConflict), dismissedAt, appliedAt };
}
