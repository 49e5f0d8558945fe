/** The documents of a SQLite store. What rows hold was written by this file, from values that were checked before. */
import type {
  DocumentId,
  DocumentState,
  JsonValue,
  RevisionId,
  StreamId,
  UserId,
  VectorClock,
} from '@json-database-sync/domain';
import type { Database } from 'better-sqlite3';
import type {
  ChangeMark,
  ConfirmedDocument,
  CurrentDocument,
  DocumentQuery,
  DocumentTable,
  DocumentView,
  ListOptions,
  Standing,
} from './local-store.js';
import type { SqliteChecks } from './sqlite-checks.js';
import { sqlCondition, type SqlCondition } from './sqlite-condition.js';
import { guarded } from './sqlite-errors.js';
import { FOUND, SqliteSearch, matchExpression } from './sqlite-search.js';

/** In the order of SELECT_CURRENT: read without their names, rows cost half as much. */
type CurrentRow = [
  id: string,
  streamId: string,
  version: number,
  revisionId: string | null,
  userId: string | null,
  title: string,
  content: string,
  createdAt: string,
  updatedAt: string,
  deletedAt: string | null,
  pending: number,
  conflicted: number,
];

interface ConfirmedRow {
  id: string;
  stream_id: string;
  version: number;
  revision_id: string;
  user_id: string;
  vector_clock: string;
  title: string;
  content: string;
  created_at: string;
  updated_at: string;
  deleted_at: string | null;
}

const EXISTS = '(view_present OR version > 0)';
const ALIVE = 'CASE WHEN view_present THEN view_deleted_at ELSE deleted_at END IS NULL';
const CONTENT = 'CASE WHEN view_present THEN view_content ELSE content END';
const SELECT_CURRENT = `
SELECT id, stream_id, version, revision_id, user_id,
  CASE WHEN view_present THEN view_title ELSE title END AS title,
  ${CONTENT} AS content,
  CASE WHEN view_present THEN view_created_at ELSE created_at END AS created_at,
  CASE WHEN view_present THEN view_updated_at ELSE updated_at END AS updated_at,
  CASE WHEN view_present THEN view_deleted_at ELSE deleted_at END AS deleted_at,
  EXISTS (SELECT 1 FROM outbox o WHERE o.document_id = d.id) AS pending,
  EXISTS (SELECT 1 FROM conflicts c WHERE c.document_id = d.id AND c.dismissed_at IS NULL) AS conflicted
FROM documents d`;

/** One more than the newest change; a statement that touches many rows gives all of them the same. */
const NEXT_CHANGE = '(SELECT coalesce(max(change_counter), 0) + 1 FROM documents)';

/** Both have the same parameters. */
const ADD_VIEW = `
INSERT INTO documents (change_counter, stream_id, change_kind, change_origin,
  view_present, view_title, view_content, view_created_at, view_updated_at, view_deleted_at, id)
VALUES (${NEXT_CHANGE}, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const CHANGE_VIEW = `
UPDATE documents SET change_counter = ${NEXT_CHANGE}, stream_id = ?, change_kind = ?, change_origin = ?,
  view_present = ?, view_title = ?, view_content = ?, view_created_at = ?, view_updated_at = ?, view_deleted_at = ?
WHERE id = ?`;

const PUT_CONFIRMED = `
INSERT INTO documents (id, stream_id, change_counter, change_kind, change_origin,
  version, user_id, revision_id, vector_clock, title, content, created_at, updated_at, deleted_at)
VALUES ($id, $streamId, ${NEXT_CHANGE}, $kind, $origin,
  $version, $userId, $revisionId, $vectorClock, $title, $content, $createdAt, $updatedAt, $deletedAt)
ON CONFLICT (id) DO UPDATE SET
  stream_id = excluded.stream_id, change_counter = excluded.change_counter, change_kind = excluded.change_kind,
  change_origin = excluded.change_origin, version = excluded.version, user_id = excluded.user_id,
  revision_id = excluded.revision_id, vector_clock = excluded.vector_clock, title = excluded.title,
  content = excluded.content, created_at = excluded.created_at, updated_at = excluded.updated_at,
  deleted_at = excluded.deleted_at,
  view_present = 0, view_title = NULL, view_content = NULL, view_created_at = NULL, view_updated_at = NULL,
  view_deleted_at = NULL`;

const CONFIRMED_COLUMNS =
  'id, stream_id, version, revision_id, user_id, vector_clock, title, content, created_at, updated_at, deleted_at';

const UNCONFIRM = `
UPDATE documents SET change_counter = ${NEXT_CHANGE}, change_kind = $kind, change_origin = $origin,
  version = 0, user_id = NULL, revision_id = NULL, vector_clock = NULL, title = NULL, content = NULL,
  created_at = NULL, updated_at = NULL, deleted_at = NULL
