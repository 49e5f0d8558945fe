/**
 * Opens the SQLite file of a client, or makes it. A file that is not ours is left exactly as it was found. Two
 * processes that make the same file at the same moment both succeed.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { SyncError } from '@json-database-sync/domain';
import Database from 'better-sqlite3';
import { asStorageError, sqliteCodeOf } from './sqlite-errors.js';
import { APPLICATION_ID, MIGRATIONS, STAGE_TABLE } from './sqlite-schema.js';

/** How long a writer waits for another process's transaction. */
const BUSY_TIMEOUT_MS = 5_000;
const WAL_ATTEMPTS = 50;
const WAL_RETRY_MS = 20;

export interface DatabaseLocation {
  /** Absolute, or `:memory:`. */
  readonly path: string;
  readonly mayCreate: boolean;
}

/** Understands a path and `sqlite:path?mode=rwc` (or `rw`: the file must be there already). */
export function parseDatabaseLocation(database: string): DatabaseLocation {
  if (typeof database !== 'string' || database.trim() === '' || database.includes('\0')) {
    throw new SyncError('invalid_argument', 'the database has to be named by the path of a file');
  }
  if (!database.startsWith('sqlite:')) return located(database, 'rwc');
  const rest = database.slice('sqlite:'.length).replace(/^\/\/(?=[^?])/, '');
  const queryAt = rest.indexOf('?');
  const path = queryAt < 0 ? rest : rest.slice(0, queryAt);
  const mode = new URLSearchParams(queryAt < 0 ? '' : rest.slice(queryAt + 1)).get('mode') ?? 'rwc';
  if (path === '') throw new SyncError('invalid_argument', 'the database name has no path');
  return located(path, mode);
}

function located(path: string, mode: string): DatabaseLocation {
  if (mode !== 'rwc' && mode !== 'rw') {
    throw new SyncError('invalid_argument', `a database cannot be opened with mode "${mode}": use rwc or rw`);
  }
  return { path: path === ':memory:' ? path : resolve(path), mayCreate: mode === 'rwc' };
}

export function openDatabase({ path, mayCreate }: DatabaseLocation): Database.Database {
  let db: Database.Database | undefined;
  try {
    if (path !== ':memory:') {
      if (!mayCreate && !existsSync(path)) throw new SyncError('storage_failed', `there is no database at ${path}`);
      makeFolder(dirname(path));
    }
    db = new Database(path, { timeout: BUSY_TIMEOUT_MS });
    // In one transaction, so that it sees another process's creation of the file whole or not at all.
    const opened = db;
    opened.transaction(() => assertOurs(opened))();
    useWal(db);
    // FULL: a write that was acknowledged to the application survives a power cut, not only a crash.
    db.pragma('synchronous = FULL');
    db.pragma('foreign_keys = ON');
    db.pragma('temp_store = FILE');
    migrate(db);
    db.exec(STAGE_TABLE);
    return db;
  } catch (error) {
    db?.close();
    throw openingError(error, path);
  }
}

/** With what is missing above it. Not by mkdir's `recursive`, which never returns where the system refuses with ENOENT (/proc). */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  try {
    mkdirSync(folder);
  } catch (error) {
    // Another process was first.
    if (!existsSync(folder)) throw error;
  }
}

function assertOurs(db: Database.Database): void {
  const applicationId = Number(db.pragma('application_id', { simple: true }));
  const version = Number(db.pragma('user_version', { simple: true }));
  if (applicationId === 0 && version === 0) {
    const tables = db.prepare<[], { count: number }>('SELECT count(*) AS count FROM sqlite_schema').get();
    if (tables?.count === 0) return;
  }
  if (applicationId !== APPLICATION_ID) {
    throw new SyncError('storage_incompatible', 'the file is a database of another program');
  }
  if (version > MIGRATIONS.length) {
    throw new SyncError('storage_incompatible', 'the local database was written by a newer version of this program', {
      details: { schema_version: version, supported_version: MIGRATIONS.length },
    });
  }
}

/** Turning WAL on is not covered by the busy timeout: another process doing the same makes it fail for a moment. */
function useWal(db: Database.Database): void {
  for (let attempt = 1; ; attempt++) {
    try {
      db.pragma('journal_mode = WAL');
      return;
    } catch (error) {
      const busy = sqliteCodeOf(error)?.startsWith('SQLITE_BUSY') ?? false;
      if (!busy || attempt === WAL_ATTEMPTS) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WAL_RETRY_MS);
    }
  }
}

function migrate(db: Database.Database): void {
  const run = db.transaction(() => {
    // Asked again inside the lock: another process may have been quicker.
    assertOurs(db);
    const version = Number(db.pragma('user_version', { simple: true }));
    for (const sql of MIGRATIONS.slice(version)) db.exec(sql);
    db.pragma(`application_id = ${APPLICATION_ID}`);
    db.pragma(`user_version = ${MIGRATIONS.length}`);
  });
  if (Number(db.pragma('user_version', { simple: true })) < MIGRATIONS.length) run.immediate();
}

function openingError(error: unknown, path: string): unknown {
  const storage = asStorageError(error);
  if (storage instanceof SyncError) return storage;
  const reason = error instanceof Error ? error.message : String(error);
  return new SyncError('storage_failed', `the local database ${path} cannot be opened: ${reason}`, { cause: error });
}
