/**
 * The record of an event, and its canonical text, made from the columns as they are stored and not from the event that
 * the server would read them as: whatever else was put into a row is hashed too, and shows.
 */
import { canonicalJson, type JsonObject, type JsonValue } from '@json-database-sync/domain';
import type { EventRow } from '../event-store/rows.js';

/** A row of the log with its hash. */
export type HashedRow = EventRow & { readonly hash: Buffer };

export function recordText(row: EventRow): string {
  return canonicalJson(recordOf(row));
}

/** As the domain's `canonicalEvent` has it, for a row that nobody has tampered with. */
function recordOf(row: EventRow): JsonObject {
  const { title_from: from, title_to: to, cause_kind: kind, cause_version: version } = row;
  return {
    stream_id: row.stream_id,
    document_id: row.document_id,
    version: row.version,
    event_type: row.type,
    user_id: row.user_id,
    client_id: row.client_id,
    mutation_id: row.mutation_id,
    revision_id: row.revision_id,
    vector_clock: row.vector_clock,
    forward_patch: jsonOf(row.forward_patch),
    reverse_patch: jsonOf(row.reverse_patch),
    title: from === null && to === null ? null : { from, to },
    cause: kind === null && version === null ? null : { kind, version },
    created_at: timeText(row.created_at),
  };
}

/** The column holds JSON, whatever it is meant to be. */
function jsonOf(value: EventRow['forward_patch']): JsonValue {
  return value as unknown as JsonValue;
}

/** `infinity` is a time in PostgreSQL too. */
function timeText(time: Date): string {
  return Number.isFinite(Number(time)) ? time.toISOString() : String(time);
}
