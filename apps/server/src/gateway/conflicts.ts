/** The ledger over the streaming dialect. Another stream's conflicts answer like ones that do not exist. */
import { LIMITS, type StreamingDown, type StreamingUpOf } from '@json-database-sync/domain';
import { toConflictDetail } from '../conflicts/conflict-ledger.js';
import type { GatewayServices } from './services.js';
import type { StreamAccess } from './stream-access.js';

type Request = StreamingUpOf<'list_conflicts'> | StreamingUpOf<'get_conflict'> | StreamingUpOf<'dismiss_conflict'>;

/** @throws SyncError `forbidden`, `document_not_found` */
export async function answerConflicts(
  message: Request,
  access: StreamAccess,
  { conflicts: ledger }: GatewayServices,
): Promise<StreamingDown> {
  const { stream_id: streamId } = message;
  switch (message.type) {
    case 'list_conflicts': {
      await access.mayRead(streamId);
      const { document_id: documentId, status, cursor: before } = message;
      const limit = Math.min(message.limit ?? LIMITS.historyPageMax, LIMITS.historyPageMax);
      const { conflicts, next } = await ledger.list(streamId, { documentId, status, before, limit });
      return { type: 'conflicts', stream_id: streamId, conflicts, cursor: next };
    }
    case 'get_conflict': {
      await access.mayRead(streamId);
      const shown = await ledger.show(streamId, message.conflict_id);
      return { type: 'conflict', stream_id: streamId, ...toConflictDetail(shown) };
    }
    case 'dismiss_conflict': {
      await access.mayWrite(streamId);
      const { id, status } = await ledger.dismiss(streamId, message.conflict_id);
      return { type: 'conflict_dismissed', stream_id: streamId, conflict_id: id, status };
    }
  }
}
