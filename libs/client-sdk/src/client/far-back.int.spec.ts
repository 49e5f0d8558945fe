/** Any version of a long document, offline: the right one, and over few events wherever it lies. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  LIMITS,
  changeEventSchema,
  documentIdSchema,
  fingerprint,
  streamIdSchema,
  userIdSchema,
  type ChangeEvent,
} from '@json-database-sync/domain';
import { nodePlatform } from '../platform/node-platform.js';
import { SqliteStore } from '../store/sqlite-store.js';
import { foldChanges } from '../sync/fold-changes.js';
import { TimeTravel } from './time-travel.js';

const USER = '0190a000-0000-7000-8000-00000000000a';
const STREAM = streamIdSchema.parse(USER);
const ID = documentIdSchema.parse('0190d000-0000-7000-8000-000000000001');
const VERSIONS = 1_050;

let folder: string;
let store: SqliteStore;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'client-sdk-far-back-'));
  store = SqliteStore.open(join(folder, 'client.sqlite3'), nodePlatform);
  store.transaction(() => {
    store.bindUser(userIdSchema.parse(USER), STREAM);
    store.setPosition(STREAM, 0, '2026-01-01T00:00:00.000Z');
  });
  const events = Array.from({ length: VERSIONS }, (_, n) => changeEventSchema.parse(wireEvent(n + 1)));
  for (let from = 0; from < VERSIONS; from += 100) {
    foldChanges(store, nodePlatform, STREAM, events.slice(from, from + 100));
  }
});

afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

const at = (version: number): string => new Date(Date.UTC(2026, 0, 1) + version * 60_000).toISOString();

function wireEvent(version: number): unknown {
  const content = { n: version };
  const { revisionId } = fingerprint(content, version, (text) => nodePlatform.sha256Hex(text));
  const head = {
    sequence: version,
    document_id: ID,
    version,
    user_id: USER,
    client_id: USER,
    mutation_id: `0190c000-0000-7000-8000-${String(version).padStart(12, '0')}`,
    revision_id: revisionId,
    vector_clock: { [USER]: version },
    created_at: at(version),
    cause: null,
  };
  if (version > 1) {
    return {
      ...head,
      event_type: 'update',
      forward_patch: [{ op: 'replace', path: '/n', value: version }],
      reverse_patch: [{ op: 'replace', path: '/n', value: version - 1 }],
      title: { from: `t${version - 1}`, to: `t${version}` },
    } satisfies Record<keyof Extract<ChangeEvent, { event_type: 'update' }>, unknown>;
  }
  const document = {
    ...{
      id: ID,
      user_id: USER,
      title: 't1',
      content,
      revision_id: revisionId,
      version,
      vector_clock: head.vector_clock,
    },
    ...{ created_at: at(1), updated_at: at(1), deleted_at: null },
  };
  return { ...head, event_type: 'create', forward_patch: document, reverse_patch: null };
}

it('is reached over at most half the spacing of keyframes', async () => {
  let read = 0;
  const before = store.events.before.bind(store.events);
  store.events.before = (...question) => {
    const events = before(...question);
    read += events.length;
    return events;
  };
  const offline = () => Promise.reject(new Error('nobody is asked'));
  const travel = new TimeTravel({ store, engine: { fetchHistory: offline, ask: offline } });
  for (let version = 1; version <= VERSIONS; version += version < 420 ? 1 : 13) {
    read = 0;
    const found = await travel.at(ID, { version });
    expect(found).toMatchObject({ version, content: { n: version }, title: `t${version}`, updatedAt: at(version) });
    expect(read).toBeLessThanOrEqual(LIMITS.keyframeSpacing / 2 + 1);
  }
});
