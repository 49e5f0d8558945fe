/** The events that follow a document's state, and the document after each, where nothing is left to be judged. */
import type { JsonValue } from '../json/json-value.js';
import type { DeleteEvent, EventCause, RestoreEvent } from './change-event.js';
import type { DecisionContext } from './decision.js';
import type { DocumentState } from './document.js';
import { evolve } from './evolve.js';
import { nextClock } from './outcome.js';
import { fingerprint } from './revision.js';

/** What every event says of itself, from the document after it. */
export function eventHead(after: DocumentState, context: DecisionContext, cause: EventCause | null) {
  return {
    streamId: after.streamId,
    documentId: after.id,
    version: after.version,
    userId: context.userId,
    clientId: context.clientId,
    mutationId: context.mutationId,
    revisionId: after.revisionId,
    vectorClock: after.vectorClock,
    createdAt: context.now,
    cause,
  };
}

/** The same for the event after `state`, which leads to this content. */
export function nextHead(state: DocumentState, content: JsonValue, context: DecisionContext, cause: EventCause | null) {
  const version = state.version + 1;
  const { revisionId } = fingerprint(content, version, context.sha256Hex);
  const vectorClock = nextClock(state.vectorClock, undefined, context.clientId);
  return eventHead({ ...state, version, revisionId, vectorClock }, context, cause);
}

export function deletionOf(
  state: DocumentState,
  context: DecisionContext,
  cause: EventCause | null,
): { event: DeleteEvent; state: DocumentState } {
  const head = nextHead(state, state.content, context, cause);
  const event: DeleteEvent = { ...head, type: 'delete', forward: null, reverse: state };
  return { event, state: evolve(state, event) };
}

/** @param as the title and the content that it comes back with; those that it was deleted with where left out */
export function restorationOf(
  state: DocumentState,
  context: DecisionContext,
  cause: EventCause | null,
  as?: Pick<DocumentState, 'title' | 'content'>,
): { event: RestoreEvent; state: DocumentState } {
  const { title, content } = as ?? state;
  const head = nextHead(state, content, context, cause);
  const { version, revisionId, vectorClock } = head;
  const restored = {
    ...state,
    title,
    content,
    version,
    revisionId,
    vectorClock,
    updatedAt: context.now,
    deletedAt: null,
  };
  const event: RestoreEvent = { ...head, type: 'restore', forward: restored, reverse: as ? state : null };
  return { event, state: restored };
}
