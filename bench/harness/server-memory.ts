/**
 * The memory of a server that has the probe loaded. The slope between two states counts, each after the garbage has been
 * collected: what the process takes anyway, and what the first of its kind warms up, is in neither.
 */
import { z } from 'zod';
import type { BenchServer } from './context.js';

/** The environment of a server that can be measured. */
export const PROBED = { NODE_OPTIONS: '--require ./bench/dist/harness/memory-probe.cjs' };

const memorySchema = z.object({ rss: z.number(), heapUsed: z.number(), external: z.number() });
/** In bytes, or in KB each. */
export type Memory = z.infer<typeof memorySchema>;

const KILOBYTE = 1_024;

export class ServerMemory {
  private readonly states: { readonly count: number; readonly memory: Memory }[] = [];

  constructor(private readonly server: BenchServer) {}

  /** Measures, with so many of what is counted there. */
  async measureAt(count: number): Promise<void> {
    process.kill(this.server.pid, 'SIGUSR2');
    const [, text = ''] = await this.server.output(new RegExp(`memory ${this.states.length + 1} (.*)\n`));
    this.states.push({ count, memory: memorySchema.parse(JSON.parse(text)) });
  }

  /** KB for each one more, between the first measurement and the last. */
  each(): Memory {
    const [first, last] = [this.states[0], this.states.at(-1)];
    if (!first || !last || first === last) throw new Error('a slope takes two measurements');
    const slope = (what: keyof Memory): number =>
      (last.memory[what] - first.memory[what]) / (last.count - first.count) / KILOBYTE;
    return { rss: slope('rss'), heapUsed: slope('heapUsed'), external: slope('external') };
  }
}
