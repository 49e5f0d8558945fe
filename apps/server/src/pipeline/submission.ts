/** One command on its way through the pipeline, and what comes back. */
import type {
  ClientId,
  Conflict,
  ConflictId,
  ConflictStrategy,
  DocumentCommand,
  DocumentEvent,
  DocumentId,
  DocumentState,
  MutationId,
  UserId,
} from '@json-database-sync/domain';
import type { ReportedConflict } from '../event-store/event-store.js';
import type { Moment } from './document-cache.js';

/** Who sends it, and the id under which sending it again has no further effect. */
export interface Author {
  readonly userId: UserId;
  readonly clientId: ClientId;
  readonly mutationId: MutationId;
  /** The frame that it came in with others; left out where changes stand alone. */
  readonly frame?: MutationFrame;
  /** Since when this process has taken all that the client sends; left out where it may have sent something elsewhere. */
  readonly hereSince?: Moment;
}

/**
 * The changes of a client that has not heard yet what became of any of them. Each may build on those before it: once one
 * is rejected, what follows it on the same document was made for a document that never came to be.
 */
export interface MutationFrame {
  /** The documents with a change that was rejected. */
  readonly rejectedOn: Set<DocumentId>;
}

export interface RecordedConflict extends Conflict {
  readonly id: ConflictId;
}

export interface CommitReply {
  /** `duplicate`: this mutation had been carried out before; `originalStatus` says how it ended then. */
  readonly status: 'applied' | 'merged' | 'conflicted' | 'duplicate';
  readonly originalStatus: 'applied' | 'merged' | 'conflicted' | null;
  /** The document after the command, or as it is now for a duplicate. */
  readonly state: DocumentState;
  readonly version: number;
  /** Where the stream stood when the command took effect. */
  readonly sequence: number;
  /** Whether an event was stored for it. */
  readonly stored: boolean;
  /** How the stream settles what overlaps. */
  readonly strategy: ConflictStrategy;
  /** What was lost; of a duplicate, what was lost the first time. */
  readonly conflict: ReportedConflict | null;
}

/** A stored event in its place, with the document after it. */
export interface CommittedEvent {
  readonly event: DocumentEvent & { readonly sequence: number };
  readonly state: DocumentState;
}

/** How deep an undo looks at first. */
export const FIRST_DEPTH = 200;

export interface Submission {
  readonly command: DocumentCommand;
  readonly author: Author;
  readonly settle: (reply: CommitReply) => void;
  readonly fail: (error: Error) => void;
  /**
   * Decide on what the database says, not on the cache, and look up whether the mutation was carried out already.
   * Set where a first decision may have rested on something stale.
   */
  verified: boolean;
  /**
   * How many of the document's newest events an undo or redo that names no version is decided on: what it is to take back
   * is mostly among the last few. Grows where it is not.
   */
  depth: number;
}

/** Whether its author made it on a document that never came to be: an earlier change of its frame was rejected. */
export function followsRejected(
  { command, author: { frame } }: Submission,
  rejectedHere: readonly { readonly submission: Submission }[],
): boolean {
  if (frame === undefined) return false;
  const { documentId } = command;
  if (frame.rejectedOn.has(documentId)) return true;
  return rejectedHere.some(
    ({ submission }) => submission.author.frame === frame && submission.command.documentId === documentId,
  );
}
