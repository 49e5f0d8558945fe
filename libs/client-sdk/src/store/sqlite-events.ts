/** The log of a SQLite store: the events that were folded in, in the shape in which the server sent them. */
import {
  fromChangeEvent,
  toChangeEvent,
  type ChangeEvent,
  type DocumentId,
  type Sequenced,
  type StreamId,
} from '@json-database-sync/domain';
import type { Database } from 'better-sqlite3';
import type { EventTable } from './local-store.js';
import { guarded } from './sqlite-errors.js';

interface EventRow {
  stream_id: string;
  body: string;
}

export class SqliteEvents implements EventTable {
  private readonly statements;

  constructor(db: Database) {
    this.statements = {
      add: db.prepare<[string, number, string, number, string]>(
        'INSERT OR REPLACE INTO events (stream_id, sequence, document_id, version, body) VALUES (?, ?, ?, ?, ?)',
      ),
      at: db.prepare<[string, number], EventRow>(
        'SELECT stream_id, body FROM events WHERE stream_id = ? AND sequence = ?',
      ),
      after: db.prepare<[string, number], EventRow>(
        'SELECT stream_id, body FROM events WHERE document_id = ? AND version > ? ORDER BY version',
      ),
      before: db.prepare<[string, number, number], EventRow>(
        'SELECT stream_id, body FROM events WHERE document_id = ? AND version < ? ORDER BY version DESC LIMIT ?',
      ),
      removeAfter: db.prepare<[string, number]>('DELETE FROM events WHERE stream_id = ? AND sequence > ?'),
    };
  }

  add(event: Sequenced): void {
    const { streamId, sequence, documentId, version } = event;
    guarded(() =>
      this.statements.add.run(streamId, sequence, documentId, version, JSON.stringify(toChangeEvent(event))),
    );
  }

  at(streamId: StreamId, sequence: number): Sequenced | undefined {
    const row = guarded(() => this.statements.at.get(streamId, sequence));
    return row && toEvent(row);
  }

  after(id: DocumentId, version: number): Sequenced[] {
    return guarded(() => this.statements.after.all(id, version)).map(toEvent);
  }

  before(id: DocumentId, version: number | null, limit: number): Sequenced[] {
    return guarded(() => this.statements.before.all(id, version ?? Number.MAX_SAFE_INTEGER, limit)).map(toEvent);
  }

  removeAfter(streamId: StreamId, sequence: number): void {
    guarded(() => this.statements.removeAfter.run(streamId, sequence));
  }
}

function toEvent(row: EventRow): Sequenced {
  return fromChangeEvent(JSON.parse(row.body) as ChangeEvent, row.stream_id as StreamId);
}
