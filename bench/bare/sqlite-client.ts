/**
 * The limits for the SDK: better-sqlite3 alone, in WAL with synchronous=FULL as the SDK has it, and `pg` where the rows come
 * from PostgreSQL. No network of ours, no checks, no hashing, no merging, no full text, no other process to mind. Its argument
 * is a BarePlan as JSON; it prints `report` with the milliseconds.
 */
import { performance } from 'node:perf_hooks';
import Database from 'better-sqlite3';
import { Client } from 'pg';

export type BarePlan =
  /** Stores the documents that another file of the SDK holds, in one transaction. */
  | { readonly kind: 'documents'; readonly database: string; readonly from: string }
  /** Reads the events of a stream after a sequence from PostgreSQL, and applies them: the events, and what documents became. */
  | {
      readonly kind: 'events';
      readonly database: string;
      readonly from: string;
      readonly databaseUrl: string;
      readonly streamId: string;
      readonly after: number;
    }
  /** Does what local changes store, a transaction each: the document's view and the row of the outbox. The first ones warm up. */
  | { readonly kind: 'local'; readonly database: string; readonly from: string; readonly warmUp: number };

const PAGE = 1_000;

/** As long as the SDK's: a client that has closed has taken its own off the rows that are copied here. */
const OWNER = '0190a000-0000-7000-8000-000000000000';

const COLUMNS = `id, stream_id, change_counter, change_kind, change_origin, version, user_id, revision_id, vector_clock, title,
  created_at, updated_at, deleted_at, view_present, view_title, view_created_at, view_updated_at, view_deleted_at, content,
  view_content`;

/** What the SDK's tables of the same names hold. */
const SCHEMA = `
  CREATE TABLE documents (
    id TEXT PRIMARY KEY, stream_id TEXT NOT NULL, change_counter INTEGER NOT NULL, change_kind TEXT NOT NULL,
    change_origin TEXT NOT NULL, version INTEGER NOT NULL DEFAULT 0, user_id TEXT, revision_id TEXT, vector_clock TEXT,
    title TEXT, created_at TEXT, updated_at TEXT, deleted_at TEXT, view_present INTEGER NOT NULL DEFAULT 0,
    view_title TEXT, view_created_at TEXT, view_updated_at TEXT, view_deleted_at TEXT, content TEXT, view_content TEXT
  ) STRICT;
  CREATE INDEX documents_by_change ON documents (change_counter);
  CREATE TABLE outbox (
    position INTEGER PRIMARY KEY AUTOINCREMENT, mutation_id TEXT NOT NULL UNIQUE, stream_id TEXT NOT NULL,
    document_id TEXT NOT NULL, base_version INTEGER NOT NULL, body TEXT NOT NULL, created_at TEXT NOT NULL,
    owner TEXT NOT NULL, state INTEGER NOT NULL DEFAULT 0, acked_sequence INTEGER
  ) STRICT;
  CREATE INDEX outbox_by_document ON outbox (document_id);
  CREATE TABLE events (
    stream_id TEXT NOT NULL, sequence INTEGER NOT NULL, document_id TEXT NOT NULL, version INTEGER NOT NULL,
    body TEXT NOT NULL, PRIMARY KEY (stream_id, sequence)
  ) STRICT;
  CREATE INDEX events_by_document ON events (document_id, version);
  CREATE TABLE streams (id TEXT PRIMARY KEY, cursor INTEGER NOT NULL) WITHOUT ROWID, STRICT`;

interface EventRow {
  readonly sequence: string;
  readonly document_id: string;
  readonly version: number;
  readonly forward: string;
  readonly body: string;
}

interface OutboxRow {
  readonly mutation_id: string;
  readonly stream_id: string;
  readonly document_id: string;
  readonly body: string;
  readonly created_at: string;
}

