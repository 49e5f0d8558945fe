/** Runs the writers against the server or the bare one, each a process of its own, on a database of its own. */
import { z } from 'zod';
import type { BenchContext } from '../harness/context.js';
import { machineCpuMs, processCpuMs } from '../harness/cpu.js';
import type { WriterPlan } from './writers.js';

export type Load = Omit<WriterPlan, 'url'>;

const reportSchema = z.object({
  acknowledged: z.number(),
  seconds: z.number(),
  latencyMs: z.object({ p50: z.number(), p95: z.number(), p99: z.number(), max: z.number() }),
  cpuMs: z.number(),
});

export interface LoadResult {
  readonly acknowledgedPerSecond: number;
  readonly latencyMs: z.infer<typeof reportSchema>['latencyMs'];
  /** Cores that the server's process kept busy in the measured window, and all else on the machine. */
  readonly serverCpu: number;
  readonly otherCpu: number;
}

export async function loadOn(context: BenchContext, what: 'server' | 'bare', load: Load): Promise<LoadResult> {
  const server = what === 'server' ? await context.server() : await context.bareServer('group-commit-server');
  try {
    const plan: WriterPlan = { ...load, url: server.url };
    const writers = context.bundled('load/writers.cjs', [JSON.stringify(plan)]);
    await writers.output(/measuring/);
    const [machine, mine] = [machineCpuMs(), processCpuMs(server.pid)];
    const [, text = ''] = await writers.output(/report (.*)\n/);
    const window = processCpuMs(server.pid) - mine;
    const all = machineCpuMs() - machine;
    await writers.ended();
    const { acknowledged, seconds, latencyMs } = reportSchema.parse(JSON.parse(text));
    return {
      acknowledgedPerSecond: acknowledged / seconds,
      latencyMs,
      serverCpu: window / 1_000 / seconds,
      otherCpu: (all - window) / 1_000 / seconds,
    };
  } finally {
    await server.stop();
  }
}
