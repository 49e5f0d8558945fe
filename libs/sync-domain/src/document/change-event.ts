/**
 * What happened to a document. Events are the truth that everything else is made from: each carries what is needed
 * to go forward over it and back. `type` values are stored and sent as they stand here; never rename them.
 */
import type { ClientId, DocumentId, MutationId, StreamId, UserId } from '../ids.js';
import type { JsonPatch } from '../patch/json-patch.types.js';
import type { DocumentState } from './document.js';
import type { RevisionId } from './revision.js';
import type { VectorClock } from './vector-clock.js';

interface EventBase {
  readonly streamId: StreamId;
  readonly documentId: DocumentId;
  /** The document's version after this event. */
  readonly version: number;
  /** Who did it, and from which client. */
  readonly userId: UserId;
  readonly clientId: ClientId;
  readonly mutationId: MutationId;
  readonly revisionId: RevisionId;
  readonly vectorClock: VectorClock;
  readonly createdAt: string;
}

export interface TitleChange {
  readonly from: string;
  readonly to: string;
}

/** The document came into being: forward is the whole document; creation has no reverse (delete it instead). */
export interface CreateEvent extends EventBase {
  readonly type: 'create';
  readonly forward: DocumentState;
  readonly reverse: null;
}

export interface UpdateEvent extends EventBase {
  readonly type: 'update';
  readonly forward: JsonPatch;
  readonly reverse: JsonPatch;
  /** null where the title stayed. */
  readonly title: TitleChange | null;
}

/** Soft deletion: reverse is the document as it was before. */
export interface DeleteEvent extends EventBase {
  readonly type: 'delete';
  readonly forward: null;
  readonly reverse: DocumentState;
}

/** A deleted document is back: forward is the whole document as restored. */
export interface RestoreEvent extends EventBase {
  readonly type: 'restore';
  readonly forward: DocumentState;
  readonly reverse: null;
}

export type DocumentEvent = CreateEvent | UpdateEvent | DeleteEvent | RestoreEvent;
export type DocumentEventType = DocumentEvent['type'];

/** An event with its place in its stream: committed. */
export type Sequenced<E extends DocumentEvent = DocumentEvent> = E & { readonly sequence: number };
