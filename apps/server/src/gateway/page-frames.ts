/** Frames put together from what is JSON text already: pages of a snapshot, and of the log. */
import type { StreamingDownOf } from '@json-database-sync/domain';
import type { Frame } from '../feed/committed-batch.js';
import { textFrame } from '../feed/text-frame.js';

export function snapshotFrame(
  head: Omit<StreamingDownOf<'snapshot'>, 'documents'>,
  documents: readonly string[],
): Frame {
  return frameWith(head, `"documents":[${documents.join(',')}]`);
}

/** @param events with commas between them */
export function changesFrame(head: Omit<StreamingDownOf<'changes'>, 'events'>, events: string): Frame {
  return frameWith(head, `"events":[${events}]`);
}

function frameWith(head: { readonly type: string }, member: string): Frame {
  return { type: head.type, ...textFrame(`${JSON.stringify(head).slice(0, -1)},${member}}`) };
}
