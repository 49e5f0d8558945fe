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

/** The driver's errors carry SQLite's result code; a closed database throws a TypeError instead. */
function sqliteCodeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = 'code' in error ? error.code : undefined;
  if (typeof code === 'string' && code.startsWith('SQLITE_')) return code;
  if (error instanceof TypeError && error.message.includes('database connection is not open')) return 'SQLITE_MISUSE';
  return undefined;
}
