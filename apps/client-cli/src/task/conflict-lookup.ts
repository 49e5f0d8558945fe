/** A conflict by its id, or by an end of it that no other one has. */
import type { ConflictRecord, SyncClient } from '@json-database-sync/client';

const MIN_CHARACTERS = 4;
const MOST = 1_000;

/** The dismissed ones too. undefined where none fits, or several do. */
export function conflictById(client: Pick<SyncClient, 'conflicts'>, id: string): ConflictRecord | undefined {
  const all = client.conflicts({ includeDismissed: true, limit: MOST });
  const exact = all.find((each) => each.id === id);
  if (exact || id.length < MIN_CHARACTERS) return exact;
  const fitting = all.filter((each) => each.id.endsWith(id.toLowerCase()));
  return fitting.length === 1 ? fitting[0] : undefined;
}
