/** The local ledger of a SQLite store: changes of ours that lost. */
import type { DocumentId } from '@json-database-sync/domain';
import type { Database } from 'better-sqlite3';
import type { ConflictTable } from './local-store.js';
import type { StoredConflict } from './stored-conflict.js';
import { guarded } from './sqlite-errors.js';

interface ConflictRow {
  body: string;
  dismissed_at: string | null;
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
        `SELECT body, dismissed_at FROM conflicts
         WHERE ($document IS NULL OR document_id = $document) AND ($all OR dismissed_at IS NULL)
         ORDER BY created_at DESC, id DESC LIMIT $limit`,
      ),
      dismiss: db.prepare<[string, string], { document_id: string }>(
        'UPDATE conflicts SET dismissed_at = ? WHERE id = ? AND dismissed_at IS NULL RETURNING document_id',
      ),
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
    return rows.map((row) => ({ ...(JSON.parse(row.body) as StoredConflict), dismissedAt: row.dismissed_at }));
  }

  dismiss(id: string, at: string): DocumentId | undefined {
    return guarded(() => this.statements.dismiss.get(at, id)?.document_id as DocumentId | undefined);
  }

  count(): number {
    return guarded(() => this.statements.count.get()?.count ?? 0);
  }
}
