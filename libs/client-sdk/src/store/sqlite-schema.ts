/**
 * The tables of a client database and how they came to be. Append to MIGRATIONS, never alter an entry: `user_version`
 * counts how many of them a file has seen.
 */

/** "JDBS" in ASCII: marks a SQLite file as ours. */
export const APPLICATION_ID = 0x4a444253;

/**
 * - `documents`: confirmed columns (version 0: the server has none), and view columns where pending changes make the
 *   document look otherwise (`view_present`). A row with neither is the trace of a document that was never accepted:
 *   it stays, so that `change_counter` only grows, and is never read as a document.
 * - `change_counter`: which change of the database last touched the row; how other processes learn what to look at.
 * - `outbox.state`: 0 unanswered, 1 answered, 2 settling.
 */
const INITIAL = `
CREATE TABLE meta (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID, STRICT;

CREATE TABLE streams (
  id TEXT PRIMARY KEY,
  cursor INTEGER NOT NULL,
  last_sync_at TEXT NOT NULL
) WITHOUT ROWID, STRICT;

CREATE TABLE documents (
  id TEXT PRIMARY KEY,
  stream_id TEXT NOT NULL,
  change_counter INTEGER NOT NULL,
  change_kind TEXT NOT NULL,
  change_origin TEXT NOT NULL,
  version INTEGER NOT NULL DEFAULT 0,
  user_id TEXT,
  revision_id TEXT,
  vector_clock TEXT,
  title TEXT,
  created_at TEXT,
  updated_at TEXT,
  deleted_at TEXT,
  view_present INTEGER NOT NULL DEFAULT 0,
  view_title TEXT,
  view_created_at TEXT,
  view_updated_at TEXT,
  view_deleted_at TEXT,
  content TEXT,
  view_content TEXT
) STRICT;
CREATE INDEX documents_by_change ON documents (change_counter);

CREATE TABLE outbox (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  mutation_id TEXT NOT NULL UNIQUE,
  stream_id TEXT NOT NULL,
  document_id TEXT NOT NULL,
  base_version INTEGER NOT NULL,
  body TEXT NOT NULL,
  created_at TEXT NOT NULL,
  owner TEXT NOT NULL,
  state INTEGER NOT NULL DEFAULT 0,
  acked_sequence INTEGER
) STRICT;
CREATE INDEX outbox_by_document ON outbox (document_id);
CREATE INDEX outbox_answered ON outbox (acked_sequence) WHERE acked_sequence IS NOT NULL;

CREATE TABLE events (
  stream_id TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  document_id TEXT NOT NULL,
  version INTEGER NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (stream_id, sequence)
) STRICT;
CREATE INDEX events_by_document ON events (document_id, version);

CREATE TABLE conflicts (
  id TEXT PRIMARY KEY,
  mutation_id TEXT NOT NULL UNIQUE,
  document_id TEXT NOT NULL,
  created_at TEXT NOT NULL,
  dismissed_at TEXT,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX conflicts_open ON conflicts (document_id) WHERE dismissed_at IS NULL;
`;

/** As the application sees them, of a row of `documents` (or of one side of a trigger). */
const visible = (row: string, column: string): string =>
  `CASE WHEN ${row}view_present THEN ${row}view_${column} ELSE ${row}${column} END`;
const isVisible = (row: string): string =>
  `(${row}view_present OR ${row}version > 0) AND ${visible(row, 'deleted_at')} IS NULL`;
/** The texts in a document: every string value of its content, whatever the depth; keys are not searched. */
const texts = (row: string): string =>
  `(SELECT group_concat(atom, char(10)) FROM json_tree(${visible(row, 'content')}) WHERE type = 'text')`;

/**
 * Full text. Triggers keep it, so that it changes in the transaction that changes what the application sees, whichever
 * statement that is. Live documents only, pending changes included.
 *
 * The index keeps no copy of the texts. Its rows are numbered by `searched`, since a table without a number of its own
 * may be numbered anew by VACUUM.
 */
const SEARCH = `
CREATE TABLE searched (
  number INTEGER PRIMARY KEY,
  document_id TEXT NOT NULL UNIQUE
) STRICT;
CREATE VIRTUAL TABLE document_texts USING fts5 (
  title, texts, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3'
);

CREATE TRIGGER documents_searched_insert AFTER INSERT ON documents WHEN ${isVisible('NEW.')} BEGIN
  INSERT INTO searched (document_id) VALUES (NEW.id);
  INSERT INTO document_texts (rowid, title, texts)
    SELECT number, ${visible('NEW.', 'title')}, ${texts('NEW.')} FROM searched WHERE document_id = NEW.id;
END;
CREATE TRIGGER documents_searched_update AFTER UPDATE ON documents
WHEN ${visible('OLD.', 'content')} IS NOT ${visible('NEW.', 'content')}
  OR ${visible('OLD.', 'title')} IS NOT ${visible('NEW.', 'title')}
  OR (${isVisible('OLD.')}) IS NOT (${isVisible('NEW.')})
BEGIN
  DELETE FROM document_texts WHERE rowid IN (SELECT number FROM searched WHERE document_id = NEW.id);
  DELETE FROM searched WHERE document_id = NEW.id;
  INSERT INTO searched (document_id) SELECT NEW.id WHERE ${isVisible('NEW.')};
  INSERT INTO document_texts (rowid, title, texts)
    SELECT number, ${visible('NEW.', 'title')}, ${texts('NEW.')} FROM searched WHERE document_id = NEW.id;
END;

INSERT INTO searched (document_id) SELECT id FROM documents WHERE ${isVisible('')} ORDER BY rowid;
INSERT INTO document_texts (rowid, title, texts)
  SELECT s.number, ${visible('d.', 'title')}, ${texts('d.')} FROM searched s JOIN documents d ON d.id = s.document_id;
`;

