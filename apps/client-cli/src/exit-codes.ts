/** What the process says to the script that started it. The numbers are a promise, in the package's read-me. */
import type { ErrorCode } from '@json-database-sync/domain';

export const EXIT = {
  ok: 0,
  failure: 1,
  usage: 2,
  notFound: 3,
  /** A change lost against another one, or was turned down. */
  conflict: 4,
  /** The server did not confirm in time. What was written is kept locally and will be sent. */
  notSynced: 5,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const BY_CODE: Partial<Record<ErrorCode, ExitCode>> = {
  invalid_argument: EXIT.usage,
  document_not_found: EXIT.notFound,
  document_deleted: EXIT.notFound,
  document_exists: EXIT.conflict,
  invalid_document: EXIT.conflict,
  invalid_patch: EXIT.conflict,
  unsafe_number: EXIT.conflict,
  version_mismatch: EXIT.conflict,
  earlier_change_rejected: EXIT.conflict,
  undo_overlap: EXIT.conflict,
  cannot_undo: EXIT.conflict,
  nothing_to_undo: EXIT.conflict,
  nothing_to_redo: EXIT.conflict,
  history_too_long: EXIT.conflict,
  forbidden: EXIT.conflict,
  timed_out: EXIT.notSynced,
};

export function exitCodeFor(code: ErrorCode): ExitCode {
  return BY_CODE[code] ?? EXIT.failure;
}
