/**
 * Full text in SQL: an index of FTS5 (https://sqlite.org/fts5.html). It is brought up to date before each search, and a little
 * at a time when nothing else is done, so that neither a write nor a pull waits for it.
 *
 * Invariants:
 * - every document that has changed since has a change counter beyond the position up to which the index is: nothing but
 *   that has to be noted while writing;
 * - a search sees what the application sees, also what another process has just committed.
 */
import type { Database } from 'better-sqlite3';
import { guarded } from './sqlite-errors.js';
import { IS_VISIBLE, VISIBLE_TEXTS, VISIBLE_TITLE } from './sqlite-schema.js';

/** A word of the title says more about a document than one of its content. */
const TITLE_WEIGHT = 5;

/** Documents that are indexed in one transaction: in between, and where somebody waits for it. */
const SLICE = 100;
const LARGE_SLICE = 2_000;

/** Joins the documents (`d`) to those that match the one parameter; `rank` is the lower the better they match. */
export const FOUND = `
JOIN (SELECT s.document_id, bm25(document_texts, ${TITLE_WEIGHT}, 1) AS rank
      FROM document_texts JOIN searched s ON s.number = document_texts.rowid
      WHERE document_texts MATCH ?) f ON f.document_id = d.id`;

/**
 * Words as a query of FTS5: all of them have to be there. Each is quoted, so that no sign in it means anything to FTS5;
 * the star after it lets it begin a word.
 */
export function matchExpression(words: readonly string[]): string {
  return words.map((word) => `"${word.replaceAll('"', '""')}"*`).join(' ');
}

interface DueRow {
  id: string;
  change_counter: number;
  visible: number;
}

export class SqliteSearch {
  private readonly statements;

  constructor(private readonly db: Database) {
    this.statements = prepareStatements(db);
  }

  /** To be called before each search. */
  catchUp(): void {
    while (this.indexSome(LARGE_SLICE));
  }

  /** @returns whether there is more to do */
  indexSome(limit: number = SLICE): boolean {
    return guarded(() => {
      if (!this.statements.isDue.get()) return false;
      return this.db.inTransaction
        ? this.indexSlice(limit)
        : this.db.transaction(() => this.indexSlice(limit)).immediate();
    });
  }

  private indexSlice(limit: number): boolean {
    const due = this.statements.due.all(limit);
    for (const row of due) this.index(row);
    const last = due.at(-1);
    if (last) this.statements.setPosition.run(last.change_counter, last.id);
    return due.length === limit;
  }

  /** The index keeps no copy of the texts: what a document was indexed by goes by its number. */
  private index({ id, visible }: DueRow): void {
    const known = this.statements.numberOf.get(id);
    if (known) this.statements.removeTexts.run(known.number);
    if (visible === 0) {
      if (known) this.statements.removeNumber.run(known.number);
      return;
    }
    const number = known?.number ?? this.statements.addNumber.run(id).lastInsertRowid;
    this.statements.addTexts.run(number, id);
  }
}

function prepareStatements(db: Database) {
  return {
    isDue: db.prepare<[], unknown>(
      `SELECT 1 FROM search_position p JOIN documents d
         ON (d.change_counter, d.id) > (p.counter, p.document_id) AND d.change_counter >= p.counter LIMIT 1`,
    ),
    due: db.prepare<[number], DueRow>(
      `SELECT d.id, d.change_counter, (${IS_VISIBLE}) AS visible FROM search_position p JOIN documents d
         ON (d.change_counter, d.id) > (p.counter, p.document_id) AND d.change_counter >= p.counter
       ORDER BY d.change_counter, d.id LIMIT ?`,
    ),
    setPosition: db.prepare<[number, string]>('UPDATE search_position SET counter = ?, document_id = ?'),
    numberOf: db.prepare<[string], { number: number }>('SELECT number FROM searched WHERE document_id = ?'),
    addNumber: db.prepare<[string]>('INSERT INTO searched (document_id) VALUES (?)'),
    removeNumber: db.prepare<[number]>('DELETE FROM searched WHERE number = ?'),
    addTexts: db.prepare<[number | bigint, string]>(
      `INSERT INTO document_texts (rowid, title, texts)
       SELECT ?, ${VISIBLE_TITLE}, ${VISIBLE_TEXTS} FROM documents d WHERE d.id = ?`,
    ),
    removeTexts: db.prepare<[number]>('DELETE FROM document_texts WHERE rowid = ?'),
  };
}
