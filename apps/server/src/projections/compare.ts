/** Holds a row of the projection against what the log makes of that document. */
import { jsonEqual } from '@json-database-sync/domain';
import type { StoredDocument } from '../event-store/rows.js';

/** Everything that a row holds, besides its key. */
const FIELDS: { readonly [field: string]: (a: StoredDocument, b: StoredDocument) => boolean } = {
  title: (a, b) => a.state.title === b.state.title,
  content: (a, b) => jsonEqual(a.state.content, b.state.content),
  version: (a, b) => a.state.version === b.state.version,
  revision: (a, b) => a.state.revisionId === b.state.revisionId,
  clock: (a, b) => jsonEqual(a.state.vectorClock, b.state.vectorClock),
  author: (a, b) => a.state.userId === b.state.userId,
  created: (a, b) => a.state.createdAt === b.state.createdAt,
  updated: (a, b) => a.state.updatedAt === b.state.updatedAt,
  deleted: (a, b) => a.state.deletedAt === b.state.deletedAt,
  sequence: (a, b) => a.lastSequence === b.lastSequence,
  characters: (a, b) => a.characters === b.characters,
};

/** The names of the fields in which the two differ. */
export function differingFields(replayed: StoredDocument, stored: StoredDocument): string[] {
  return Object.entries(FIELDS).flatMap(([field, same]) => (same(replayed, stored) ? [] : [field]));
}
