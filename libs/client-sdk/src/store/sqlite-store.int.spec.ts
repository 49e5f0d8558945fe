/** The SQLite store: the conformance suite on a real file, and what only SQLite can get wrong. */
import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  clientIdSchema,
  documentDigest,
  documentIdSchema,
  revisionIdSchema,
  toChangeEvent,
  userIdSchema,
  type DocumentState,
} from '@json-database-sync/domain';
import Database from 'better-sqlite3';
import { nodePlatform } from '../platform/node-platform.js';
import { SyncClient } from '../client/sync-client.js';
import { checksSuite } from './local-store-checks.suite.js';
import { eventsSuite, logEvent } from './local-store-events.suite.js';
import { localStoreSuite } from './local-store.suite.js';
import { parseDatabaseLocation } from './open-database.js';
import { APPLICATION_ID, MIGRATIONS } from './sqlite-schema.js';
import { SqliteStore } from './sqlite-store.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'client-sdk-store-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const file = () => join(folder, 'client.sqlite3');
const open = () => SqliteStore.open(file(), nodePlatform);
const withCode = (code: string) => expect.objectContaining({ name: 'SyncError', code }) as Error;

localStoreSuite('SqliteStore', open);
checksSuite('SqliteStore', open);
eventsSuite('SqliteStore', open);

test('a file is durable by its settings, and marked as ours', () => {
  const store = open();
  const db = new Database(file());
  expect(db.pragma('journal_mode', { simple: true })).toBe('wal');
  expect(db.pragma('application_id', { simple: true })).toBe(APPLICATION_ID);
  expect(db.pragma('user_version', { simple: true })).toBe(MIGRATIONS.length);
  db.close();
  store.close();
});

test('a new database takes the client id that it is given, and is opened with no other', () => {
  const [ada, bob] = [randomUUID(), randomUUID()].map((id) => clientIdSchema.parse(id));
  const store = SqliteStore.open(file(), nodePlatform, ada);
  expect(store.identity().clientId).toBe(ada);
  store.close();
  expect(() => SqliteStore.open(file(), nodePlatform, bob)).toThrow(withCode('invalid_argument'));
  for (const given of [ada, undefined]) {
    const again = SqliteStore.open(file(), nodePlatform, given);
    expect(again.identity().clientId).toBe(ada);
    again.close();
  }
});

test('the log of a file from before there were packs is moved into them', () => {
  const events = Array.from({ length: 1_100 }, (_, n) => logEvent(n % 3, n + 1, Math.floor(n / 3) + 1));
  open().close();
  const db = new Database(file());
  const insert = db.prepare(
    'INSERT INTO events (stream_id, sequence, document_id, version, body) VALUES (?, ?, ?, ?, ?)',
  );
  for (const event of events) {
    const { streamId, sequence, documentId, version } = event;
    insert.run(streamId, sequence, documentId, version, JSON.stringify(toChangeEvent(event)));
  }
  db.close();
  const store = open();
  for (const event of events) expect(store.events.at(event.streamId, event.sequence)).toEqual(event);
  expect(store.events.after(events[0]!.documentId, 0)).toHaveLength(367);
  store.close();
  const after = new Database(file());
  expect(after.prepare('SELECT count(*) FROM events').pluck().get()).toBe(0);
  after.close();
});

test('a file from before there were digests is counted once, by whoever opens it', () => {
  const store = open();
  const { streamId } = store.identity();
  const state: DocumentState = {
    ...{ id: documentIdSchema.parse('0190d000-0000-7000-8000-000000000001'), streamId, title: 'old', content: 1 },
    ...{ userId: userIdSchema.parse(streamId), version: 1, revisionId: revisionIdSchema.parse('1-0123456789abcdef') },
    ...{ vectorClock: {}, createdAt: 'then', updatedAt: 'then', deletedAt: null },
  };
  store.documents.putConfirmed(state, null, { kind: 'created', origin: 'remote' });
  store.close();
  const db = new Database(file());
  // As the migration leaves it.
  db.exec('DELETE FROM checks');
  db.close();
  const again = open();
  expect(again.checks.digest(streamId)).toBe(documentDigest(state, (text) => nodePlatform.sha256Hex(text)));
  again.close();
});

