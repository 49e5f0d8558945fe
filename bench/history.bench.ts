/**
 * What it takes to look far back: a document of 10,000 versions, and versions spread over all of them, on the server and in
 * a client that has the whole log. What counts is the cost in events that are read, each of which is one patch applied;
 * times are told beside it.
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { SyncClient } from '@json-database-sync/client';
import { documentIdSchema, streamIdSchema } from '@json-database-sync/domain';
import { openDataSource } from '../apps/server/src/database/data-source.js';
import { DocumentHistory } from '../apps/server/src/event-store/document-history.js';
import { EventStore } from '../apps/server/src/event-store/event-store.js';
import { TimeTravel } from '../apps/server/src/event-store/time-travel.js';
import { SqliteStore } from '../libs/client-sdk/src/store/sqlite-store.js';
import { median, type Benchmark, type Figure } from './harness/benchmark.js';
import type { BenchContext } from './harness/context.js';
import { writeOneTask } from './workloads/task-history.js';

const VERSIONS = 10_000;
/** Both ends, the middle, next to keyframes and half-way between them, and some in between. */
const LOOKED_AT = [1, 2, 99, 101, 777, 2_000, 2_100, 3_333, 4_999, 5_000, 5_101, 6_666, 8_050, 9_899, 9_999, 10_000];
/** "At most a hundred or so", and as fast in the middle as at either end. */
const MOST_EVENTS = 110;
const ROUNDS = 15;
const SYNC_TIMEOUT_MS = 300_000;

export const history: Benchmark = {
  name: 'history',
  measures: `reaching any version of a document with ${VERSIONS} of them, on the server and in a client`,
  repeats: 1,
  run,
};

interface Cost {
  readonly version: number;
  readonly events: number;
  readonly milliseconds: number;
}

async function run(context: BenchContext): Promise<Figure[]> {
  const userId = randomUUID();
  const server = await context.server({ HISTORY_PACK_AFTER_HOURS: '1000000' });
  const client = { url: server.url, token: 'demo-token', userId, database: join(context.folder, 'replica.sqlite') };
  await synced(client);

  context.say(`writing ${VERSIONS} versions`);
  const documentId = await writeOneTask({ ...client, edits: VERSIONS - 1 });
  context.say('looking back on the server');
  const rows = await onServer(context, userId, documentId);
  await context.program('pack.js', ['--older-than-hours', '0'], { DATABASE_URL: await context.postgres() }).ended();
  const packed = await onServer(context, userId, documentId);
  context.say('looking back in a client');
  await synced(client);
  const local = await inClient(client.database, documentId);
  return [...figures('server', rows), ...figures('server, packed', packed), ...figures('client, offline', local)];
}

function figures(where: string, costs: readonly Cost[]): Figure[] {
  const worst = costs.reduce((a, b) => (b.events > a.events ? b : a));
  const slowest = costs.reduce((a, b) => (b.milliseconds > a.milliseconds ? b : a));
  return [
    {
      what: `${where}: events read for the worst version (${worst.version})`,
      value: worst.events,
      unit: 'events',
      target: { atMost: MOST_EVENTS },
      goal: 9,
    },
    {
      what: `${where}: the slowest version (${slowest.version})`,
      value: slowest.milliseconds,
      unit: 'ms',
      reference: { what: 'the median version', value: median(costs.map(({ milliseconds }) => milliseconds)) },
    },
  ];
}

/** The server's own code, on its database. */
async function onServer(context: BenchContext, userId: string, document: string): Promise<Cost[]> {
  const databaseUrl = await context.postgres();
  const dataSource = await openDataSource({ databaseUrl, databasePoolSize: 2, databaseConnectTimeoutMs: 10_000 });
  try {
    let events = 0;
    class CountingHistory extends DocumentHistory {
      override async events(...question: Parameters<DocumentHistory['events']>) {
        const found = await super.events(...question);
        events += found.length;
        return found;
      }
    }
    const travel = new TimeTravel(new EventStore(dataSource), new CountingHistory(dataSource));
    const key = { streamId: streamIdSchema.parse(userId), documentId: documentIdSchema.parse(document) };
    return await costs(
      (version) => travel.atVersion(key, version),
      () => {
        const read = events;
        events = 0;
        return read;
      },
    );
  } finally {
    await dataSource.destroy();
  }
}

async function inClient(database: string, documentId: string): Promise<Cost[]> {
  let events = 0;
  const client = await SyncClient.open(
    { database },
    {
      openStore: (path, platform) => {
        const store = SqliteStore.open(path, platform);
        const before = store.events.before.bind(store.events);
        store.events.before = (...question) => {
          const found = before(...question);
          events += found.length;
          return found;
        };
        return store;
      },
    },
  );
  try {
    return await costs(
      (version) => client.documents.at(documentId, { version }),
      () => {
        const read = events;
        events = 0;
        return read;
      },
    );
  } finally {
    await client.close();
  }
}

/** Each version a few times, after a round that warms up; the median time counts. */
async function costs(look: (version: number) => Promise<unknown>, eventsRead: () => number): Promise<Cost[]> {
  for (const version of LOOKED_AT) await look(version);
  const found: Cost[] = [];
  for (const version of LOOKED_AT) {
    const times: number[] = [];
    eventsRead();
    for (let round = 0; round < ROUNDS; round += 1) {
      const began = performance.now();
      await look(version);
      times.push(performance.now() - began);
    }
    found.push({ version, events: eventsRead() / ROUNDS, milliseconds: median(times) });
  }
  return found;
}

async function synced(options: Parameters<typeof SyncClient.open>[0]): Promise<void> {
  const client = await SyncClient.open(options);
  try {
    await client.synced({ timeoutMs: SYNC_TIMEOUT_MS });
  } finally {
    await client.close();
  }
}
