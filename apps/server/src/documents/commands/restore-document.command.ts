import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { RestoreDocumentCommand } from '@json-database-sync/domain';
import { CommitPipeline } from '../../pipeline/commit-pipeline.js';
import type { Author, CommitReply } from '../../pipeline/submission.js';

/** Bring a deleted document back as it was. */
export class RestoreDocument extends Command<CommitReply> {
  constructor(
    readonly command: RestoreDocumentCommand,
    readonly author: Author,
  ) {
    super();
  }
}

@CommandHandler(RestoreDocument)
export class RestoreDocumentHandler implements ICommandHandler<RestoreDocument> {
  constructor(private readonly pipeline: CommitPipeline) {}

  execute({ command, author }: RestoreDocument): Promise<CommitReply> {
    return this.pipeline.submit(command, author);
  }
}
