/** A change made here that the server has not confirmed yet: a row of the outbox. */
import type {
  ClientId,
  ConflictId,
  DocumentId,
  JsonPatch,
  JsonValue,
  Mutation,
  MutationId,
  StreamId,
  UserId,
} from '@json-database-sync/domain';

export type PendingChange =
  | { readonly kind: 'create'; readonly title: string; readonly content: JsonValue }
  | {
      readonly kind: 'update';
      readonly patch: JsonPatch;
      readonly title?: string;
      /** The conflict whose loss this brings back. */
      readonly appliesConflict?: ConflictId;
    }
  | { readonly kind: 'delete'; readonly appliesConflict?: ConflictId }
  | { readonly kind: 'restore' }
  | UndoChange
  | { readonly kind: 'revert'; readonly toVersion: number; readonly effect?: HistoryEffect };

/**
 * What an undo, a redo or a revert did to the document when it was made, as the patch of an update. It is shown so once
 * the events that say what it does are out of reach; it is not sent, and rows of older outboxes do not have it.
 */
export interface HistoryEffect {
  readonly patch: JsonPatch;
  readonly title?: string;
}

/**
 * What it takes back (a redo: which undo) is settled when it is made, so that a change of another device that comes in between is not taken
 * back in its place: by the version, or where that change is itself pending, by the mutation. Neither is named where the
 * local log does not reach back to it: then it is the user's latest change, as the server finds it.
 */
export interface UndoChange {
  readonly kind: 'undo' | 'redo';
  readonly version: number | null;
  readonly target?: MutationId;
  readonly force: boolean;
  readonly effect?: HistoryEffect;
}

/**
 * - `unanswered`: to be sent, or sent and not answered yet.
 * - `answered`: the server has settled it at `ackedSequence`; its effect has not come down yet. Never sent again.
 * - `settling`: its effect has come down, but only a part of the change: it is sent again to learn what was lost,
 *   and no longer applied on top of the confirmed document.
 */
export type PendingState = 'unanswered' | 'answered' | 'settling';

export interface PendingMutation {
  /** Order of making; the order of sending. */
  readonly position: number;
  readonly mutationId: MutationId;
  readonly streamId: StreamId;
  readonly documentId: DocumentId;
  /** The confirmed version when the change was made; 0 for a document that only existed here. Never changed by a rebase. */
  readonly baseVersion: number;
  readonly change: PendingChange;
  readonly createdAt: string;
  /** Which process made it. */
  readonly owner: string;
  readonly state: PendingState;
  readonly ackedSequence: number | null;
}

/** Who the changes of this database are by. */
export interface Author {
  readonly clientId: ClientId;
  readonly userId: UserId;
}

export function toWireMutation(pending: PendingMutation): Mutation {
  const head = {
    mutation_id: pending.mutationId,
    stream_id: pending.streamId,
    document_id: pending.documentId,
  };
  const { change } = pending;
  switch (change.kind) {
    case 'create':
      return { ...head, kind: 'create', title: change.title, content: change.content };
    case 'update':
      return {
        ...head,
        kind: 'update',
        base_version: pending.baseVersion,
        patch: [...change.patch],
        ...(change.title !== undefined && { title: change.title }),
        ...(change.appliesConflict && { applies_conflict: change.appliesConflict }),
      };
    case 'delete':
      return {
        ...head,
        kind: 'delete',
        base_version: pending.baseVersion,
        ...(change.appliesConflict && { applies_conflict: change.appliesConflict }),
      };
    case 'restore':
      return { ...head, kind: 'restore' };
    case 'undo':
    case 'redo':
      return { ...head, kind: change.kind, version: change.version, force: change.force };
    case 'revert':
      return { ...head, kind: 'revert', to_version: change.toVersion };
  }
}
