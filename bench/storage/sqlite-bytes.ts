/** The same for the database of a client. */
import Database from 'better-sqlite3';

/** The pages of all tables and indexes that hold history. */
const HISTORY = `
  SELECT sum(d.pgsize) FROM dbstat d JOIN sqlite_schema s ON s.name = d.name
   WHERE s.tbl_name = 'events' OR s.tbl_name GLOB 'event_*'`;

export function historyBytes(file: string): number {
  const database = new Database(file);
  try {
    database.exec('VACUUM');
    return Number(database.prepare(HISTORY).pluck().get());
  } finally {
    database.close();
  }
}

export interface SnapshotRow {
  readonly streamId: string;
  readonly sequence: number;
  readonly documentId: string;
  readonly version: number;
  /** JSON text: what a change event carries besides its patches, the title and the content. */
  readonly body: string;
}

/** A file with nothing in it but snapshots, one a version, under the keys that a client's events had at first. */
export function snapshotBytes(file: string, rows: Iterable<SnapshotRow>): number {
  const database = new Database(file);
  try {
    database.exec(`
      CREATE TABLE snapshots (
        stream_id TEXT NOT NULL, sequence INTEGER NOT NULL, document_id TEXT NOT NULL, version INTEGER NOT NULL,
        body TEXT NOT NULL, PRIMARY KEY (stream_id, sequence)
      ) STRICT;
      CREATE INDEX snapshots_by_document ON snapshots (document_id, version)`);
    const insert = database.prepare('INSERT INTO snapshots VALUES (?, ?, ?, ?, ?)');
    database.transaction(() => {
      for (const row of rows) insert.run(row.streamId, row.sequence, row.documentId, row.version, row.body);
    })();
    database.exec('VACUUM');
    const bytes = database.prepare('SELECT sum(pgsize) FROM dbstat').pluck().get();
    return Number(bytes);
  } finally {
    database.close();
  }
}
