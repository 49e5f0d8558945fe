import type { DocumentId, DocumentState, StreamId } from '@json-database-sync/domain';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { EventStore } from '../../event-store/event-store.js';

/** One document of a stream, deleted or not; undefined where the stream has none of that id. */
export class GetDocumentQuery extends Query<DocumentState | undefined> {
  constructor(
    readonly streamId: StreamId,
    readonly documentId: DocumentId,
  ) {
    super();
  }
}

@QueryHandler(GetDocumentQuery)
export class GetDocumentHandler implements IQueryHandler<GetDocumentQuery> {
  constructor(private readonly store: EventStore) {}

  async execute({ streamId, documentId }: GetDocumentQuery): Promise<DocumentState | undefined> {
    return (await this.store.document(streamId, documentId))?.state;
  }
}
