/**
 * A new client that pulls 10,000 documents of 1 KB into its SQLite, from opening its file until all is there, beside what
 * better-sqlite3 alone takes to store the same rows (target 5). Another client has pulled before, to warm up the server. Full
 * text is told by itself: better-sqlite3 does without it.
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Benchmark, Figure } from './harness/benchmark.js';
import type { BenchContext } from './harness/context.js';
import { Filling, runBare, runSdk } from './load/sdk-programs.js';

const DOCUMENTS = 10_000;

export const pull: Benchmark = {
  name: 'pull',
  measures: `a new client pulling ${DOCUMENTS} documents, beside better-sqlite3 storing the same rows`,
  repeats: 3,
  run,
};

async function run(context: BenchContext): Promise<Figure[]> {
  const server = await context.server();
  const userId = randomUUID();
  context.say(`writing ${DOCUMENTS} documents`);
  const filling = await Filling.begin(server.url, userId);
  await filling.create(DOCUMENTS);
  filling.end();
  const pulled = (name: string) =>
    runSdk(context, { kind: 'sync', url: server.url, userId, database: join(context.folder, `${name}.sqlite`) });
  // A server that has never read compiles while it does, and PostgreSQL marks what it finds committed.
  const first = await pulled('first');
  const ours = await pulled('pulled');
  const database = join(context.folder, 'pulled.sqlite');
  const bareMs = await runBare(context, { kind: 'documents', database: `${database}-bare`, from: database });
  context.say(
    `SDK ${Math.round(ours.ms)} ms (CPU ${Math.round(ours.cpuMs)} ms; the first client ${Math.round(first.ms)} ms), ` +
      `better-sqlite3 ${Math.round(bareMs)} ms`,
  );
  const perSecond = (ms: number): number => (DOCUMENTS * 1_000) / ms;
  return [
    {
      what: `${DOCUMENTS} documents of 1 KB pulled`,
      value: perSecond(ours.ms),
      unit: 'documents/s',
      reference: { what: 'better-sqlite3', value: perSecond(bareMs) },
      target: { atLeast: 0.5 },
      goal: 5,
    },
    { what: '  the first search by words after it', value: ours.searchMs, unit: 'ms' },
  ];
}
