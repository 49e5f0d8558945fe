/**
 * Local writes of a client without a connection, durable one by one, beside a bare better-sqlite3 transaction of the same
 * rows with the same synchronous setting (target 7).
 */
import { join } from 'node:path';
import type { Benchmark, Figure } from './harness/benchmark.js';
import type { BenchContext } from './harness/context.js';
import { runBare, runSdk } from './load/sdk-programs.js';

const DOCUMENTS = 100;
const UPDATES = 5_000;
/** What is compiled while it runs slows down the first few hundred of them. */
const WARM_UP = 1_000;

export const local: Benchmark = {
  name: 'local',
  measures: 'durable local writes of a client that is offline, beside bare transactions of the same rows',
  repeats: 3,
  run,
};

async function run(context: BenchContext): Promise<Figure[]> {
  const database = join(context.folder, 'local.sqlite');
  const ours = await runSdk(context, {
    kind: 'local',
    database,
    documents: DOCUMENTS,
    warmUp: WARM_UP,
    updates: UPDATES,
  });
  // The rows of the creations are in the outbox as well, before the others.
  const bareMs = await runBare(context, {
    kind: 'local',
    database: `${database}-bare`,
    from: database,
    warmUp: DOCUMENTS + WARM_UP,
  });
  const value = (UPDATES * 1_000) / ours.ms;
  const bare = (UPDATES * 1_000) / bareMs;
  context.say(`SDK ${Math.round(value)}/s (CPU ${Math.round(ours.cpuMs)} ms), better-sqlite3 ${Math.round(bare)}/s`);
  return [
    {
      what: 'updates of one field of a 1 KB document',
      value,
      unit: 'a second',
      reference: { what: 'better-sqlite3', value: bare },
      target: { atLeast: 0.8 },
      goal: 7,
    },
    { what: '  the first search by words after them', value: ours.searchMs, unit: 'ms' },
  ];
}
