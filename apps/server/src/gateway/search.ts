/** What a `search` request asks for, as a query. */
import { LIMITS, type StreamingUpOf } from '@json-database-sync/domain';
import { containsCondition, equalsCondition, type DocumentCondition } from '../documents/queries/document-condition.js';
import { SearchDocumentsQuery } from '../documents/queries/search-documents.query.js';

/** @throws SyncError `invalid_argument` where a value or a path is over the limits of a search */
export function searchQueryOf(message: StreamingUpOf<'search'>): SearchDocumentsQuery {
  const conditions: DocumentCondition[] = [];
  if (message.contains !== undefined) conditions.push(containsCondition(JSON.stringify(message.contains)));
  for (const { path, equals } of message.where ?? []) conditions.push(equalsCondition(path, JSON.stringify(equals)));
  return new SearchDocumentsQuery(message.stream_id, conditions, {
    after: message.cursor ?? null,
    limit: Math.min(message.limit ?? LIMITS.snapshotPage, LIMITS.snapshotPage),
    includeDeleted: false,
  });
}
