/**
 * The local store on SQLite (better-sqlite3): WAL, synchronous=FULL, every statement prepared once.
 *
 * Any number of processes may open one file. Writers queue on `BEGIN IMMEDIATE`; what another process has committed is
 * noticed by `PRAGMA data_version` and found by the change counter of the documents.
 */
import {
  SyncError,
  DEFAULT_STRATEGY,
  clientIdSchema,
  conflictStrategySchema,
  streamIdSchema,
  uuidV7,
  type ClientId,
  type ConflictStrategy,
  type DocumentId,
  type StreamId,
  type UserId,
} from '@json-database-sync/domain';
import type { Database } from 'better-sqlite3';
import type { Platform } from '../platform/platform.js';
import type { AnnouncedChange, ChangeMark, Identity, LocalStore, StreamPosition } from './local-store.js';
import { openDatabase, parseDatabaseLocation } from './open-database.js';
import { SqliteChecks } from './sqlite-checks.js';
import { SqliteConflicts } from './sqlite-conflicts.js';
import { SqliteDocuments } from './sqlite-documents.js';
import { guarded } from './sqlite-errors.js';
import { SqliteEvents } from './sqlite-events.js';
import { SqliteOutbox } from './sqlite-outbox.js';
import { SqliteStage } from './sqlite-stage.js';

interface ChangeRow extends ChangeMark {
  id: string;
  counter: number;
}

export class SqliteStore implements LocalStore {
  readonly documents: SqliteDocuments;
  readonly outbox: SqliteOutbox;
  readonly events: SqliteEvents;
  readonly conflicts: SqliteConflicts;
  readonly snapshots: SqliteStage;
  readonly checks: SqliteChecks;
  private readonly statements;
  private known: Identity;
  private seenVersion: number;

  /**
   * @param database a path, or `sqlite:path?mode=rwc`
   * @param clientId for a new database; made where it is left out. One that is there already has to have just this one.
   */
  static open(database: string, platform: Platform, clientId?: ClientId): SqliteStore {
    const location = parseDatabaseLocation(database);
    const db = openDatabase(location);
    try {
      return guarded(() => new SqliteStore(db, location.path, platform, clientId));
    } catch (error) {
      db.close();
      throw error;
    }
  }

  private constructor(
    private readonly db: Database,
    /** Absolute path of the file. */
    readonly path: string,
    platform: Platform,
    clientId: ClientId | undefined,
  ) {
    this.checks = new SqliteChecks(db, (text) => platform.sha256Hex(text));
    this.documents = new SqliteDocuments(db, this.checks);
    this.outbox = new SqliteOutbox(db);
    this.events = new SqliteEvents(db);
    this.conflicts = new SqliteConflicts(db);
    this.snapshots = new SqliteStage(db, this.checks);
    this.statements = prepareStatements(db);
    this.transaction(() => {
      // Only the first process that opens a new file gets its id in.
      const made = () => clientIdSchema.parse(uuidV7(platform.now(), () => platform.randomBytes16()));
      this.statements.addMeta.run('client_id', clientId ?? made());
    });
    this.known = this.readIdentity();
    if (clientId !== undefined && clientId !== this.known.clientId) {
      throw new SyncError('invalid_argument', 'this database is of another client id');
    }
    this.transaction(() => this.checks.countOnce(this.known.streamId));
    while (this.transaction(() => this.events.moveOld()).more);
    this.seenVersion = this.dataVersion();
  }

  transaction<T>(work: () => T): T {
    if (this.db.inTransaction)
      throw new SyncError('invalid_argument', 'a change cannot be made from inside another one');
    guarded(() => this.statements.begin.run());
    try {
      const result = work();
      this.checks.settle();
      guarded(() => this.statements.commit.run());
      return result;
    } catch (error) {
      this.checks.forget();
      // After some failures (a full disk) SQLite has rolled back by itself.
      if (this.db.inTransaction) guarded(() => this.statements.rollback.run());
      throw error;
    }
  }

  identity(): Identity {
    // Another process may have signed in; once bound it never changes.
    if (this.known.userId === null && guarded(() => this.statements.metaOf.get('user_id'))) {
      this.known = this.readIdentity();
    }
    return this.known;
  }

