/**
 * What can be asked of a document. Both dialects of the wire protocol come down to these.
 *
 * `baseVersion` is the version that the author knew when making the change: events after it, by others, are
 * concurrent with it. null stands for "whatever is current".
 */
import type { ConflictId, DocumentId, StreamId } from '../ids.js';
import type { JsonValue } from '../json/json-value.js';
import type { JsonPatch } from '../patch/json-patch.types.js';
import type { VectorClock } from './vector-clock.js';

interface CommandBase {
  readonly streamId: StreamId;
  readonly documentId: DocumentId;
}

export interface CreateDocumentCommand extends CommandBase {
  readonly kind: 'create';
  readonly title: string;
  readonly content: JsonValue;
  readonly vectorClock?: VectorClock;
}

export interface UpdateDocumentCommand extends CommandBase {
  readonly kind: 'update';
  readonly baseVersion: number | null;
  /**
   * The author's own events after `baseVersion` are no surprise to it: it chains its changes without waiting for
   * answers (streaming). false where every later event is news, whoever made it (classic).
   */
  readonly knowsOwnChanges: boolean;
  readonly patch: JsonPatch;
  readonly title?: string;
  /** SHA-256 (hex) of the canonical content that the author expects. Checked only where nothing is concurrent. */
  readonly checksum?: string;
  /** The author's clock; one that is concurrent with the document's makes the change concurrent. */
  readonly vectorClock?: VectorClock;
  /** The conflict whose loss this brings back; of no consequence for what it comes to. */
  readonly appliesConflict?: ConflictId;
}

export interface DeleteDocumentCommand extends CommandBase {
  readonly kind: 'delete';
  readonly baseVersion: number | null;
  /** As in an update, and the next one too. */
  readonly knowsOwnChanges: boolean;
  readonly appliesConflict?: ConflictId;
}

export interface RestoreDocumentCommand extends CommandBase {
  readonly kind: 'restore';
}

/** Takes back one change, whatever came after it. */
export interface UndoDocumentCommand extends CommandBase {
  readonly kind: 'undo';
  /** The version that the change made; null: the user's own latest one that stands. */
  readonly version: number | null;
  /** Also where later changes are in the way: the parts that it wrote become what they were before it. */
  readonly force: boolean;
}

/** Takes back an undo. */
export interface RedoDocumentCommand extends CommandBase {
  readonly kind: 'redo';
  /** The version that the undo made; null: the user's own last one that stands. */
  readonly version: number | null;
  readonly force: boolean;
}

/** Makes the document what it was at a version. */
export interface RevertDocumentCommand extends CommandBase {
  readonly kind: 'revert';
  readonly toVersion: number;
}

export type DocumentCommand =
  | CreateDocumentCommand
  | UpdateDocumentCommand
  | DeleteDocumentCommand
  | RestoreDocumentCommand
  | UndoDocumentCommand
  | RedoDocumentCommand
  | RevertDocumentCommand;
