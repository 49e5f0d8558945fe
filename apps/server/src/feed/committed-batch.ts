/** The events that one commit added to one stream, and the frames made of them: serialised once for all receivers. */
import { toChangeEvent, toWireDocument, type StreamId } from '@json-database-sync/domain';
import type { ClassicDown, StreamingDown } from '@json-database-sync/domain';
import type { CommittedEvent } from '../pipeline/submission.js';
import { sharedFrame, textFrame, type TextFrame } from './text-frame.js';

export class CommittedBatch {
  readonly firstSequence: number;
  readonly lastSequence: number;
  private streaming: Frame | undefined;
  private classic: readonly Frame[] | undefined;

  /** @param events in sequence order, without gaps, at least one */
  constructor(
    readonly streamId: StreamId,
    readonly events: readonly [CommittedEvent, ...CommittedEvent[]],
  ) {
    this.firstSequence = events[0].event.sequence;
    this.lastSequence = this.firstSequence + events.length - 1;
  }

  streamingFrame(): Frame {
    return (this.streaming ??= encodeShared({
      type: 'changes',
      stream_id: this.streamId,
      events: this.events.map(({ event }) => toChangeEvent(event)),
      latest_sequence: this.lastSequence,
      has_more: false,
    }));
  }

  /** The classic dialect sends documents: one frame an event. */
  classicFrames(): readonly Frame[] {
    return (this.classic ??= this.events.map(({ event, state }) => encodeShared(classicNews(event.type, state))));
  }
}

/** A message ready for the wire. */
export interface Frame extends TextFrame {
  readonly type: string;
}

export function encode(message: StreamingDown | ClassicDown): Frame {
  return { type: message.type, ...textFrame(JSON.stringify(message)) };
}

function encodeShared(message: StreamingDown | ClassicDown): Frame {
  return { type: message.type, ...sharedFrame(JSON.stringify(message)) };
}

/** How a classic client is told of a document's new state. */
export function classicNews(
  type: CommittedEvent['event']['type'],
  state: CommittedEvent['state'],
): Extract<ClassicDown, { type: 'document_created' | 'document_deleted' | 'sync_document' }> {
  switch (type) {
    case 'create':
      return { type: 'document_created', document: toWireDocument(state) };
    case 'delete':
      return { type: 'document_deleted', document_id: state.id, revision_id: state.revisionId };
    case 'update':
    case 'restore':
      return { type: 'sync_document', document: toWireDocument(state) };
  }
}
