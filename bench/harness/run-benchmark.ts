/**
 * Runs a benchmark as often as it is to be. A run in which something else took too much of the machine counts as noisy and is
 * made up for by another one, a few times at most; where there are still too few quiet ones, the least noisy count.
 */
import { resultsOf, type Benchmark, type Figure, type Result } from './benchmark.js';
import { BenchContext, type ContextOptions } from './context.js';
import { CpuWindow, isNoisy, type CpuShares } from './cpu.js';

/** Where nobody has said otherwise. */
const RERUNS = 2;

export interface RunOptions extends Omit<ContextOptions, 'say'> {
  /** Where somebody has said how many; else as the benchmark has it. */
  readonly repeats?: number;
  /** How many runs more there may be where runs were noisy. */
  readonly reruns?: number;
  readonly tell: (line: string) => void;
}

export interface BenchmarkReport {
  readonly name: string;
  readonly results: readonly Result[];
  readonly seconds: number;
  readonly runs: readonly RunReport[];
}

/** What one run took; with the cores that others took while it measured, or where nothing was watched, in all of it. */
export interface RunReport {
  readonly seconds: number;
  readonly cpu: CpuShares;
  readonly othersWhileMeasuring: number;
  readonly noisy: boolean;
  /** Whether its figures are among those that count. */
  readonly counts: boolean;
}

interface Run extends Omit<RunReport, 'counts'> {
  readonly figures: Figure[];
}

export async function runBenchmark(benchmark: Benchmark, options: RunOptions): Promise<BenchmarkReport> {
  const began = performance.now();
  const repeats = options.repeats ?? benchmark.repeats;
  const runs: Run[] = [];
  const say = (what: string): void => {
    options.tell(`  ${repeats === 1 ? '' : `run ${runs.length + 1} of ${repeats}: `}${what}\n`);
  };
  const quiet = (): number => runs.filter(({ noisy }) => !noisy).length;
  const more = (): boolean => quiet() < repeats && runs.length < repeats + (judged() ? (options.reruns ?? RERUNS) : 0);
  const take = async (run: Run): Promise<void> => {
    runs.push(run);
    if (!run.noisy) return;
    const cores = run.othersWhileMeasuring.toFixed(2);
    options.tell(`  something else kept ${cores} cores busy: a noisy run\n`);
  };
  if ('prepare' in benchmark) {
    await inContext({ ...options, say }, async (context) => {
      const once = await benchmark.prepare(context);
      context.takeRest();
      while (more()) await take(await timed(context, once));
    });
  } else {
    while (more()) {
      await inContext({ ...options, say }, async (context) => take(await timed(context, () => benchmark.run(context))));
    }
  }
  const best = runs.toSorted((a, b) => a.othersWhileMeasuring - b.othersWhileMeasuring).slice(0, repeats);
  const counted = judged() ? best : runs;
  const results = resultsOf(
    benchmark.name,
    counted.map(({ figures }) => figures),
  );
  return {
    name: benchmark.name,
    results,
    seconds: (performance.now() - began) / 1_000,
    runs: runs.map(({ figures: _, ...run }) => ({
      ...run,
      counts: counted.some(({ seconds }) => seconds === run.seconds),
    })),
  };
}

/** Where PostgreSQL is not the benchmark's own, its work cannot be told from that of others. */
function judged(): boolean {
  return (process.env['DATABASE_URL'] ?? '') === '';
}

async function timed(context: BenchContext, once: () => Promise<Figure[]>): Promise<Run> {
  const [began, window] = [performance.now(), new CpuWindow()];
  const figures = await once();
  const cpu = window.end();
  const othersWhileMeasuring = context.takeRest() ?? cpu.rest;
  const seconds = (performance.now() - began) / 1_000;
  return { figures, seconds, cpu, othersWhileMeasuring, noisy: judged() && isNoisy(othersWhileMeasuring) };
}

/** All that it made is gone afterwards, also where it fails or is interrupted. */
async function inContext(options: ContextOptions, work: (context: BenchContext) => Promise<void>): Promise<void> {
  const context = await BenchContext.open(options);
  const interrupted = (): void => void context.close().finally(() => process.exit(130));
  process.once('SIGINT', interrupted);
  process.once('SIGTERM', interrupted);
  try {
    await work(context);
  } finally {
    process.off('SIGINT', interrupted);
    process.off('SIGTERM', interrupted);
    await context.close();
  }
}
