/**
 * Every error that a user of the product can meet: what caused it, what to do, and the class of recovery that a
 * program should choose. Adapters map these to HTTP statuses, close codes and exit codes at the edge; the domain
 * knows none of those. `classic` is the code that a client of the classic dialect gets instead, since its list is fixed.
 */
export type Recovery =
  /** Send the same thing again, after a pause. */
  | 'retry'
  /** Take the current state, then decide anew. */
  | 'rebase'
  /** Get a new token. */
  | 'reauthenticate'
  /** Drop the local position and take a snapshot. */
  | 'reset'
  /** Repeating it cannot help: a person or a programmer has to change something. */
  | 'give_up';

export type ClassicErrorCode =
  | 'invalid_auth'
  | 'document_not_found'
  | 'invalid_patch'
  | 'version_mismatch'
  | 'server_error'
  | 'rate_limit_exceeded'
  | 'invalid_message';

export interface CatalogueEntry {
  readonly cause: string;
  readonly remedy: string;
  readonly recovery: Recovery;
  readonly classic: ClassicErrorCode;
}

const entry = (cause: string, remedy: string, recovery: Recovery, classic: ClassicErrorCode): CatalogueEntry => ({
  cause,
  remedy,
  recovery,
  classic,
});

export const CATALOGUE = {
  invalid_auth: entry(
    'The token, the password or the user id was not accepted.',
    'Log in again, or check the token and the user id.',
    'reauthenticate',
    'invalid_auth',
  ),
  unauthorized: entry(
    'The connection has not authenticated.',
    'Send `authenticate` first, with a valid token.',
    'reauthenticate',
    'invalid_auth',
  ),
  forbidden: entry(
    'This user may not do that in this stream.',
    'Ask an owner of the stream for a role that allows it.',
    'give_up',
    'invalid_auth',
  ),
  document_not_found: entry(
    'There is no such document here.',
    'Check the id and the stream; it may never have been created.',
    'give_up',
    'document_not_found',
  ),
  document_exists: entry(
    'A document with this id exists already, with other content.',
    'Update that document, or create this one under a new id.',
    'rebase',
    'version_mismatch',
  ),
  document_deleted: entry(
    'The document has been deleted.',
    'Restore it first, then change it.',
    'rebase',
    'document_not_found',
  ),
  invalid_document: entry(
    'The document cannot be stored as it is.',
    'Correct what the message names: JSON only, no NUL or lone surrogate, within the limits.',
    'give_up',
    'invalid_message',
  ),
  invalid_patch: entry(
    'The patch does not apply, or its checksum does not match the result.',
    'Take the current document and make the patch again.',
    'rebase',
    'invalid_patch',
  ),
  unsafe_number: entry(
    'A number would lose digits: it is 2^53 or more, or finer than a double.',
    'Send it as a string.',
    'give_up',
    'invalid_message',
  ),
  version_mismatch: entry(
    'The change names a version that the document does not have.',
    'Take the current document and make the change again.',
    'rebase',
    'version_mismatch',
  ),
  earlier_change_rejected: entry(
    'The same client made this change on top of an earlier one to the document, which was rejected.',
    'Look at the document without the earlier change; what this one was to do there, do again or send again.',
    'retry',
    'version_mismatch',
  ),
  undo_overlap: entry(
    'Later changes touched the same parts as the change that was to be taken back.',
    'Look at the later changes that the details name; take those back first, or force it.',
    'rebase',
    'version_mismatch',
  ),
  cannot_undo: entry(
    'The creation of a document cannot be undone.',
    'Delete the document instead.',
    'give_up',
    'version_mismatch',
  ),
  nothing_to_undo: entry(
    'There is no change of this user here that could be undone.',
    'Name the version of the change to take back, if it is one by somebody else.',
    'give_up',
    'version_mismatch',
  ),
  nothing_to_redo: entry(
    'There is no undo of this user here that could be taken back.',
    'Undo something first; a redo takes back the last undo.',
    'give_up',
    'version_mismatch',
  ),
  history_too_long: entry(
    'What was asked for lies further back than can be looked at: too much has happened since, or the log does not reach it.',
    'Name a version that is nearer, or look at the document as it was then and change the current one by hand.',
    'give_up',
    'version_mismatch',
  ),
  cursor_too_old: entry(
    'The log no longer reaches back to this cursor, or has never reached it.',
    'Take a snapshot and go on from its sequence.',
    'reset',
    'version_mismatch',
  ),
  invalid_message: entry(
    'The message is not one that this protocol knows.',
    'Check its JSON, its type and its fields against the protocol document.',
    'give_up',
    'invalid_message',
  ),
  message_too_large: entry(
    'The message is over the size limit.',
    'Send less at once; the limits are in `auth_success`.',
    'give_up',
    'invalid_message',
  ),
  unsupported_protocol: entry(
    'This server does not speak that protocol version.',
    'Use protocol 1 (classic) or 2 (streaming), or update the client.',
    'give_up',
    'invalid_message',
  ),
  rate_limit_exceeded: entry(
    'Too many requests in a short time.',
    'Wait a moment, then send it again.',
    'retry',
    'rate_limit_exceeded',
  ),
  too_many_requests: entry(
    'Too many requests are waiting on this connection.',
    'Wait for answers before sending more.',
    'retry',
    'rate_limit_exceeded',
  ),
  overloaded: entry('The server has too much to do.', 'Send it again in a moment.', 'retry', 'rate_limit_exceeded'),
  server_error: entry(
    'The server failed inside.',
    'Send it again; if it stays, the server log has the cause under the same request id.',
    'retry',
    'server_error',
  ),
  connection_lost: entry(
    'The connection to the server is gone.',
    'Nothing to do: the client connects again by itself.',
    'retry',
    'server_error',
  ),
  timed_out: entry('The answer did not come in time.', 'Try again, or allow more time.', 'retry', 'server_error'),
  storage_failed: entry(
    'The local database could not be read or written.',
    'Check the disk space and the permissions of the database file.',
    'retry',
    'server_error',
  ),
  storage_incompatible: entry(
    'The local database was written by a newer version, or is not one of ours.',
    'Update this program, or choose another file.',
    'give_up',
    'server_error',
  ),
  broken_chain: entry(
    'An event of the log is not what was committed, or is missing.',
    'Restore the log from a backup, and find out who could change it: nothing repairs it.',
    'give_up',
    'server_error',
  ),
  client_closed: entry('The client has been closed.', 'Open it again.', 'give_up', 'server_error'),
  invalid_argument: entry(
    'A function was called with a value that it cannot take.',
    'Correct what the message names.',
    'give_up',
    'invalid_message',
  ),
} as const satisfies Record<string, CatalogueEntry>;

export type ErrorCode = keyof typeof CATALOGUE;

export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(CATALOGUE, code);
}
