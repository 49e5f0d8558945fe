/** A conflict by its id, by an end of it that no other one has, or by the document that has only that one open. */
import type { ConflictRecord, SyncClient } from '@json-database-sync/client';
import { fits, MIN_ID_CHARACTERS } from './id-lookup.js';

const MOST = 1_000;

/** The dismissed ones too, if they are asked for by their own id. undefined where none fits, or several do. */
export function conflictById(client: Pick<SyncClient, 'conflicts'>, typed: string): ConflictRecord | undefined {
  const id = typed.trim().toLowerCase();
  const all = client.conflicts({ includeDismissed: true, limit: MOST });
  const exact = all.find((each) => each.id === id);
  if (exact || id.length < MIN_ID_CHARACTERS) return exact;
  return (
    only(all.filter((each) => each.id.endsWith(id))) ??
    only(client.conflicts({ limit: MOST }).filter((each) => fits(each.documentId, id)))
  );
}

function only<T>(found: readonly T[]): T | undefined {
  return found.length === 1 ? found[0] : undefined;
}
