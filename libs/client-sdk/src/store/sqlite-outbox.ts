/** The outbox of a SQLite store. */
import type { DocumentId, MutationId, StreamId } from '@json-database-sync/domain';
import type { Database } from 'better-sqlite3';
import type { PendingChange, PendingMutation, PendingState } from '../replica/pending.js';
import { NOBODY, type NewMutation, type OutboxTable } from './local-store.js';
import { guarded } from './sqlite-errors.js';

interface OutboxRow {
  position: number;
  mutation_id: string;
  stream_id: string;
  document_id: string;
  base_version: number;
  body: string;
  created_at: string;
  owner: string;
  state: number;
  acked_sequence: number | null;
}

const STATES: readonly PendingState[] = ['unanswered', 'answered', 'settling'];
const UNANSWERED = 0;
const ANSWERED = 1;
const SETTLING = 2;

export class SqliteOutbox implements OutboxTable {
  private readonly statements;

  constructor(db: Database) {
    const columns =
      'position, mutation_id, stream_id, document_id, base_version, body, created_at, owner, state, acked_sequence';
    this.statements = {
      add: db.prepare<[string, string, string, number, string, string, string]>(
        `INSERT INTO outbox (mutation_id, stream_id, document_id, base_version, body, created_at, owner)
         VALUES (?, ?, ?, ?, ?, ?, ?)`,
      ),
      get: db.prepare<[string], OutboxRow>(`SELECT ${columns} FROM outbox WHERE mutation_id = ?`),
      ofDocument: db.prepare<[string], OutboxRow>(
        `SELECT ${columns} FROM outbox WHERE document_id = ? ORDER BY position`,
      ),
      toSend: db.prepare<[string, number, number], OutboxRow>(
        `SELECT ${columns} FROM outbox WHERE stream_id = ? AND position > ? AND state <> ${ANSWERED} ORDER BY position LIMIT ?`,
      ),
      mark: db.prepare<[number, number | null, string]>(
        'UPDATE outbox SET state = ?, acked_sequence = ? WHERE mutation_id = ?',
      ),
      remove: db.prepare<[string]>('DELETE FROM outbox WHERE mutation_id = ?'),
      removeAnswered: db.prepare<[string, number], { document_id: string }>(
        `DELETE FROM outbox WHERE stream_id = ? AND acked_sequence <= ? RETURNING document_id`,
      ),
      forgetAnswers: db.prepare<[string]>(
        `UPDATE outbox SET state = ${UNANSWERED}, acked_sequence = NULL WHERE stream_id = ? AND state = ${ANSWERED}`,
      ),
      clampBases: db.prepare<[string]>(
        `UPDATE outbox SET base_version =
           min(base_version, coalesce((SELECT version FROM documents d WHERE d.id = outbox.document_id), 0))
         WHERE stream_id = ?`,
      ),
      documentIds: db.prepare<[string], { document_id: string }>(
        'SELECT DISTINCT document_id FROM outbox WHERE stream_id = ?',
      ),
      release: db.prepare<[string]>(`UPDATE outbox SET owner = '${NOBODY}' WHERE owner = ?`),
      size: db.prepare<[], { count: number }>('SELECT count(*) AS count FROM outbox'),
    };
  }

  add(mutation: NewMutation): void {
    guarded(() =>
      this.statements.add.run(
        mutation.mutationId,
        mutation.streamId,
        mutation.documentId,
        mutation.baseVersion,
        JSON.stringify(mutation.change),
        mutation.createdAt,
        mutation.owner,
      ),
    );
  }

  get(mutationId: MutationId): PendingMutation | undefined {
    const row = guarded(() => this.statements.get.get(mutationId));
    return row && toPending(row);
  }

  ofDocument(id: DocumentId): PendingMutation[] {
    return guarded(() => this.statements.ofDocument.all(id)).map(toPending);
  }

  toSend(streamId: StreamId, afterPosition: number, limit: number): PendingMutation[] {
    return guarded(() => this.statements.toSend.all(streamId, afterPosition, limit)).map(toPending);
  }

  markAnswered(mutationId: MutationId, sequence: number): void {
    guarded(() => this.statements.mark.run(ANSWERED, sequence, mutationId));
  }

  markSettling(mutationId: MutationId): void {
    guarded(() => this.statements.mark.run(SETTLING, null, mutationId));
  }

  remove(mutationId: MutationId): void {
    guarded(() => this.statements.remove.run(mutationId));
  }

  removeAnswered(streamId: StreamId, upToSequence: number): DocumentId[] {
    const rows = guarded(() => this.statements.removeAnswered.all(streamId, upToSequence));
    return [...new Set(rows.map((row) => row.document_id as DocumentId))];
  }

  startOver(streamId: StreamId): void {
    guarded(() => {
      this.statements.forgetAnswers.run(streamId);
      this.statements.clampBases.run(streamId);
    });
  }

  documentIds(streamId: StreamId): DocumentId[] {
    return guarded(() => this.statements.documentIds.all(streamId)).map((row) => row.document_id as DocumentId);
  }

  release(owner: string): void {
    guarded(() => this.statements.release.run(owner));
  }

  size(): number {
    return guarded(() => this.statements.size.get()?.count ?? 0);
  }
}

function toPending(row: OutboxRow): PendingMutation {
  return {
    position: row.position,
    mutationId: row.mutation_id as MutationId,
    streamId: row.stream_id as StreamId,
    documentId: row.document_id as DocumentId,
    baseVersion: row.base_version,
    change: changeOf(row.body),
    createdAt: row.created_at,
    owner: row.owner,
    state: STATES[row.state] ?? 'unanswered',
    ackedSequence: row.acked_sequence,
  };
}

/** Outboxes from before a redo named its undo have rows without a version. */
function changeOf(body: string): PendingChange {
  const change = JSON.parse(body) as PendingChange | { readonly kind: 'redo'; readonly force: boolean };
  return change.kind === 'redo' ? { version: null, ...change } : change;
}
