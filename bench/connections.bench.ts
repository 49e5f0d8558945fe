/**
 * What a client that is connected, subscribed and idle costs the server in memory (target 8), beside ws and nothing else.
 */
import type { Benchmark, Figure } from './harness/benchmark.js';
import type { BenchContext, BenchServer } from './harness/context.js';
import { PROBED, ServerMemory, type Memory } from './harness/server-memory.js';
import type { IdlePlan } from './load/idle.js';

const STOPS = [500, 1_500, 3_500] as const;
export const connections: Benchmark = {
  name: 'connections',
  measures: 'memory of the server for an idle, subscribed client',
  repeats: 1,
  run: async (context) => {
    const bare = await perClient(context, await context.bareServer('fan-out-server', ['0'], PROBED));
    const ours = await perClient(context, await context.server(PROBED));
    context.say(`ours: ${told(ours)}; ws alone: ${told(bare)}`);
    const figures: Figure[] = [
      { what: 'an idle client', value: ours.rss, unit: 'KB', target: { atMost: 12 }, goal: 8 },
      { what: '  of it JavaScript heap', value: ours.heapUsed, unit: 'KB' },
      { what: '  of it buffers and other external memory', value: ours.external, unit: 'KB' },
      { what: 'the same, ws alone', value: bare.rss, unit: 'KB' },
      { what: '  of it JavaScript heap', value: bare.heapUsed, unit: 'KB' },
    ];
    return figures;
  },
};

async function perClient(context: BenchContext, server: BenchServer): Promise<Memory> {
  const plan: IdlePlan = { url: server.url, stops: [...STOPS] };
  const clients = context.bundled('load/idle.cjs', [JSON.stringify(plan)]);
  const used = new ServerMemory(server);
  try {
    for (const stop of STOPS) {
      await clients.output(new RegExp(`connected ${stop}\n`));
      await used.measureAt(stop);
      process.kill(clients.pid, 'SIGUSR2');
    }
    await clients.ended();
  } finally {
    await server.stop();
  }
  return used.each();
}

function told({ rss, heapUsed, external }: Memory): string {
  return `${rss.toFixed(1)} KB, heap ${heapUsed.toFixed(1)}, external ${external.toFixed(1)}`;
}
