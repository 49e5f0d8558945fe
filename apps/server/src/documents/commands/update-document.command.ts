import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { UpdateDocumentCommand } from '@json-database-sync/domain';
import { CommitPipeline } from '../../pipeline/commit-pipeline.js';
import type { Author, CommitReply } from '../../pipeline/submission.js';

/** Change a document by a patch, merged with what others did since the version it is based on. */
export class UpdateDocument extends Command<CommitReply> {
  constructor(
    readonly command: UpdateDocumentCommand,
    readonly author: Author,
  ) {
    super();
  }
}

@CommandHandler(UpdateDocument)
export class UpdateDocumentHandler implements ICommandHandler<UpdateDocument> {
  constructor(private readonly pipeline: CommitPipeline) {}

  execute({ command, author }: UpdateDocument): Promise<CommitReply> {
    return this.pipeline.submit(command, author);
  }
}
