/** What a failed commit means: told by PostgreSQL's SQLSTATE and by Node's error codes, never by a text. */
import { AssertionFailure, PatchError } from '@json-database-sync/domain';

export type CommitFailure =
  /** Decided on something stale, or a mutation carried out before: read again, decide again. */
  | 'stale'
  /** The database is away, or gave up on us for now. Whether the batch was committed may be unknown: verify, retry. */
  | 'transient'
  /** It will never take this batch: find the command that is to blame. */
  | 'refused';

const TRANSIENT_SQLSTATES = [
  /^08/, // connection exceptions
  /^40/, // serialization failure, deadlock
  /^53/, // insufficient resources: disk full, out of memory, too many connections
  /^55P03/, // lock not available
  /^57/, // operator intervention: shutdown, crash, cannot connect now, query canceled
  /^58/, // system error outside PostgreSQL
  /^25006/, // read-only: a standby during a failover
];

const OUR_BUGS = [AssertionFailure, PatchError, TypeError, RangeError, SyntaxError, ReferenceError];

export function classifyCommitFailure(error: unknown): CommitFailure {
  // A bug of ours, met by some command: the others of its batch must neither wait for it nor fail with it.
  if (OUR_BUGS.some((bug) => error instanceof bug)) return 'refused';
  const code = driverCode(error);
  if (code === '23505' || isDocumentMovedOn(error)) return 'stale';
  // Without a SQLSTATE (five characters, a digit among them) it is the socket or the pool: ECONNRESET, EPIPE, ...
  if (code === undefined || !/^(?=.*\d)[0-9A-Z]{5}$/.test(code)) return 'transient';
  return TRANSIENT_SQLSTATES.some((pattern) => pattern.test(code)) ? 'transient' : 'refused';
}

function driverCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** The commit statement leaves a document's version out where it would not grow, and the column does not take that. */
function isDocumentMovedOn(error: unknown): boolean {
  if (driverCode(error) !== '23502' || typeof error !== 'object' || error === null) return false;
  return 'table' in error && error.table === 'documents' && 'column' in error && error.column === 'version';
}
