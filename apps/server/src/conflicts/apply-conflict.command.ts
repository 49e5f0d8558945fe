/** Brings back what lost a conflict, as a change of its own by whoever asks for it. */
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { SyncError, type ConflictId, type DocumentCommand, type StreamId } from '@json-database-sync/domain';
import { CommitPipeline } from '../pipeline/commit-pipeline.js';
import type { Author, CommitReply } from '../pipeline/submission.js';
import { ConflictLedger, type ConflictSidesOf } from './conflict-ledger.js';

export class ApplyConflict extends Command<CommitReply> {
  constructor(
    readonly streamId: StreamId,
    readonly conflictId: ConflictId,
    readonly author: Author,
  ) {
    super();
  }
}

@CommandHandler(ApplyConflict)
export class ApplyConflictHandler implements ICommandHandler<ApplyConflict> {
  constructor(
    private readonly ledger: ConflictLedger,
    private readonly pipeline: CommitPipeline,
  ) {}

  /** @throws SyncError `version_mismatch` where it has been brought back before, or has no place any more */
  async execute({ streamId, conflictId, author }: ApplyConflict): Promise<CommitReply> {
    const shown = await this.ledger.show(streamId, conflictId);
    return this.pipeline.submit(commandFor(shown), author);
  }
}

function commandFor({ conflict, current, wouldBe }: ConflictSidesOf): DocumentCommand {
  if (conflict.status === 'applied') throw new SyncError('version_mismatch', 'what was lost has been brought back');
  const { streamId, id: documentId, version: baseVersion } = current;
  const head = { streamId, documentId, baseVersion, knowsOwnChanges: true, appliesConflict: conflict.id };
  if (conflict.change.kind === 'delete') return { ...head, kind: 'delete' };
  if (!wouldBe) throw new SyncError('version_mismatch', 'what was lost has no place in the document any more');
  return {
    ...head,
    kind: 'update',
    patch: wouldBe.patch,
    ...(wouldBe.title !== current.title && { title: wouldBe.title }),
  };
}
