/**
 * The audit trail as CSV (RFC 4180): a header, CRLF, quotes where they are needed.
 *
 * Spreadsheets take a cell that begins with = + - @ (or a tab or a carriage return) for a formula, and run it. Such a cell
 * gets an apostrophe in front, which makes it text.
 */
import type { AuditEntry } from '@json-database-sync/domain';

const COLUMNS: readonly { readonly name: string; readonly value: (entry: AuditEntry) => string | number }[] = [
  { name: 'sequence', value: (entry) => entry.sequence },
  { name: 'created_at', value: (entry) => entry.created_at },
  { name: 'event_type', value: (entry) => entry.event_type },
  { name: 'cause', value: ({ cause }) => cause?.kind ?? '' },
  { name: 'cause_version', value: ({ cause }) => cause?.version ?? '' },
  { name: 'document_id', value: (entry) => entry.document_id },
  { name: 'version', value: (entry) => entry.version },
  { name: 'user_id', value: (entry) => entry.user_id },
  { name: 'client_id', value: (entry) => entry.client_id },
  { name: 'mutation_id', value: (entry) => entry.mutation_id },
  { name: 'revision_id', value: (entry) => entry.revision_id },
  { name: 'title_changed', value: (entry) => String(entry.title_changed) },
  // As a JSON array, since a pointer may hold any character.
  { name: 'paths', value: ({ paths }) => (paths.length === 0 ? '' : JSON.stringify(paths)) },
  { name: 'hash', value: (entry) => entry.hash },
];

export function csvHeader(): string {
  return `${COLUMNS.map(({ name }) => name).join(',')}\r\n`;
}

export function csvRow(entry: AuditEntry): string {
  return `${COLUMNS.map(({ value }) => csvCell(value(entry))).join(',')}\r\n`;
}

/** A number is a number, whatever its sign. */
export function csvCell(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) || safe !== value ? `"${safe.replaceAll('"', '""')}"` : safe;
}
