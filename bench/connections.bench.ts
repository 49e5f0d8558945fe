/**
 * What a client that is connected, subscribed and idle costs the server in memory (target 8), beside ws and nothing else.
 * The slope between two numbers of connections counts, each after the garbage has been collected: what the process takes
 * anyway, and what the first connections warm up, is in neither.
 */
import { z } from 'zod';
import type { Benchmark, Figure } from './harness/benchmark.js';
import type { BenchContext, BenchServer } from './harness/context.js';
import type { IdlePlan } from './load/idle.js';

const STOPS = [500, 1_500, 3_500] as const;
const KILOBYTE = 1_024;

const memorySchema = z.object({ rss: z.number(), heapUsed: z.number(), external: z.number() });
type Memory = z.infer<typeof memorySchema>;

export const connections: Benchmark = {
  name: 'connections',
  measures: 'memory of the server for an idle, subscribed client',
  repeats: 3,
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

const PROBED = { NODE_OPTIONS: '--require ./bench/dist/harness/memory-probe.cjs' };

async function perClient(context: BenchContext, server: BenchServer): Promise<Memory> {
  const plan: IdlePlan = { url: server.url, stops: [...STOPS] };
  const clients = context.bundled('load/idle.cjs', [JSON.stringify(plan)]);
  const measured: Memory[] = [];
  try {
    for (const stop of STOPS) {
      await clients.output(new RegExp(`connected ${stop}\n`));
      process.kill(server.pid, 'SIGUSR2');
      const [, text = ''] = await server.output(new RegExp(`memory ${measured.length + 1} (.*)\n`));
      measured.push(memorySchema.parse(JSON.parse(text)));
      process.kill(clients.pid, 'SIGUSR2');
    }
    await clients.ended();
  } finally {
    await server.stop();
  }
  const [first, last] = [measured[0], measured.at(-1)];
  const between = (STOPS.at(-1) ?? 0) - STOPS[0];
  const slope = (what: keyof Memory): number => ((last?.[what] ?? 0) - (first?.[what] ?? 0)) / between / KILOBYTE;
  return { rss: slope('rss'), heapUsed: slope('heapUsed'), external: slope('external') };
}

function told({ rss, heapUsed, external }: Memory): string {
  return `${rss.toFixed(1)} KB, heap ${heapUsed.toFixed(1)}, external ${external.toFixed(1)}`;
}