WHERE id = $id`;

const ORDER_COLUMNS = { createdAt: 'created_at', updatedAt: 'updated_at', title: 'title' } as const;
type OrderColumn = keyof typeof ORDER_COLUMNS;
const ORDER_NAMES: readonly OrderColumn[] = ['createdAt', 'updatedAt', 'title'];

export class SqliteDocuments implements DocumentTable {
  private readonly search;
  private readonly selectCurrent;
  private readonly selectStanding;
  private readonly selectConfirmed;
  private readonly countAll;
  private readonly countAlive;
  private readonly addView;
  private readonly changeView;
  private readonly upsertConfirmed;
  private readonly clearConfirmed;
  private readonly pageOfConfirmed;
  /** By order, direction and whether deleted ones belong: few enough to prepare them all. */
  private readonly lists = new Map<string, ReturnType<typeof prepareList>>();

  constructor(
    private readonly db: Database,
    private readonly checks: SqliteChecks,
  ) {
    this.search = new SqliteSearch(db);
    this.selectCurrent = db.prepare<[string], CurrentRow>(`${SELECT_CURRENT} WHERE id = ? AND ${EXISTS}`).raw();
    this.selectStanding = db.prepare<[string], { live: number }>(
      `SELECT ${ALIVE} AS live FROM documents WHERE id = ? AND ${EXISTS}`,
    );
    this.selectConfirmed = db.prepare<[string], ConfirmedRow>(
      `SELECT ${CONFIRMED_COLUMNS} FROM documents WHERE id = ? AND version > 0`,
    );
    this.clearConfirmed = db.prepare<[Record<string, string | number | null>]>(UNCONFIRM);
    this.pageOfConfirmed = db.prepare<[string, string, number], ConfirmedRow>(
      `SELECT ${CONFIRMED_COLUMNS} FROM documents WHERE id > ? AND stream_id = ? AND version > 0 ORDER BY id LIMIT ?`,
    );
    this.countAll = db.prepare<[], { count: number }>(`SELECT count(*) AS count FROM documents WHERE ${EXISTS}`);
    this.countAlive = db.prepare<[], { count: number }>(
      `SELECT count(*) AS count FROM documents WHERE ${EXISTS} AND ${ALIVE}`,
    );
    this.addView = db.prepare<[readonly (string | number | null)[]]>(ADD_VIEW);
    this.changeView = db.prepare<[readonly (string | number | null)[]]>(CHANGE_VIEW);
    this.upsertConfirmed = db.prepare<[Record<string, string | number | null>]>(PUT_CONFIRMED);
    for (const order of ORDER_NAMES) {
      for (const descending of [false, true]) {
        for (const deleted of [false, true]) {
          this.lists.set(listKey(order, descending, deleted), prepareList(db, order, descending, deleted));
        }
      }
    }
  }

  current(id: DocumentId): CurrentDocument | undefined {
    const row = guarded(() => this.selectCurrent.get(id));
    return row && toCurrent(row);
  }

  standing(id: DocumentId): Standing {
    const row = guarded(() => this.selectStanding.get(id));
    if (!row) return 'absent';
    return row.live === 1 ? 'live' : 'deleted';
  }

  confirmed(id: DocumentId): DocumentState | undefined {
    const row = guarded(() => this.selectConfirmed.get(id));
    return row && toConfirmed(row);
  }

  list(options: ListOptions): CurrentDocument[] {
    const statement = this.listStatement(options);
    return guarded(() => statement.all(options.limit ?? -1, options.offset ?? 0)).map(toCurrent);
  }

  find(query: DocumentQuery): CurrentDocument[] {
    if (query.words?.length === 0) return [];
    if (query.words) this.search.catchUp();
    const { sql, parameters } = selection(query);
    const direction = query.descending ? 'DESC' : 'ASC';
    const order =
      query.words && query.orderBy === undefined
        ? 'f.rank, d.rowid'
        : `${ORDER_COLUMNS[orderOf(query)]} ${direction}, d.rowid ${direction}`;
    // Not kept: every shape of a condition makes another statement.
    const text = `${SELECT_CURRENT} ${sql} ORDER BY ${order} LIMIT ? OFFSET ?`;
    const statement = guarded(() => this.db.prepare<(string | number)[], CurrentRow>(text).raw());
    return guarded(() => statement.all(...parameters, query.limit ?? -1, query.offset ?? 0)).map(toCurrent);
  }

  findsAnyOf(ids: readonly DocumentId[], query: DocumentQuery): boolean {
    if (query.words?.length === 0 || ids.length === 0) return false;
    if (query.words) this.search.catchUp();
    const { sql, parameters } = selection(query);
    const text = `SELECT 1 FROM documents d ${sql} AND d.id IN (SELECT value FROM json_each(?)) LIMIT 1`;
    const statement = guarded(() => this.db.prepare<(string | number)[], unknown>(text));
    return guarded(() => statement.get(...parameters, JSON.stringify(ids))) !== undefined;
  }

  count(includeDeleted: boolean): number {
    return guarded(() => (includeDeleted ? this.countAll : this.countAlive).get()?.count ?? 0);
  }

  prepareSearch(): boolean {
    return this.search.indexSome();
  }

  putView(id: DocumentId, streamId: StreamId, view: DocumentView | null, mark: ChangeMark): void {
    const content = view ? (view.contentText ?? JSON.stringify(view.content)) : null;
    const { title = null, createdAt = null, updatedAt = null, deletedAt = null } = view ?? {};
    const shown = [view ? 1 : 0, title, content, createdAt, updatedAt, deletedAt];
    const parameters = [streamId, mark.kind, mark.origin, ...shown, id];
    guarded(() => {
      if (this.changeView.run(parameters).changes === 0) this.addView.run(parameters);
    });
  }

  putConfirmed(state: DocumentState, view: DocumentView | null, mark: ChangeMark, before?: DocumentState): void {
    // Another stream's digest has nothing to do with it.
    this.checks.exchange(state.streamId, state.id, state, before?.streamId === state.streamId ? before : undefined);
    guarded(() =>
      this.upsertConfirmed.run({
        id: state.id,
        streamId: state.streamId,
        kind: mark.kind,
        origin: mark.origin,
        version: state.version,
        userId: state.userId,
        revisionId: state.revisionId,
        vectorClock: JSON.stringify(state.vectorClock),
        title: state.title,
        content: JSON.stringify(state.content),
        createdAt: state.createdAt,
        updatedAt: state.updatedAt,
        deletedAt: state.deletedAt,
      }),
    );
    if (view) this.putView(state.id, state.streamId, view, mark);
  }

  unconfirm(id: DocumentId, mark: ChangeMark): void {
    const streamId = guarded(() => this.selectConfirmed.get(id)?.stream_id);
    if (streamId === undefined) return;
    this.checks.exchange(streamId as StreamId, id, undefined);
    guarded(() => this.clearConfirmed.run({ id, kind: mark.kind, origin: mark.origin }));
  }

  confirmedPage(streamId: StreamId, after: DocumentId | null, limit: number): ConfirmedDocument[] {
    const rows = guarded(() => this.pageOfConfirmed.all(after ?? '', streamId, limit));
    return rows.map((row) => ({ id: row.id as DocumentId, state: readable(row) }));
  }

  private listStatement(options: ListOptions): ReturnType<typeof prepareList> {
    const key = listKey(orderOf(options), options.descending ?? false, options.includeDeleted ?? false);
    return this.lists.get(key)!;
  }
}

function listKey(order: OrderColumn, descending: boolean, deleted: boolean): string {
  return `${order} ${descending} ${deleted}`;
}

function orderOf(options: ListOptions): OrderColumn {
  return options.orderBy ?? 'createdAt';
}

/** What stands between the documents (`d`) and their order. */
function selection({ includeDeleted, words, condition }: DocumentQuery): SqlCondition {
  const { sql, parameters } = sqlCondition(CONTENT, condition);
  const where = `WHERE ${includeDeleted ? EXISTS : `${EXISTS} AND ${ALIVE}`} AND ${sql}`;
  return words
    ? { sql: `${FOUND} ${where}`, parameters: [matchExpression(words), ...parameters] }
    : { sql: where, parameters };
}

function prepareList(db: Database, order: OrderColumn, descending: boolean, deleted: boolean) {
  const direction = descending ? 'DESC' : 'ASC';
  const where = deleted ? EXISTS : `${EXISTS} AND ${ALIVE}`;
  // Ties (several in one millisecond) in the order in which they came in here.
  const text = `${SELECT_CURRENT} WHERE ${where} ORDER BY ${ORDER_COLUMNS[order]} ${direction}, d.rowid ${direction} LIMIT ? OFFSET ?`;
  return db.prepare<[number, number], CurrentRow>(text).raw();
}

function toCurrent(row: CurrentRow): CurrentDocument {
  const [
    id,
    streamId,
    version,
    revisionId,
    userId,
    title,
    content,
    createdAt,
    updatedAt,
    deletedAt,
    pending,
    conflicted,
  ] = row;
  return {
    id: id as DocumentId,
    streamId: streamId as StreamId,
    title,
    content: JSON.parse(content) as JsonValue,
    version,
    revisionId,
    userId: userId as UserId | null,
    createdAt,
    updatedAt,
    deletedAt,
    pending: pending === 1,
    conflicted: conflicted === 1,
  };
}

/** A damaged file may hold anything. */
function readable(row: ConfirmedRow): DocumentState | null {
  try {
    return toConfirmed(row);
  } catch {
    return null;
  }
}

function toConfirmed(row: ConfirmedRow): DocumentState {
  return {
    id: row.id as DocumentId,
    streamId: row.stream_id as StreamId,
    userId: row.user_id as UserId,
    title: row.title,
    content: JSON.parse(row.content) as JsonValue,
    version: row.version,
    revisionId: row.revision_id as RevisionId,
    vectorClock: JSON.parse(row.vector_clock) as VectorClock,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    deletedAt: row.deleted_at,
  };
}