async function run(plan: BarePlan): Promise<number> {
  const database = new Database(plan.database);
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.exec(SCHEMA);
  const source = new Database(plan.from, { readonly: true });
  const documents = source.prepare(`SELECT ${COLUMNS} FROM documents ORDER BY rowid`).raw().all() as unknown[][];
  const outbox = source.prepare('SELECT * FROM outbox ORDER BY position').all() as OutboxRow[];
  source.close();
  if (plan.kind !== 'documents') store(database, documents);
  const apply = plan.kind === 'local' ? changer(database) : undefined;
  if (plan.kind === 'local') outbox.splice(0, plan.warmUp).forEach((row, n) => apply?.(row, n));
  const began = performance.now();
  if (plan.kind === 'documents') store(database, documents);
  else if (plan.kind === 'events') await follow(database, plan);
  else outbox.forEach((row, n) => apply?.(row, n + plan.warmUp));
  const ms = performance.now() - began;
  database.close();
  return ms;
}

function store(database: Database.Database, documents: readonly unknown[][]): void {
  const insert = database.prepare(`INSERT INTO documents (${COLUMNS}) VALUES (${Array(20).fill('?').join(', ')})`);
  database.transaction(() => {
    for (const row of documents) insert.run(row);
  })();
}

async function follow(
  database: Database.Database,
  { databaseUrl, streamId, after }: Extract<BarePlan, { kind: 'events' }>,
): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  const addEvent = database.prepare('INSERT INTO events VALUES (?, ?, ?, ?, ?)');
  const read = database.prepare<[string], { content: string }>('SELECT content FROM documents WHERE id = ?');
  const write = database.prepare('UPDATE documents SET content = ?, version = ?, change_counter = ? WHERE id = ?');
  const move = database.prepare('INSERT OR REPLACE INTO streams VALUES (?, ?)');
  const fold = database.transaction((rows: readonly EventRow[]) => {
    const touched = new Map<string, { content: Record<string, unknown>; version: number }>();
    for (const { sequence, document_id, version, forward, body } of rows) {
      const content =
        touched.get(document_id)?.content ??
        (JSON.parse(read.get(document_id)?.content ?? '{}') as Record<string, unknown>);
      for (const { path, value } of JSON.parse(forward) as { path: string; value: unknown }[]) {
        content[path.slice(1)] = value;
      }
      touched.set(document_id, { content, version });
      addEvent.run(streamId, Number(sequence), document_id, version, body);
    }
    const cursor = Number(rows.at(-1)?.sequence ?? 0);
    for (const [id, { content, version }] of touched) write.run(JSON.stringify(content), version, cursor, id);
    move.run(streamId, cursor);
    return cursor;
  });
  for (let cursor = after; ;) {
    const { rows } = await client.query<EventRow>({
      name: 'events',
      text: `SELECT sequence, document_id, version, forward_patch::text AS forward, row_to_json(e)::text AS body
               FROM events e WHERE stream_id = $1 AND sequence > $2 ORDER BY sequence LIMIT ${PAGE}`,
      values: [streamId, cursor],
    });
    if (rows.length > 0) cursor = fold(rows);
    if (rows.length < PAGE) break;
  }
  await client.end();
}

function changer(database: Database.Database): (row: OutboxRow, n: number) => void {
  const read = database.prepare<[string], { view_content: string }>('SELECT view_content FROM documents WHERE id = ?');
  const write = database.prepare(
    `UPDATE documents SET view_content = ?, view_updated_at = ?, change_kind = 'updated', change_counter = ? WHERE id = ?`,
  );
  const add = database.prepare(
    `INSERT INTO outbox (mutation_id, stream_id, document_id, base_version, body, created_at, owner)
     VALUES (?, ?, ?, 0, ?, ?, ?)`,
  );
  const apply = database.transaction((row: OutboxRow, n: number) => {
    const content = read.get(row.document_id)?.view_content ?? '';
    add.run(row.mutation_id, row.stream_id, row.document_id, row.body, row.created_at, OWNER);
    write.run(content, row.created_at, n, row.document_id);
  });
  return (row, n) => apply.immediate(row, n);
}

run(JSON.parse(process.argv[2] ?? '') as BarePlan).then(
  (ms) => {
    process.stdout.write(`report ${ms}\n`);
  },
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
