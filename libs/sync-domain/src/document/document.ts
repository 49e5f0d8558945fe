/** A document as it is now. Immutable: `evolve` makes the next one. Times are RFC 3339 UTC with milliseconds and `Z`. */
import type { DocumentId, StreamId, UserId } from '../ids.js';
import type { JsonValue } from '../json/json-value.js';
import type { RevisionId } from './revision.js';
import type { VectorClock } from './vector-clock.js';

export interface DocumentState {
  readonly id: DocumentId;
  readonly streamId: StreamId;
  /** Who created it. */
  readonly userId: UserId;
  readonly title: string;
  readonly content: JsonValue;
  /** 1 at the creation, one more with every event. */
  readonly version: number;
  /** Its generation equals `version`. */
  readonly revisionId: RevisionId;
  readonly vectorClock: VectorClock;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** null while it lives. */
  readonly deletedAt: string | null;
}

/** A document for whoever stores it as it came: its content and its clock are JSON text. */
export interface DocumentInText extends Omit<DocumentState, 'streamId' | 'content' | 'vectorClock'> {
  readonly content: string;
  readonly vectorClock: string;
}

export function documentInText(state: Omit<DocumentState, 'streamId'>): DocumentInText {
  return {
    id: state.id,
    userId: state.userId,
    title: state.title,
    content: JSON.stringify(state.content),
    version: state.version,
    revisionId: state.revisionId,
    vectorClock: JSON.stringify(state.vectorClock),
    createdAt: state.createdAt,
    updatedAt: state.updatedAt,
    deletedAt: state.deletedAt,
  };
}
