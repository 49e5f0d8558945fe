/**
 * One writer, many readers of one stream. How long it takes from the call that writes until the last of 100 readers has the
 * change, at 20 a second, beside the bare group-commit server (target 3); and how many changes a second reach 1,000 readers,
 * beside ws and nothing else, which sends one frame, framed once, of as many changes as ours had in one (target 4).
 */
import type { Benchmark, Figure } from './harness/benchmark.js';
import type { BenchContext, BenchServer } from './harness/context.js';
import { cpuText } from './harness/cpu.js';
import { warm } from './load/run-load.js';
import { readersOn, type ReadingResult } from './load/run-readers.js';

/** Its frames have the two bytes of length that 65,535 bytes take. */
const MOST_IN_A_BARE_FRAME = 100;

const WINDOW = { warmUpMs: 1_500, measureMs: 3_000 };

export const fanOut: Benchmark = {
  name: 'fan-out',
  measures: 'how soon and how often a change reaches the readers of a stream, beside a bare server',
  repeats: 3,
  run: async (context) => [...(await latency(context)), ...(await deliveries(context))],
};

async function latency(context: BenchContext): Promise<Figure[]> {
  const plan = { readers: 100, updatesPerSecond: 20, ...context.window(WINDOW) };
  const bare = await readersOn(context, await warmed(context, await context.bareServer('group-commit-server')), plan);
  const ours = await readersOn(context, await warmed(context, await context.server()), plan);
  context.say(`100 readers: ${told(ours)}; bare: ${told(bare)}`);
  return (['p50', 'p95'] as const).map((share) => ({
    what: `a change to the last of 100 readers, ${share}`,
    value: ours.latencyMs[share],
    unit: 'ms',
    reference: { what: 'bare server', value: bare.latencyMs[share] },
    target: { atMost: 1.2 },
    goal: 3,
    cpu: ours.cpu,
  }));
}

async function warmed(context: BenchContext, server: BenchServer): Promise<BenchServer> {
  await warm(context, server);
  return server;
}

async function deliveries(context: BenchContext): Promise<Figure[]> {
  const readers = 1_000;
  const window = context.window(WINDOW);
  const ours = await readersOn(context, await warmed(context, await context.server()), {
    readers,
    updatesPerSecond: null,
    ...window,
  });
  const perFrame = Math.max(1, Math.min(MOST_IN_A_BARE_FRAME, Math.round(ours.changes / ours.frames)));
  const bareServer = await context.bareServer('fan-out-server', [String(readers), String(perFrame)]);
  const bare = await readersOn(context, bareServer, { readers, updatesPerSecond: 0, ...window });
  context.say(`1,000 readers: ${told(ours)}; bare: ${told(bare)}; ${perFrame} changes a frame`);
  const perSecond = (result: ReadingResult, what: 'frames' | 'changes'): number => result[what] / result.seconds;
  return [
    {
      what: 'changes to 1,000 readers',
      value: perSecond(ours, 'changes'),
      unit: 'a second',
      reference: { what: 'frames of as many, prepared once, by ws alone', value: perSecond(bare, 'changes') },
      target: { atLeast: 0.8 },
      goal: 4,
      cpu: ours.cpu,
    },
    { what: '  frames that they came in', value: perSecond(ours, 'frames'), unit: 'a second' },
  ];
}

function told({ frames, seconds, latencyMs, cpu }: ReadingResult): string {
  const latency = `p50 ${latencyMs.p50.toFixed(1)} ms, p95 ${latencyMs.p95.toFixed(1)} ms`;
  return `${Math.round(frames / seconds)} frames/s, ${latency}, ${cpuText(cpu)}`;
}