  bindUser(userId: UserId, streamId: StreamId): void {
    const before = this.identity();
    guarded(() => {
      this.statements.addMeta.run('user_id', userId);
      this.statements.addMeta.run('stream_id', streamId);
      this.statements.moveDocuments.run(streamId, before.streamId);
      this.statements.moveOutbox.run(streamId, before.streamId);
    });
    // Not remembered here: the transaction around it may still fail.
  }

  strategy(): ConflictStrategy {
    const stored = guarded(() => this.statements.metaOf.get('strategy')?.value);
    return conflictStrategySchema.safeParse(stored).data ?? DEFAULT_STRATEGY;
  }

  setStrategy(strategy: ConflictStrategy): void {
    guarded(() => this.statements.setMeta.run('strategy', strategy));
  }

  position(streamId: StreamId): StreamPosition {
    const row = guarded(() => this.statements.position.get(streamId));
    return { cursor: row?.cursor ?? null, lastSyncAt: row?.last_sync_at ?? null };
  }

  setPosition(streamId: StreamId, cursor: number, at: string): void {
    guarded(() => this.statements.setPosition.run(streamId, cursor, at));
  }

  changedElsewhere(): boolean {
    const version = this.dataVersion();
    if (version === this.seenVersion) return false;
    this.seenVersion = version;
    return true;
  }

  lastChange(): number {
    return guarded(() => this.statements.lastChange.get()?.counter ?? 0);
  }

  changesAfter(counter: number): { changes: readonly AnnouncedChange[]; counter: number } {
    const rows = guarded(() => this.statements.changesAfter.all(counter));
    const changes = rows.map(({ id, kind, origin }) => ({ id: id as DocumentId, kind, origin }));
    return { changes, counter: rows.at(-1)?.counter ?? counter };
  }

  close(): void {
    guarded(() => this.db.close());
  }

  private readIdentity(): Identity {
    const meta = new Map(guarded(() => this.statements.meta.all()).map((row) => [row.key, row.value]));
    const clientId = meta.get('client_id') as ClientId;
    const userId = (meta.get('user_id') ?? null) as UserId | null;
    // Until it is known whose it is, what is written here lives in a stream named after the client.
    const streamId = streamIdSchema.parse(meta.get('stream_id') ?? clientId);
    return { clientId, userId, streamId };
  }

  private dataVersion(): number {
    return guarded(() => Number(this.db.pragma('data_version', { simple: true })));
  }
}

function prepareStatements(db: Database) {
  return {
    begin: db.prepare('BEGIN IMMEDIATE'),
    commit: db.prepare('COMMIT'),
    rollback: db.prepare('ROLLBACK'),
    meta: db.prepare<[], { key: string; value: string }>('SELECT key, value FROM meta'),
    metaOf: db.prepare<[string], { value: string }>('SELECT value FROM meta WHERE key = ?'),
    setMeta: db.prepare<[string, string]>(
      'INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
    ),
    addMeta: db.prepare<[string, string]>('INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO NOTHING'),
    moveDocuments: db.prepare<[string, string]>('UPDATE documents SET stream_id = ? WHERE stream_id = ?'),
    moveOutbox: db.prepare<[string, string]>('UPDATE outbox SET stream_id = ? WHERE stream_id = ?'),
    position: db.prepare<[string], { cursor: number; last_sync_at: string }>(
      'SELECT cursor, last_sync_at FROM streams WHERE id = ?',
    ),
    setPosition: db.prepare<[string, number, string]>(
      `INSERT INTO streams (id, cursor, last_sync_at) VALUES (?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET cursor = excluded.cursor, last_sync_at = excluded.last_sync_at`,
    ),
    lastChange: db.prepare<[], { counter: number }>(
      'SELECT coalesce(max(change_counter), 0) AS counter FROM documents',
    ),
    changesAfter: db.prepare<[number], ChangeRow>(
      `SELECT id, change_kind AS kind, change_origin AS origin, change_counter AS counter
       FROM documents WHERE change_counter > ? ORDER BY change_counter, id`,
    ),
  };
}
