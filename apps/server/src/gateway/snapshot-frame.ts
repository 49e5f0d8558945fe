/** A page of a snapshot, put together from documents that are JSON text already. */
import type { StreamingDownOf } from '@json-database-sync/domain';
import type { Frame } from '../feed/committed-batch.js';
import { textFrame } from '../feed/text-frame.js';

export function snapshotFrame(
  head: Omit<StreamingDownOf<'snapshot'>, 'documents'>,
  documents: readonly string[],
): Frame {
  return {
    type: head.type,
    ...textFrame(`${JSON.stringify(head).slice(0, -1)},"documents":[${documents.join(',')}]}`),
  };
}
