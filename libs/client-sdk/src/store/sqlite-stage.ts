/**
 * The waiting room for a snapshot: in memory as far as that is bounded, beyond in a temporary table of the connection. Either
 * way it is gone with the process, and nothing of it shows before all of it is swapped in.
 */
import { DigestSum, type DocumentId, type DocumentInText, type StreamId } from '@json-database-sync/domain';
import type { Database } from 'better-sqlite3';
import type { SnapshotStage } from './local-store.js';
import type { SqliteChecks } from './sqlite-checks.js';
import { guarded } from './sqlite-errors.js';

/** Documents that are kept in memory, in characters of their rows. */
const MEMORY_CHARACTERS = 32 * 1024 * 1024;

const COLUMNS = 'id, user_id, version, revision_id, vector_clock, title, created_at, updated_at, deleted_at, content';
type Parameter = string | number | null;
type Row = [string, string, number, string, string, string, string, string, string | null, string];

const NEXT_CHANGE = '(SELECT coalesce(max(change_counter), 0) + 1 FROM documents)';

const INTO = `INSERT INTO documents (stream_id, change_counter, change_kind, change_origin, ${COLUMNS})`;

/**
 * Rows that are confirmed as they are already keep their change counter: nobody needs to look at them again. A content may be
 * written with space between its parts or without; a damaged file may hold what is no JSON.
 */
const OVER_WHAT_IS_HERE = `ON CONFLICT (id) DO UPDATE SET
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
  OR CASE WHEN documents.content IS excluded.content THEN false WHEN json_valid(documents.content)
    THEN json(documents.content) <> json(excluded.content) ELSE true END`;

const SWAP_IN = `${INTO}
SELECT $streamId, ${NEXT_CHANGE}, CASE WHEN s.deleted_at IS NULL THEN 'created' ELSE 'deleted' END, 'remote',
  ${COLUMNS.replaceAll(/\w+/g, 's.$&')}
FROM stage s WHERE true ${OVER_WHAT_IS_HERE}`;

const swapRowsIn = (count: number): string => `${INTO}
VALUES ${Array<string>(count).fill("(?, ?, ?, 'remote', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)").join(', ')} ${OVER_WHAT_IS_HERE}`;

/** Rows of one statement: it takes a quarter less than one each; more at once gain nothing. */
const TOGETHER = 8;
/** Of one row. */
const PARAMETERS = 13;

/** What the server has never heard of (it was restored from a backup) is no longer confirmed. */
const unconfirmOthers = (staged: string): string => `
UPDATE documents SET change_counter = ${NEXT_CHANGE}, change_kind = 'deleted', change_origin = 'remote',
  version = 0, user_id = NULL, revision_id = NULL, vector_clock = NULL, title = NULL, content = NULL,
  created_at = NULL, updated_at = NULL, deleted_at = NULL
WHERE stream_id = ? AND version > 0 AND id NOT IN (${staged})`;

export class SqliteStage implements SnapshotStage {
  private readonly statements;
  /** By id, in the order in which they came; empty once they lie in the table. */
  private rows = new Map<DocumentId, Row>();
  private characters = 0;
  /** Of all that is staged. */
  private digests = new DigestSum();
  private spilled = false;

  constructor(
    private readonly db: Database,
    private readonly checks: SqliteChecks,
    private readonly memoryCharacters = MEMORY_CHARACTERS,
  ) {
    this.statements = prepareStatements(db);
  }

  clear(): void {
    this.rows = new Map();
    this.characters = 0;
    this.digests = new DigestSum();
    if (!this.spilled) return;
    guarded(() => this.statements.clear.run());
    this.spilled = false;
  }

  add(documents: readonly DocumentInText[]): void {
    for (const document of documents) {
      // The first of two is the one that counts.
      if (this.rows.has(document.id)) continue;
      const row = toRow(document);
      this.rows.set(document.id, row);
      this.characters += document.title.length + row[4].length + row[9].length;
      this.digests.add(this.checks.digestOf(document));
    }
    if (this.spilled || this.characters > this.memoryCharacters) this.spill();
  }

  size(): number {
    return this.spilled ? guarded(() => this.statements.size.get()?.count ?? 0) : this.rows.size;
  }

  swapIn(streamId: StreamId): void {
    guarded(() => (this.spilled ? this.swapTableIn(streamId) : this.swapRowsIn(streamId)));
  }

  private swapRowsIn(streamId: StreamId): void {
    if (this.statements.anyConfirmed.get(streamId)) {
      this.statements.unconfirmUnnamed.run(streamId, JSON.stringify([...this.rows.keys()]));
    }
    const counter = this.statements.nextChange.get()?.counter ?? 1;
    let parameters: Parameter[] = [];
    for (const row of this.rows.values()) {
      parameters.push(streamId, counter, row[8] === null ? 'created' : 'deleted', ...row);
      if (parameters.length < TOGETHER * PARAMETERS) continue;
      this.statements.swapSomeIn.run(parameters);
      parameters = [];
    }
    for (let at = 0; at < parameters.length; at += PARAMETERS) {
      this.statements.swapOneIn.run(parameters.slice(at, at + PARAMETERS));
    }
    this.checks.replace(streamId, this.digests.digest());
  }

  private swapTableIn(streamId: StreamId): void {
    this.statements.unconfirmUnstaged.run(streamId);
    this.statements.swapIn.run({ streamId });
    this.checks.recount(streamId);
  }

  /** Deferred: it writes to the temporary database only, and so waits for no other process. */
  private spill(): void {
    guarded(() => {
      this.db.transaction(() => {
        for (const row of this.rows.values()) this.statements.add.run(...row);
      })();
    });
    this.rows = new Map();
    this.spilled = true;
  }
}

function toRow(document: DocumentInText): Row {
  return [
    document.id,
    document.userId,
    document.version,
    document.revisionId,
    document.vectorClock,
    document.title,
    document.createdAt,
    document.updatedAt,
    document.deletedAt,
    document.content,
  ];
}

function prepareStatements(db: Database) {
  return {
    clear: db.prepare('DELETE FROM stage'),
    size: db.prepare<[], { count: number }>('SELECT count(*) AS count FROM stage'),
    add: db.prepare<Row>(
      `INSERT INTO stage (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
    ),
    nextChange: db.prepare<[], { counter: number }>(`SELECT ${NEXT_CHANGE} AS counter`),
    anyConfirmed: db.prepare<[string], unknown>('SELECT 1 FROM documents WHERE stream_id = ? AND version > 0 LIMIT 1'),
    unconfirmUnstaged: db.prepare<[string]>(unconfirmOthers('SELECT id FROM stage')),
    unconfirmUnnamed: db.prepare<[string, string]>(unconfirmOthers('SELECT value FROM json_each(?)')),
    swapIn: db.prepare<[{ streamId: string }]>(SWAP_IN),
    swapOneIn: db.prepare<[readonly Parameter[]]>(swapRowsIn(1)),
    swapSomeIn: db.prepare<[readonly Parameter[]]>(swapRowsIn(TOGETHER)),
  };
}
