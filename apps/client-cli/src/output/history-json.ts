/** The JSON of the commands that look back. A promise to scripts, like document-json.ts. */
import type { BlamedChange, BlameReport, UndoPreview } from '@json-database-sync/client';

export function previewJson(preview: UndoPreview): object {
  const { cause, changes, patch, title, content, deleted, overlaps, needsForce } = preview;
  return {
    cause,
    changes,
    patch,
    title,
    content,
    deleted,
    overlaps: overlaps.map(({ version, userId, paths, title: titleToo }) => ({
      version,
      user_id: userId,
      paths,
      title: titleToo,
    })),
    needs_force: needsForce,
  };
}

export function blameJson({ title, leaves }: BlameReport): object {
  return {
    title: title && blamedChangeJson(title),
    fields: leaves.map(({ path, value, change }) => ({ path, value, change: change && blamedChangeJson(change) })),
  };
}

function blamedChangeJson(change: BlamedChange): object {
  return {
    version: change.version,
    type: change.type,
    user_id: change.userId,
    client_id: change.clientId,
    this_device: change.local,
    created_at: change.createdAt,
    cause: change.cause,
    mutation_id: change.mutationId,
    pending: change.pending ?? false,
  };
}
