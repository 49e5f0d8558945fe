import { LIMITS, type DocumentId, type DocumentState, type StreamId } from '@json-database-sync/domain';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { EventStore } from '../../event-store/event-store.js';

export interface DocumentsPage {
  readonly documents: readonly DocumentState[];
  /** What to ask for as `after` next; null on the last page. */
  readonly next: DocumentId | null;
}

/**
 * The documents of a stream, deleted ones only where they are asked for, in the order of their ids, which for version 7 ids is that of their creation. A page
 * holds at most `limit` of them, and fewer where they are large. What is created behind `after` meanwhile is not seen.
 */
export class ListDocumentsQuery extends Query<DocumentsPage> {
  constructor(
    readonly streamId: StreamId,
    readonly page: { readonly after: DocumentId | null; readonly limit: number; readonly includeDeleted: boolean },
  ) {
    super();
  }
}

@QueryHandler(ListDocumentsQuery)
export class ListDocumentsHandler implements IQueryHandler<ListDocumentsQuery> {
  constructor(private readonly store: EventStore) {}

  async execute({ streamId, page }: ListDocumentsQuery): Promise<DocumentsPage> {
    const stored = await this.store.documentPage(streamId, page);
    const characters = stored.reduce((sum, document) => sum + document.characters, 0);
    const ended = stored.length < page.limit && characters < LIMITS.pageCharacters;
    return {
      documents: stored.map(({ state }) => state),
      next: ended ? null : (stored.at(-1)?.state.id ?? null),
    };
  }
}
