import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { HistoryCommand } from '@json-database-sync/domain';
import { CommitPipeline } from '../../pipeline/commit-pipeline.js';
import type { Author, CommitReply } from '../../pipeline/submission.js';

/** Undo, redo and revert: changes that the document's own history tells. */
export class UndoDocument extends Command<CommitReply> {
  constructor(
    readonly command: HistoryCommand,
    readonly author: Author,
  ) {
    super();
  }
}

@CommandHandler(UndoDocument)
export class UndoDocumentHandler implements ICommandHandler<UndoDocument> {
  constructor(private readonly pipeline: CommitPipeline) {}

  execute({ command, author }: UndoDocument): Promise<CommitReply> {
    return this.pipeline.submit(command, author);
  }
}
