/**
 * A stream's log as a text that is made while it is read: one page at a time, and the next one only when the reader has
 * taken it.
 *
 * JSON lines hold whole events, as verifying needs them; CSV holds the trail, which names the places that were written but
 * no value. The head is that of the beginning: what is committed meanwhile belongs to the next export.
 */
import { AUDIT_FORMAT, CHAIN_START, auditLine, type StreamId } from '@json-database-sync/domain';
import type { AuditFilter, AuditLog, LogHead } from './audit-log.js';
import { toAuditEntry } from './audit-entry.js';
import { recordText, type HashedRow } from './audit-record.js';
import { csvHeader, csvRow } from './csv.js';

export type ExportFormat = 'jsonl' | 'csv';

export interface ExportRequest {
  readonly streamId: StreamId;
  readonly format: ExportFormat;
  readonly filter: AuditFilter;
  /** Only what follows this event. */
  readonly after: number;
}

const PAGE = 500;

/**
 * Looks at everything that can be refused before the first text is given.
 * @returns the text, a page a piece
 */
export async function exportLog(log: AuditLog, request: ExportRequest, now: string): Promise<AsyncIterable<string>> {
  const head = await log.head(request.streamId);
  const begin = await beginning(log, request, head, now);
  return pages(log, request, head, begin);
}

interface Beginning {
  readonly after: number;
  readonly text: string;
}

async function beginning(log: AuditLog, request: ExportRequest, head: LogHead, now: string): Promise<Beginning> {
  const { streamId, format } = request;
  // Beyond the head there is nothing; where the log begins later, the export begins there.
  const wanted = Math.min(request.after, head.sequence);
  const first = await log.firstAfter(streamId, wanted);
  const after = first === null ? wanted : first - 1;
  if (format === 'csv') return { after, text: csvHeader() };
  const filter = Object.fromEntries(Object.entries(request.filter).filter(([, value]) => value !== undefined));
  const header = {
    format: AUDIT_FORMAT,
    format_version: 1,
    stream_id: streamId,
    after_sequence: after,
    anchor: after === 0 ? CHAIN_START : await log.hashOf(streamId, after),
    head_sequence: head.sequence,
    head: head.hash,
    filter: Object.keys(filter).length === 0 ? null : filter,
    exported_at: now,
  };
  return { after, text: `${JSON.stringify(header)}\n` };
}

async function* pages(
  log: AuditLog,
  { streamId, format, filter }: ExportRequest,
  head: LogHead,
  begin: Beginning,
): AsyncGenerator<string> {
  yield begin.text;
  const line = format === 'csv' ? csvLine : jsonLine;
  let after: number | null = begin.after;
  while (after !== null) {
    const { rows, next } = await log.page(streamId, filter, { after, upTo: head.sequence, limit: PAGE });
    if (rows.length > 0) yield rows.map(line).join('');
    after = next;
  }
}

function jsonLine(row: HashedRow): string {
  return `${auditLine(Number(row.sequence), row.hash.toString('hex'), recordText(row))}\n`;
}

function csvLine(row: HashedRow): string {
  return csvRow(toAuditEntry(row));
}
