/**
 * What the work costs as it grows (target 11): updates a second where 1,000, 100,000 and 1,000,000 documents are stored, in
 * 32 streams each, written to by 32 writers with 16 unanswered; and by 50 writers beside 10, 1,000 and 5,000 idle clients. All
 * stores are filled once, and written to by turns in each run.
 *
 * Two ways of writing to a store are told apart: to the same thousand of its documents, where only the size of the store
 * differs; and to all of them, where more documents are touched as well, and PostgreSQL has to read and write more pages.
 */
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cloneStream } from './growth/clone-stream.js';
import type { Benchmark, Figure } from './harness/benchmark.js';
import type { BenchContext, BenchServer } from './harness/context.js';
import type { IdlePlan } from './load/idle.js';
import { loadAt, told, warm, type LoadResult } from './load/run-load.js';
import { Filling } from './load/sdk-programs.js';
import type { Existing } from './load/writers.js';

const WINDOW = { warmUpMs: 1_000, measureMs: 2_000 };
const STREAMS = 32;
/** Of one stream. */
const STORES = [31, 3_125, 31_250] as const;
const TOUCHED = 31;
const WRITING = { writers: STREAMS, inFlight: 16, streams: 'own', contentBytes: 1_024 } as const;
const CONNECTIONS = [10, 1_000, 5_000] as const;
const CONNECTED = { writers: 50, inFlight: 1, documentsEach: 1, streams: 'own', contentBytes: 1_024 } as const;
/** Flat within 20%. */
const FLAT = { atLeast: 0.8 };

interface Store {
  readonly perStream: number;
  readonly server: BenchServer;
  /** What is in it, for the load generator. */
  readonly existing: string;
}

export const growth: Benchmark = {
  name: 'growth',
  measures: 'updates a second as stored documents and connections grow',
  repeats: 3,
  prepare: async (context) => {
    const stores: Store[] = [];
    for (const perStream of STORES) stores.push(await fill(context, perStream));
    const idleServer = await context.server();
    for (const { server } of [...stores, { server: idleServer }]) await warm(context, server);
    return async () => [...(await documentFigures(context, stores)), ...(await connectionFigures(context, idleServer))];
  },
};

async function fill(context: BenchContext, perStream: number): Promise<Store> {
  const began = performance.now();
  const url = await context.database(`of_${perStream}`);
  const environment = { DATABASE_URL: url, HISTORY_PACK_AFTER_HOURS: '1000000' };
  const first = await context.server(environment);
  const template = randomUUID();
  const filling = await Filling.begin(first.url, template);
  const documentIds = await filling.create(perStream);
  filling.end();
  await first.stop();
  const userIds = [template, ...(await cloneStream(url, template, STREAMS - 1))];
  const existing = join(context.folder, `existing-${perStream}.json`);
  const content: Existing = { userIds, documentIds, path: '/estimate_hours' };
  await writeFile(existing, JSON.stringify(content));
  const seconds = Math.round((performance.now() - began) / 1_000);
  context.say(`${documents(perStream)} documents stored in ${seconds} s`);
  return { perStream, existing, server: await context.server(environment) };
}

async function documentFigures(context: BenchContext, stores: readonly Store[]): Promise<Figure[]> {
  const window = context.window(WINDOW);
  const figures: Figure[] = [];
  for (const [series, all] of [
    ['the same thousand of them written to', false],
    ['all of them written to', true],
  ] as const) {
    let least: LoadResult | undefined;
    for (const { perStream, server, existing } of stores) {
      const documentsEach = all ? perStream : TOUCHED;
      const result = await loadAt(context, server, { ...WRITING, ...window, documentsEach, existing });
      least ??= result;
      context.say(`${documents(perStream)} stored, ${series}: ${told(result)}`);
      const point = { plot: 'documents', series, x: perStream * STREAMS };
      figures.push(...figuresOf(`${documents(perStream)} stored, ${series}`, result, least, point));
    }
  }
  return figures;
}

async function connectionFigures(context: BenchContext, server: BenchServer): Promise<Figure[]> {
  const plan: IdlePlan = { url: server.url, stops: [...CONNECTIONS] };
  const clients = context.bundled('load/idle.cjs', [JSON.stringify(plan)]);
  const figures: Figure[] = [];
  let least: LoadResult | undefined;
  for (const others of CONNECTIONS) {
    await clients.output(new RegExp(`connected ${others}\n`));
    const result = await loadAt(context, server, { ...CONNECTED, ...context.window(WINDOW) });
    least ??= result;
    context.say(`50 writers beside ${others} idle clients: ${told(result)}`);
    const point = { plot: 'connections', series: 'this server', x: others };
    figures.push(...figuresOf(`50 writers beside ${others.toLocaleString('en')} idle clients`, result, least, point));
    process.kill(clients.pid, 'SIGUSR2');
  }
  await clients.ended();
  return figures;
}

/** The smallest is what the others are held against; it has no target itself. */
function figuresOf(what: string, result: LoadResult, least: LoadResult, point: NonNullable<Figure['point']>): Figure[] {
  const rate = { what, value: result.acknowledgedPerSecond, unit: 'a second', point, cpu: result.cpu };
  const cost = { what: '  CPU of an update', value: result.microseconds, unit: 'us' };
  if (result === least) return [rate, cost];
  const against = (value: number) => ({ reference: { what: 'with the fewest', value } });
  return [
    { ...rate, ...against(least.acknowledgedPerSecond), target: FLAT, goal: 11 },
    { ...cost, ...against(least.microseconds) },
  ];
}

function documents(perStream: number): string {
  return (Math.round((perStream * STREAMS) / 1_000) * 1_000).toLocaleString('en');
}
