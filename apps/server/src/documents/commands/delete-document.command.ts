import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { DeleteDocumentCommand } from '@json-database-sync/domain';
import { CommitPipeline } from '../../pipeline/commit-pipeline.js';
import type { Author, CommitReply } from '../../pipeline/submission.js';

/** Delete a document softly. One that newer changes by others stand against is a conflict. */
export class DeleteDocument extends Command<CommitReply> {
  constructor(
    readonly command: DeleteDocumentCommand,
    readonly author: Author,
  ) {
    super();
  }
}

@CommandHandler(DeleteDocument)
export class DeleteDocumentHandler implements ICommandHandler<DeleteDocument> {
  constructor(private readonly pipeline: CommitPipeline) {}

  execute({ command, author }: DeleteDocument): Promise<CommitReply> {
    return this.pipeline.submit(command, author);
  }
}
