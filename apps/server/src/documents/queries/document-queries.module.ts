import { Module } from '@nestjs/common';
import { SyncModule } from '../../sync/sync.module.js';
import { GetDocumentHandler } from './get-document.query.js';
import { ListDocumentsHandler } from './list-documents.query.js';
import { SearchDocumentsHandler } from './search-documents.query.js';

/** Answers the queries about documents, over Nest's QueryBus. */
@Module({ imports: [SyncModule], providers: [GetDocumentHandler, ListDocumentsHandler, SearchDocumentsHandler] })
export class DocumentQueriesModule {}
