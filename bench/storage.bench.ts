/**
 * What history costs on the disk: tasks of about 1 KB, edited 100 times each, against a whole snapshot a version.
 *
 * The server's tables are measured through the real pipeline, before and after packing, and a client's database by a real
 * replica, which was asleep from the first change to the last. Everything counts that history takes: events, packs,
 * keyframes, their indexes, and the newest event of each document, which stays a row.
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { SyncClient } from '@json-database-sync/client';
import type { Benchmark, Figure } from './harness/benchmark.js';
import type { BenchContext } from './harness/context.js';
import { packingRates } from './storage/packing-rates.js';
import { spreadOverMonths, storeSnapshots, tableBytes } from './storage/postgres-bytes.js';
import { readingTimes, type ReadingTimes } from './storage/reading.js';
import { historyBytes, snapshotBytes, type SnapshotRow } from './storage/sqlite-bytes.js';
import { writeTaskHistory, type TaskVersion } from './workloads/task-history.js';

const TASKS = 200;
const EDITS = 100;
const EVENTS = TASKS * (EDITS + 1);
const HISTORY_TABLES = ['events', 'event_packs', 'keyframes'];
/** At least 90% less. */
const MARK = { target: { atMost: 0.1 }, goal: 10 };
/** Days before the last edit up to which is packed, one after the other, as a server does over the months. */
const PACKED_UP_TO = [75, 50, 25, 0];
const SYNC_TIMEOUT_MS = 300_000;

export const storage: Benchmark = {
  name: 'storage',
  measures: `bytes on disk of ${TASKS} tasks of 1 KB edited ${EDITS} times, against a snapshot a version`,
  repeats: 1,
  run,
};

async function run(context: BenchContext): Promise<Figure[]> {
  const userId = randomUUID();
  // The command packs here, at the times that the benchmark chooses.
  const server = await context.server({ HISTORY_PACK_AFTER_HOURS: '1000000' });
  const client = { url: server.url, token: 'demo-token', userId };
  const replica = join(context.folder, 'replica.sqlite');
  await sync({ ...client, database: replica });

  context.say('writing the history');
  const versions: TaskVersion[] = [];
  await writeTaskHistory({ ...client, tasks: TASKS, edits: EDITS, onVersion: (version) => versions.push(version) });
  await spreadOverMonths(context);
  await storeSnapshots(context, versions);
  const ids = [...new Set(versions.map(({ documentId }) => documentId))];
  const rows = await snapshotRows(context, versions);

  context.say('measuring the rows');
  const snapshots = await tableBytes(context, ['snapshots']);
  const unpacked = await tableBytes(context, HISTORY_TABLES);
  const before = await readingTimes(server.url, userId, ids);

  context.say('packing');
  for (const days of PACKED_UP_TO) {
    await context
      .program('pack.js', ['--older-than-hours', String(days * 24)], { DATABASE_URL: await context.postgres() })
      .ended();
  }
  const packed = await tableBytes(context, HISTORY_TABLES);
  const after = await readingTimes(server.url, userId, ids);

  context.say('pulling into the replica');
  await sync({ ...client, database: replica });
  const local = historyBytes(replica);
  const localSnapshots = snapshotBytes(join(context.folder, 'snapshots.sqlite'), rows);

  const perSnapshot = { what: 'a snapshot a version', value: snapshots / EVENTS };
  return [
    { what: 'PostgreSQL, an event', value: packed / EVENTS, unit: 'bytes', reference: perSnapshot, ...MARK },
    { what: 'PostgreSQL, an event not yet packed', value: unpacked / EVENTS, unit: 'bytes', reference: perSnapshot },
    {
      what: 'SQLite, an event',
      value: local / EVENTS,
      unit: 'bytes',
      reference: { what: 'a snapshot a version', value: localSnapshots / EVENTS },
      ...MARK,
    },
    ...readingFigures(before, after),
    ...(await packingRates(context, server)),
  ];
}

async function sync(options: { database: string; url: string; token: string; userId: string }): Promise<void> {
  const client = await SyncClient.open(options);
  try {
    await client.synced({ timeoutMs: SYNC_TIMEOUT_MS });
  } finally {
    await client.close();
  }
}

function readingFigures(before: ReadingTimes, after: ReadingTimes): Figure[] {
  const figure = (what: string, key: keyof ReadingTimes): Figure => ({
    what: `packed, ${what}`,
    value: after[key],
    unit: 'ms',
    reference: { what: 'not packed', value: before[key] },
  });
  return [
    figure('100 changes of the stream', 'changesPage'),
    figure('100 versions of a document', 'history'),
    figure('a document at a version', 'version'),
  ];
}

/** What a client would keep of each version, were it to keep it whole. */
async function snapshotRows(context: BenchContext, versions: readonly TaskVersion[]): Promise<SnapshotRow[]> {
  const events = await context.query<{
    document_id: string;
    version: number;
    stream_id: string;
    sequence: string;
    head: object;
  }>(
    `SELECT document_id, version, stream_id, sequence,
            json_build_object('sequence', sequence, 'document_id', document_id, 'version', version, 'user_id', user_id,
              'client_id', client_id, 'mutation_id', mutation_id, 'revision_id', revision_id, 'vector_clock', vector_clock,
              'created_at', created_at, 'cause', null, 'event_type', type) AS head
       FROM events ORDER BY sequence`,
  );
  const whole = new Map(versions.map((version) => [`${version.documentId} ${version.version}`, version]));
  return events.map((event) => {
    const version = whole.get(`${event.document_id} ${event.version}`);
    if (!version) throw new Error('there is an event that nobody has written');
    const { title, content } = version;
    return {
      streamId: event.stream_id,
      sequence: Number(event.sequence),
      documentId: event.document_id,
      version: event.version,
      body: JSON.stringify({ ...event.head, title, content: JSON.parse(content) as unknown }),
    };
  });
}
