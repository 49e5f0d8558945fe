/** Folds an event into a document. `decide` and every replay share it, so that they cannot disagree. */
import { AssertionFailure } from '../errors/sync-error.js';
import { applyPatch } from '../patch/json-patch.js';
import type { DocumentEvent, UpdateEvent } from './change-event.js';
import type { DocumentState } from './document.js';

/**
 * The document after `event`.
 * @param state the document before it; undefined only before a creation
 * @throws AssertionFailure when the event is not the next one of this document
 * @throws PatchError when an update's patch does not apply, which for a committed event means that the state is wrong
 */
export function evolve(state: DocumentState | undefined, event: DocumentEvent): DocumentState {
  if (event.version !== (state?.version ?? 0) + 1) {
    throw new AssertionFailure(
      `event ${event.version} cannot follow version ${state?.version ?? 0} of ${event.documentId}`,
    );
  }
  if (event.type === 'create') return event.forward;
  if (!state) throw new AssertionFailure(`${event.type} of a document that was never created: ${event.documentId}`);
  switch (event.type) {
    case 'update':
      return afterUpdate(state, event, applyPatch(state.content, event.forward));
    case 'delete':
      return {
        ...state,
        version: event.version,
        revisionId: event.revisionId,
        vectorClock: event.vectorClock,
        updatedAt: event.createdAt,
        deletedAt: event.createdAt,
      };
    case 'restore':
      return event.forward;
  }
}

/** For the one who has the content after the patch in hand already. */
export function afterUpdate(
  state: DocumentState,
  event: UpdateEvent,
  content: DocumentState['content'],
): DocumentState {
  return {
    ...state,
    title: event.title?.to ?? state.title,
    content,
    version: event.version,
    revisionId: event.revisionId,
    vectorClock: event.vectorClock,
    updatedAt: event.createdAt,
  };
}

/** What walking back needs of an event and the event before it. */
export interface StepBack {
  readonly event: DocumentEvent;
  /** The event before: its revision, clock and time are the former version's. Only a creation can do without. */
  readonly previous: Pick<DocumentEvent, 'revisionId' | 'vectorClock' | 'createdAt' | 'type'> | null;
}

/**
 * The document before `event`: undefined before its creation.
 * A restore's predecessor is the deleted document: its content and title are the restored ones unless it says otherwise.
 */
export function devolve(state: DocumentState, { event, previous }: StepBack): DocumentState | undefined {
  if (event.version !== state.version) {
    throw new AssertionFailure(
      `event ${event.version} is not the last one of version ${state.version} of ${event.documentId}`,
    );
  }
  if (event.type === 'create') return undefined;
  if (event.type === 'delete') return event.reverse;
  if (event.type === 'restore' && event.reverse) return event.reverse;
  if (previous === null) {
    throw new AssertionFailure(`nothing is known of version ${event.version - 1} of ${event.documentId}`);
  }
  const before: DocumentState = {
    ...state,
    version: event.version - 1,
    revisionId: previous.revisionId,
    vectorClock: previous.vectorClock,
    updatedAt: previous.createdAt,
    deletedAt: previous.type === 'delete' ? previous.createdAt : null,
  };
  if (event.type === 'restore') return before;
  return { ...before, title: event.title?.from ?? state.title, content: applyPatch(state.content, event.reverse) };
}

/** The content before `event`; at a creation there is nothing before it to ask about. */
export function devolveContent(content: DocumentState['content'], event: DocumentEvent): DocumentState['content'] {
  if (event.type === 'update') return applyPatch(content, event.reverse);
  return event.type === 'restore' && event.reverse ? event.reverse.content : content;
}