/**
 * `applied_at`: the loss was brought back, and the server has confirmed it. `untold` is 1 where the server has yet to
 * hear that it was dismissed.
 */
const LEDGER = `
ALTER TABLE conflicts ADD COLUMN applied_at TEXT;
ALTER TABLE conflicts ADD COLUMN untold INTEGER NOT NULL DEFAULT 0;
CREATE INDEX conflicts_untold ON conflicts (id) WHERE untold = 1;
`;

/**
 * `digest`: of all confirmed documents of the stream, kept with each change of one. A stream without a row has none, or (in
 * a file from before) has yet to be counted, which is done where the file is opened.
 */
const CHECKS = `
CREATE TABLE checks (
  stream_id TEXT PRIMARY KEY,
  digest TEXT NOT NULL,
  verified_sequence INTEGER,
  verified_at TEXT,
  repaired_documents INTEGER NOT NULL DEFAULT 0,
  repaired_at TEXT
) WITHOUT ROWID, STRICT;
`;

/** A row that has vanished from a damaged file may still be in the full-text index when it comes back. */
const SEARCH_AGAIN = `
DROP TRIGGER documents_searched_insert;
CREATE TRIGGER documents_searched_insert AFTER INSERT ON documents BEGIN
  DELETE FROM document_texts WHERE rowid IN (SELECT number FROM searched WHERE document_id = NEW.id);
  DELETE FROM searched WHERE document_id = NEW.id;
  INSERT INTO searched (document_id) SELECT NEW.id WHERE ${isVisible('NEW.')};
  INSERT INTO document_texts (rowid, title, texts)
    SELECT number, ${visible('NEW.', 'title')}, ${texts('NEW.')} FROM searched WHERE document_id = NEW.id;
END;
`;

/**
 * Events in packs. `event_names` numbers streams and documents, whose ids are long; `event_places` finds an event by its
 * place in its stream. `events` is what there was before: its rows are moved where the file is opened.
 */
const PACKS = `
CREATE TABLE event_names (
  number INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE event_packs (
  number INTEGER PRIMARY KEY,
  stream INTEGER NOT NULL,
  document INTEGER NOT NULL,
  first_version INTEGER NOT NULL,
  last_version INTEGER NOT NULL,
  body BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX event_packs_by_document ON event_packs (document, last_version, first_version);

CREATE TABLE event_places (
  stream INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  document INTEGER NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (stream, sequence)
) WITHOUT ROWID, STRICT;
`;

/** Documents whole at some of their versions, so that an old version is reached in few steps. */
const KEYFRAMES = `
CREATE TABLE event_keyframes (
  document INTEGER NOT NULL,
  version INTEGER NOT NULL,
  body BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX event_keyframes_by_document ON event_keyframes (document, version);
`;

/**
 * The full-text index follows the documents instead of changing with them: `search_position` says up to which change it has
 * come. Should the newest row vanish, a later one may be given its counter: the position goes back with it.
 */
const SEARCH_LATER = `
DROP TRIGGER documents_searched_insert;
DROP TRIGGER documents_searched_update;
CREATE TABLE search_position (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  counter INTEGER NOT NULL,
  document_id TEXT NOT NULL
) STRICT;
INSERT INTO search_position (one, counter, document_id)
  SELECT 1, coalesce(max(change_counter), 0), '~' FROM documents;
CREATE TRIGGER documents_vanished AFTER DELETE ON documents BEGIN
  UPDATE search_position SET counter = (SELECT coalesce(max(change_counter), 0) FROM documents), document_id = ''
  WHERE counter > (SELECT coalesce(max(change_counter), 0) FROM documents);
END;
`;

/** A pack of one event is written in another way: a program from before could not read it. Nothing has to be done to the file. */
const EVENTS_ALONE = '';

export const MIGRATIONS: readonly string[] = [
  INITIAL,
  SEARCH,
  LEDGER,
  CHECKS,
  SEARCH_AGAIN,
  PACKS,
  KEYFRAMES,
  SEARCH_LATER,
  EVENTS_ALONE,
];

/** Of a row `d` of documents, for the full-text index. */
export const IS_VISIBLE = isVisible('d.');
export const VISIBLE_TITLE = visible('d.', 'title');
export const VISIBLE_TEXTS = texts('d.');

/** Per connection: never in the file, so no migration. */
export const STAGE_TABLE = `
CREATE TEMP TABLE IF NOT EXISTS stage (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL,
  version INTEGER NOT NULL,
  revision_id TEXT NOT NULL,
  vector_clock TEXT NOT NULL,
  title TEXT NOT NULL,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  deleted_at TEXT,
  content TEXT NOT NULL
) STRICT;
`;
