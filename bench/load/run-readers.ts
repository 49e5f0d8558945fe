/** Runs the readers, a process of their own, against a server that is up; and tells what CPU the server took meanwhile. */
import { z } from 'zod';
import type { BenchContext, BenchServer } from '../harness/context.js';
import { machineCpuMs, processCpuMs } from '../harness/cpu.js';
import type { ReaderPlan } from './readers.js';

const reportSchema = z.object({
  seconds: z.number(),
  frames: z.number(),
  changes: z.number(),
  latencyMs: z.object({ p50: z.number(), p95: z.number(), max: z.number() }),
});

export interface ReadingResult extends z.infer<typeof reportSchema> {
  /** Cores that the server's process kept busy in the measured window, and all else on the machine. */
  readonly serverCpu: number;
  readonly otherCpu: number;
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
    const [machine, mine] = [machineCpuMs(), processCpuMs(server.pid)];
    const [, text = ''] = await readers.output(/report (.*)\n/);
    const window = processCpuMs(server.pid) - mine;
    const all = machineCpuMs() - machine;
    await readers.ended();
    const report = reportSchema.parse(JSON.parse(text));
    return {
      ...report,
      serverCpu: window / 1_000 / report.seconds,
      otherCpu: (all - window) / 1_000 / report.seconds,
    };
  } finally {
    await server.stop();
  }
}
