/** Runs the writers, a process of their own, against the server or the bare one; and tells what CPU they took. */
import { z } from 'zod';
import { cpuText, type CpuShares } from '../harness/cpu.js';
import type { BenchContext, BenchServer } from '../harness/context.js';
import type { WriterPlan } from './writers.js';

export type Load = Omit<WriterPlan, 'url'>;

const reportSchema = z.object({
  acknowledged: z.number(),
  read: z.number(),
  seconds: z.number(),
  latencyMs: z.object({ p50: z.number(), p95: z.number(), p99: z.number(), max: z.number() }),
  cpuMs: z.number(),
  bytes: z.object({ sent: z.number(), received: z.number() }),
});

export interface LoadResult extends z.infer<typeof reportSchema> {
  readonly acknowledgedPerSecond: number;
  readonly cpu: CpuShares;
}

/** Against a server of its own, which is stopped afterwards. */
export async function loadOn(context: BenchContext, what: 'server' | 'bare', load: Load): Promise<LoadResult> {
  const server = what === 'server' ? await context.server() : await context.bareServer('group-commit-server');
  try {
    return await loadAt(context, server, load);
  } finally {
    await server.stop();
  }
}

/**
 * Against a server that is up, and stays.
 * @param measuring called when the warm-up is over
 */
export async function loadAt(
  context: BenchContext,
  server: BenchServer,
  load: Load,
  measuring: () => Promise<void> = async () => undefined,
): Promise<LoadResult> {
  const plan: WriterPlan = { ...load, url: server.url };
  const writers = context.bundled('load/writers.cjs', [JSON.stringify(plan)]);
  await writers.output(/measuring/);
  const watched = context.watch(server.pid);
  await measuring();
  const [, text = ''] = await writers.output(/report (.*)\n/);
  const cpu = watched();
  await writers.ended();
  const report = reportSchema.parse(JSON.parse(text));
  return { ...report, acknowledgedPerSecond: report.acknowledged / report.seconds, cpu };
}

export function told({ acknowledgedPerSecond, latencyMs, cpu }: LoadResult): string {
  const latency = `p50 ${latencyMs.p50.toFixed(1)} ms, p99 ${latencyMs.p99.toFixed(1)} ms`;
  return `${Math.round(acknowledgedPerSecond)}/s, ${latency}, ${cpuText(cpu)}`;
}
