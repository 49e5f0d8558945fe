/** Runs the readers, a process of their own, against a server that is up; and tells what CPU the server took meanwhile. */
import { z } from 'zod';
import type { BenchContext, BenchServer } from '../harness/context.js';
import type { CpuShares } from '../harness/cpu.js';
import type { ReaderPlan } from './readers.js';

const reportSchema = z.object({
  seconds: z.number(),
  frames: z.number(),
  changes: z.number(),
  latencyMs: z.object({ p50: z.number(), p95: z.number(), max: z.number() }),
});

export interface ReadingResult extends z.infer<typeof reportSchema> {
  /** Cores that were busy in the measured window. */
  readonly cpu: CpuShares;
}

export async function readersOn(
  context: BenchContext,
  server: BenchServer,
  plan: Omit<ReaderPlan, 'url'>,
): Promise<ReadingResult> {
  try {
    const whole: ReaderPlan = { ...plan, url: server.url };
    const readers = context.bundled('load/readers.cjs', [JSON.stringify(whole)]);
    await readers.output(/measuring/);
    const watched = context.watch(server.pid);
    const [, text = ''] = await readers.output(/report (.*)\n/);
    const cpu = watched();
    await readers.ended();
    return { ...reportSchema.parse(JSON.parse(text)), cpu };
  } finally {
    await server.stop();
  }
}
