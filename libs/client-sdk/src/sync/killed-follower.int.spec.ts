/** A client that is killed while it catches up: real processes, killed between and within its transactions. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { evolve, type DocumentId, type DocumentState } from '@json-database-sync/domain';
import Database from 'better-sqlite3';
import { startChild } from '../../testing/child-processes.js';
import { FakePlatform } from '../../testing/fake-platform.js';
import { streamOf } from '../../testing/missed-changes.js';
import { passUntil } from '../../testing/pass-until.js';
import { SyncClient } from '../client/sync-client.js';
import { SqliteStore } from '../store/sqlite-store.js';

const server = streamOf(new FakePlatform(), true);
/** Creations: a snapshot brought them, so that they are not in the client's log. */
const CREATED = 3;

let folder: string;
let file: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'client-sdk-killed-'));
  file = join(folder, 'client.sqlite3');
  const platform = new FakePlatform();
  const client = await SyncClient.open(
    { database: file, url: 'ws://server.test/' },
    { platform, transport: streamOf(platform, false) },
  );
  await passUntil(platform, 'the creations', () => client.status().caughtUp);
  await client.close();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function replayed(until: number): Map<DocumentId, DocumentState> {
  const documents = new Map<DocumentId, DocumentState>();
  for (const event of server.events.slice(0, until)) {
    documents.set(event.documentId, evolve(documents.get(event.documentId), event));
  }
  return documents;
}

/** The file holds the stream as it was at its cursor: no event more, none less. @returns the cursor */
function expectWhole(): number {
  const db = new Database(file);
  expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
  db.close();
  const store = SqliteStore.open(file, new FakePlatform());
  const cursor = store.position(server.streamId).cursor ?? 0;
  for (let sequence = 1; sequence <= server.head; sequence++) {
    const here = sequence > CREATED && sequence <= cursor ? server.events[sequence - 1] : undefined;
    expect(store.events.at(server.streamId, sequence)).toEqual(here);
  }
  for (const [id, state] of replayed(cursor)) {
    expect(store.documents.confirmed(id)).toEqual(state);
    expect(store.documents.current(id)).toMatchObject({ version: state.version, pending: false });
    const own = server.events.slice(CREATED, cursor).filter((event) => event.documentId === id);
    expect(store.events.after(id, 0)).toEqual(own);
    const keyframe = store.events.nearestKeyframe(id, 200, 1);
    if (state.version < 200) expect(keyframe).toBeUndefined();
    else expect(keyframe).toEqual(replayed(own.find(({ version }) => version === 200)?.sequence ?? 0).get(id));
  }
  expect(store.transaction(() => store.checks.recount(server.streamId))).toBe(true);
  store.close();
  return cursor;
}

test('holds the stream as it was at its cursor, whenever that was, and goes on from there', async () => {
  const cursors = [expectWhole()];
  const moments: [string, number][] = [
    ['added', 1],
    ['committed', 2],
    ['moved', 1],
    ['committed', 1],
    ['added', 3],
    ['moved', 3],
  ];
  for (const [moment, n] of moments) {
    const child = startChild('follower.ts', file, moment, String(n));
    expect(await child.exit).toEqual({ code: null, signal: 'SIGKILL' });
    cursors.push(expectWhole());
  }
  // By pages: what a transaction has written and not committed is as if it had never been.
  const pages = cursors
    .map((cursor) => cursor - CREATED)
    .map((events, at) => (at === 0 ? events : Math.ceil(events / 69)));
  expect(pages).toEqual([0, 0, 2, 2, 3, 5, 7]);
  const last = startChild('follower.ts', file);
  expect(await last.exit).toEqual({ code: 0, signal: null });
  expect(expectWhole()).toBe(server.head);
}, 120_000);

test('killed from outside, at any moment, it is no different', async () => {
  for (const seen of [/added 2\n/, /added 4\n/]) {
    const child = startChild('follower.ts', file);
    await child.waitForOutput(seen);
    child.signal('SIGKILL');
    await child.exit;
    expectWhole();
  }
  expect((await startChild('follower.ts', file).exit).code).toBe(0);
  expect(expectWhole()).toBe(server.head);
}, 120_000);
