/** Events of many documents, sorted out: those that follow on one another can be kept together. */
import type { ChangeEvent, DocumentId } from '@json-database-sync/domain';

/** Consecutive versions of one document each; those of a document in the order in which they came. */
export function runsOfDocuments(events: readonly ChangeEvent[]): ChangeEvent[][] {
  const documents = new Map<DocumentId, ChangeEvent[]>();
  for (const event of events) {
    const group = documents.get(event.document_id);
    if (group) group.push(event);
    else documents.set(event.document_id, [event]);
  }
  return [...documents.values()].flatMap(runsOf);
}

/** One document's events, cut where a version does not follow on the one before. */
function runsOf(events: readonly ChangeEvent[]): ChangeEvent[][] {
  const runs: ChangeEvent[][] = [];
  for (const event of events) {
    const run = runs.at(-1);
    if (run?.at(-1)?.version === event.version - 1) run.push(event);
    else runs.push([event]);
  }
  return runs;
}
