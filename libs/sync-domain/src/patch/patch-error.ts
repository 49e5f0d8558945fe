/** Why a patch does not apply: which operation, where, and the kind of reason. */
import { SyncError } from '../errors/sync-error.js';

export type PatchFailure =
  /** Not an operation of RFC 6902, or one without a member that it needs. */
  | 'malformed_operation'
  | 'malformed_pointer'
  /** The place, or a container on the way to it, is not in the document. */
  | 'path_not_found'
  /** The index lies beyond the array, or is no index. */
  | 'bad_index'
  | 'test_failed'
  | 'move_into_itself'
  /** The whole document can be replaced, not removed. */
  | 'root_removed'
  /** The patch copies more than a document may hold, or nests deeper. */
  | 'too_large';

export class PatchError extends SyncError {
  constructor(
    /** Counted from 0. */
    readonly operationIndex: number,
    /** The pointer, as the operation has it. */
    readonly path: string,
    readonly reason: PatchFailure,
    what: string,
  ) {
    super('invalid_patch', `operation ${operationIndex}: ${what}`, {
      details: { operation: operationIndex, path, reason },
    });
  }
}
