/**
 * What happened to a document. Events are the truth that everything else is made from: each carries what is needed
 * to go forward over it and back. `type` values are stored and sent as they stand here; never rename them.
 */
import type { ClientId, DocumentId, MutationId, StreamId, UserId } from '../ids.js';
import type { JsonPatch } from '../patch/json-patch.types.js';
import type { DocumentState } from './document.js';
import type { RevisionId } from './revision.js';
import type { VectorClock } from './vector-clock.js';

/**
 * What a change is for, where it takes back, brings back or goes back: the version of the event that it is about, or
 * that the document was made equal to. It is an ordinary event all the same, with its own patches.
 */
export interface EventCause {
  readonly kind: 'undo' | 'redo' | 'revert';
  readonly version: number;
}

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
  /** null for a change of its own making, which most are. */
  readonly cause: EventCause | null;
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

/**
 * A deleted document is back: forward is the whole document as restored. Reverse is the deleted document where that
 * had another title or content, as when a revert brings it back as it was long before; else null.
 */
export interface RestoreEvent extends EventBase {
  readonly type: 'restore';
  readonly forward: DocumentState;
  readonly reverse: DocumentState | null;
}

export type DocumentEvent = CreateEvent | UpdateEvent | DeleteEvent | RestoreEvent;
export type DocumentEventType = DocumentEvent['type'];

/** An event with its place in its stream: committed. */
export type Sequenced<E extends DocumentEvent = DocumentEvent> = E & { readonly sequence: number };
