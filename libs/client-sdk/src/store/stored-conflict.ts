/** A change of this database's author that lost, whole, as the local ledger keeps it. */
import type { DocumentId, JsonPatchOperation, MutationId } from '@json-database-sync/domain';
import type { PendingChange } from '../replica/pending.js';

export interface StoredConflict {
  readonly id: string;
  readonly mutationId: MutationId;
  readonly documentId: DocumentId;
  /** Why it lost, in a sentence. */
  readonly reason: string;
  /** Set where the server turned the change down altogether. */
  readonly error: { readonly code: string; readonly message: string } | null;
  /** The change as it was made. */
  readonly change: PendingChange;
  readonly baseVersion: number;
  /** The version of the document that it lost against; null where the server did not get so far as to compare. */
  readonly serverVersion: number | null;
  /** The operations that lost; those of the patch that are not here were kept. */
  readonly dropped: readonly { readonly index: number | null; readonly operation: JsonPatchOperation | null }[];
  readonly droppedTitle: string | null;
  /** When the change was made, and when its loss was learned. */
  readonly madeAt: string;
  readonly createdAt: string;
  /** When it was put out of sight: dismissed, or brought back. */
  readonly dismissedAt: string | null;
  /** When the server confirmed the change that brought it back. */
  readonly appliedAt: string | null;
}
