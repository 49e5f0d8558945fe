import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { CreateDocumentCommand } from '@json-database-sync/domain';
import { CommitPipeline } from '../../pipeline/commit-pipeline.js';
import type { Author, CommitReply } from '../../pipeline/submission.js';

/** Bring a document into being. Rejected with `document_exists` where the id is taken by other content. */
export class CreateDocument extends Command<CommitReply> {
  constructor(
    readonly command: CreateDocumentCommand,
    readonly author: Author,
  ) {
    super();
  }
}

@CommandHandler(CreateDocument)
export class CreateDocumentHandler implements ICommandHandler<CreateDocument> {
  constructor(private readonly pipeline: CommitPipeline) {}

  execute({ command, author }: CreateDocument): Promise<CommitReply> {
    return this.pipeline.submit(command, author);
  }
}
