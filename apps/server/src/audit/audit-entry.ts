/** A row of the log as an entry of the audit trail: metadata and places, no values. */
import { eventHashSchema, type AuditEntry, type JsonPatch } from '@json-database-sync/domain';
import type { EventRow } from '../event-store/rows.js';
import type { HashedRow } from './audit-record.js';

export function toAuditEntry(row: HashedRow): AuditEntry {
  return {
    sequence: Number(row.sequence),
    created_at: row.created_at.toISOString(),
    event_type: row.type,
    cause:
      row.cause_kind === null || row.cause_version === null
        ? null
        : { kind: row.cause_kind, version: row.cause_version },
    document_id: row.document_id,
    version: row.version,
    user_id: row.user_id,
    client_id: row.client_id,
    mutation_id: row.mutation_id,
    revision_id: row.revision_id,
    title_changed: row.title_to !== null,
    paths: pathsOf(row),
    hash: eventHashSchema.parse(row.hash.toString('hex')),
  };
}

/** The pointers of an update as its patch names them; what a `test` only reads is not among them. */
function pathsOf({ type, forward_patch: patch }: EventRow): string[] {
  if (type !== 'update' || !isPatch(patch)) return [];
  const paths = new Set<string>();
  for (const operation of patch) {
    if (operation.op === 'move') paths.add(operation.from);
    if (operation.op !== 'test') paths.add(operation.path);
  }
  return [...paths];
}

function isPatch(value: EventRow['forward_patch']): value is JsonPatch {
  return Array.isArray(value);
}
