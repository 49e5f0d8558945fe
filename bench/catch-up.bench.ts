/**
 * A client that comes back after 10,000 missed updates, of one document and of 10,000, from opening its file until all is
 * folded in; beside reading the events with `pg` and applying them with better-sqlite3 (target 6).
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Benchmark, Figure } from './harness/benchmark.js';
import type { BenchContext } from './harness/context.js';
import { Filling, runBare, runSdk } from './load/sdk-programs.js';

const UPDATES = 10_000;

export const catchUp: Benchmark = {
  name: 'catch-up',
  measures: `a client catching up with ${UPDATES} updates, beside pg and better-sqlite3 alone`,
  repeats: 3,
  run: async (context) => [...(await missed(context, 1)), ...(await missed(context, UPDATES))],
};

async function missed(context: BenchContext, documents: number): Promise<Figure[]> {
  const server = await context.server({ HISTORY_PACK_AFTER_HOURS: '1000000' });
  const userId = randomUUID();
  const database = join(context.folder, `missed-${documents}.sqlite`);
  const plan = { kind: 'sync', url: server.url, userId, database } as const;
  const filling = await Filling.begin(server.url, userId);
  const ids = await filling.create(documents);
  await runSdk(context, plan);
  context.say(`writing ${UPDATES} updates of ${documents} ${documents === 1 ? 'document' : 'documents'}`);
  await filling.update(Array.from({ length: UPDATES / documents }, () => ids).flat());
  filling.end();
  const bareMs = await runBare(context, {
    kind: 'events',
    database: `${database}-bare`,
    from: database,
    databaseUrl: await context.postgres(),
    streamId: userId,
    after: documents,
  });
  const ours = await runSdk(context, plan);
  await server.stop();
  context.say(
    `SDK ${Math.round(ours.ms)} ms (CPU ${Math.round(ours.cpuMs)} ms), pg and better-sqlite3 ${Math.round(bareMs)} ms`,
  );
  return [
    {
      what: `${UPDATES} missed updates of ${documents === 1 ? 'one document' : `${documents} documents`}`,
      value: ours.ms,
      unit: 'ms',
      reference: { what: 'pg and better-sqlite3', value: bareMs },
      target: { atMost: 2 },
      goal: 6,
    },
  ];
}
