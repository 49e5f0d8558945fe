/** What happened to a document, told from how it stood before and how it stands now. */
import type { ChangeMark, Standing } from '../store/local-store.js';

export function changeKind(before: Standing, after: Standing): ChangeMark['kind'] {
  if (after === 'live') {
    if (before === 'live') return 'updated';
    return before === 'absent' ? 'created' : 'restored';
  }
  // Also where it was deleted before: whoever looks now finds no live document.
  return 'deleted';
}

export function standingOf(document: { readonly deletedAt: string | null } | undefined): Standing {
  if (!document) return 'absent';
  return document.deletedAt === null ? 'live' : 'deleted';
}