test('a database of a newer version is refused, and left as it was', () => {
  open().close();
  const db = new Database(file());
  db.pragma('user_version = 99');
  db.close();
  const before = readFileSync(file());
  expect(open).toThrow(withCode('storage_incompatible'));
  expect(readFileSync(file()).equals(before)).toBe(true);
});

test('a database of another program is refused, and left as it was', () => {
  const db = new Database(file());
  db.exec('CREATE TABLE recipes (name TEXT)');
  db.close();
  const before = readFileSync(file());
  expect(open).toThrow(withCode('storage_incompatible'));
  expect(readFileSync(file()).equals(before)).toBe(true);
});

test('a file that is no database is refused', () => {
  writeFileSync(file(), 'Dear diary, '.repeat(1_000));
  expect(open).toThrow(withCode('storage_incompatible'));
});

test('a folder that cannot be made, and a database that has to be there, are storage_failed', () => {
  writeFileSync(join(folder, 'plain'), '');
  expect(() => SqliteStore.open(join(folder, 'plain', 'x.sqlite3'), nodePlatform)).toThrow(withCode('storage_failed'));
  expect(() => SqliteStore.open('/proc/nowhere/x.sqlite3', nodePlatform)).toThrow(withCode('storage_failed'));
  expect(() => SqliteStore.open(`sqlite:${file()}?mode=rw`, nodePlatform)).toThrow(withCode('storage_failed'));
  expect(existsSync(file())).toBe(false);
});

test.each([
  ['sqlite:/a/b.sqlite3?mode=rwc', { path: '/a/b.sqlite3', mayCreate: true }],
  ['sqlite:///a/b.sqlite3', { path: '/a/b.sqlite3', mayCreate: true }],
  ['sqlite:/a/b.sqlite3?mode=rw', { path: '/a/b.sqlite3', mayCreate: false }],
  ['/a/what?.sqlite3', { path: '/a/what?.sqlite3', mayCreate: true }],
  [':memory:', { path: ':memory:', mayCreate: true }],
])('the place named by %s', (name, location) => {
  expect(parseDatabaseLocation(name)).toEqual(location);
});

test.each(['', '  ', 'sqlite:', 'sqlite:x?mode=ro', 'a\0b'])('%j names no place', (name) => {
  expect(() => parseDatabaseLocation(name)).toThrow(withCode('invalid_argument'));
});

describe('a full disk', () => {
  test('a write fails with storage_failed, nothing of it is there, and it works again when there is room', async () => {
    const client = await SyncClient.open({ database: file() });
    const first = await client.documents.create({ content: 'small' });
    // SQLite's own page limit: the nearest thing to a full disk that a test can make.
    const { store } = client as unknown as { store: { db: Database.Database } };
    const pages = Number(store.db.pragma('page_count', { simple: true }));
    store.db.pragma(`max_page_count = ${pages}`);
    const big = { text: 'x'.repeat(500_000) };
    await expect(client.documents.create({ content: big })).rejects.toMatchObject({ code: 'storage_failed' });
    await expect(client.documents.update(first.id, { content: big })).rejects.toMatchObject({ code: 'storage_failed' });
    expect(client.status()).toMatchObject({ documents: 1, pending: 1 });
    expect(client.documents.get(first.id)!.content).toBe('small');
    store.db.pragma('max_page_count = 1000000');
    await client.documents.update(first.id, { content: big });
    expect(client.documents.get(first.id)!.content).toEqual(big);
    await client.close();
  });
});

test('a redo that an older version of the program left in the outbox names nothing, as it did then', async () => {
  const client = await SyncClient.open({ database: file() });
  const { id } = await client.documents.create({ content: { n: 0 } });
  await client.documents.update(id, { merge: { n: 1 } });
  await client.documents.undo(id);
  await client.documents.redo(id);
  await client.close();
  const db = new Database(file());
  db.prepare(`UPDATE outbox SET body = '{"kind":"redo","force":true}' WHERE body LIKE '{"kind":"redo"%'`).run();
  db.close();
  const again = await SyncClient.open({ database: file() });
  expect(again.documents.get(id)?.content).toEqual({ n: 1 });
  await again.close();
  const store = open();
  expect(store.outbox.ofDocument(documentIdSchema.parse(id)).at(-1)?.change).toEqual({
    kind: 'redo',
    version: null,
    force: true,
  });
  store.close();
});
