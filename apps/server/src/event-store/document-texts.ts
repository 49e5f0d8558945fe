/**
 * Documents as the text that they have on the wire, written by PostgreSQL itself: whoever only passes them on need not take
 * them apart and put them together again.
 */
import { LIMITS, type DocumentId } from '@json-database-sync/domain';
import type { PreparedStatement } from './prepared-query.js';

export interface DocumentText {
  readonly id: DocumentId;
  readonly lastSequence: number;
  /** Length of the content as JSON text. */
  readonly characters: number;
  /** A WireDocument as JSON. */
  readonly text: string;
}

export interface DocumentTextRow {
  id: DocumentId;
  /** bigint comes as text. */
  last_sequence: string;
  characters: number;
  text: string;
}

/** A column's time as text. */
export const wireTime = (column: string): string =>
  `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/** Ids, revisions and times hold nothing that JSON would have to escape. */
const WIRE_DOCUMENT = `concat(
  '{"id":"', d.id, '","user_id":"', d.user_id, '","title":', to_json(d.title), ',"content":', d.content,
  ',"revision_id":"', d.revision_id, '","version":', d.version, ',"vector_clock":', d.vector_clock,
  ',"created_at":"', ${wireTime('d.created_at')}, '","updated_at":"', ${wireTime('d.updated_at')},
  '","deleted_at":', coalesce('"' || ${wireTime('d.deleted_at')} || '"', 'null'), '}')`;

/** Pages in id order, deleted ones included; a page also ends when its content has grown to the bound. */
export const LOAD_DOCUMENT_TEXTS: PreparedStatement = {
  name: 'load_document_texts',
  text: `SELECT d.id, d.last_sequence, d.characters, ${WIRE_DOCUMENT} AS text FROM (
           SELECT d.id, d.user_id, d.title, d.content, d.revision_id, d.version, d.vector_clock, d.created_at, d.updated_at,
                  d.deleted_at, d.last_sequence, d.characters,
                  sum(d.characters) OVER (ORDER BY d.id) - d.characters AS before
             FROM documents d
            WHERE d.stream_id = $1 AND ($2::uuid IS NULL OR d.id > $2)
            ORDER BY d.id LIMIT $3
         ) d WHERE d.before < ${LIMITS.pageCharacters} ORDER BY d.id`,
};

/** What the members around the content can take, and more. */
const ALLOWANCE = 32 * 1024;

export function toDocumentText(row: DocumentTextRow): DocumentText {
  const { id, characters } = row;
  // PostgreSQL writes numbers without an exponent: some take hundreds of digits instead of a few.
  const long = row.text.length > 2 * characters + ALLOWANCE;
  const text = long ? JSON.stringify(JSON.parse(row.text)) : row.text;
  return { id, lastSequence: Number(row.last_sequence), characters, text };
}
