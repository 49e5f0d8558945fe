/** Full text in SQL: an index of FTS5 (https://sqlite.org/fts5.html), which the triggers of the schema keep. */

/** A word of the title says more about a document than one of its content. */
const TITLE_WEIGHT = 5;

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
