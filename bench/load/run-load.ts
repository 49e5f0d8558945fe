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
  /** CPU of the server's process and of PostgreSQL for each request: it says more than the rate where others use the machine. */
  readonly microseconds: number;
}

/** How long each kind of load runs that makes a server warm. */
export const WARM_MS = 3_000;

/**
 * Makes a server warm: what has just started is still compiling what it runs, which is not what is to be measured. With much
 * to do and then with little, since that is not the same code.
 */
export async function warm(context: BenchContext, server: BenchServer): Promise<void> {
  const load = { documentsEach: 1, streams: 'own', contentBytes: 1_024, warmUpMs: 0, measureMs: WARM_MS } as const;
  await loadAt(context, server, { ...load, writers: 32, inFlight: 16 });
  await loadAt(context, server, { ...load, writers: 1, inFlight: 1 });
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
  const { acknowledged, read, seconds } = report;
  const microseconds = ((cpu.server + cpu.postgres) * seconds * 1_000_000) / (acknowledged + read);
  return { ...report, acknowledgedPerSecond: acknowledged / seconds, cpu, microseconds };
}

export function told({ acknowledgedPerSecond, latencyMs, cpu }: LoadResult): string {
  const latency = `p50 ${latencyMs.p50.toFixed(1)} ms, p99 ${latencyMs.p99.toFixed(1)} ms`;
  return `${Math.round(acknowledgedPerSecond)}/s, ${latency}, ${cpuText(cpu)}`;
}
