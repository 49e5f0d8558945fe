/** SQLite's failures, as the catalogue names them. */
import { SyncError } from '@json-database-sync/domain';

/** Runs `work`; what SQLite throws becomes a SyncError. Errors of our own pass. */
export function guarded<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw asStorageError(error);
  }
}

export function asStorageError(error: unknown): unknown {
  const code = sqliteCodeOf(error);
  if (code === undefined) return error;
  if (code === 'SQLITE_NOTADB') {
    return new SyncError('storage_incompatible', 'the file is not a database of this program', { cause: error });
  }
  return new SyncError('storage_failed', `the local database failed (${code})`, {
    cause: error,
    details: { sqlite: code },
  });
}

/**
 * The driver's errors carry SQLite's result code; a closed database throws a TypeError instead. By shape, not by
 * `instanceof`: the driver makes its errors in the realm that loaded it first.
 */
export function sqliteCodeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('message' in error)) return undefined;
  const code = 'code' in error ? error.code : undefined;
  if (typeof code === 'string' && code.startsWith('SQLITE_')) return code;
  const closed = typeof error.message === 'string' && error.message.includes('database connection is not open');
  return closed ? 'SQLITE_MISUSE' : undefined;
}
