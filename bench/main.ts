/**
 * `npm run bench -- NAME... [--repeats N] [--seconds S] [--reruns N] [--plots FOLDER]`, or `-- all`. Without a
 * name it says which there are.
 *
 * `--seconds` sets the length of every measured window, `--reruns` how many runs more there may be where something else
 * disturbed some (2), `--plots` also writes the plots to a folder. Each run begins with
 * nothing; the table shows the median and, where it matters, the spread. Exit codes: 0 all was measured, whether or not a
 * target was met; 1 a benchmark failed (the others are told); 2 the command was written wrongly.
 */
import 'reflect-metadata';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import Database from 'better-sqlite3';
import { BENCHMARKS } from './benchmarks.js';
import { GOALS } from './goals.js';
import type { Benchmark } from './harness/benchmark.js';
import { BenchContext } from './harness/context.js';
import { describeMachine } from './harness/machine.js';
import { writePlots } from './harness/plot.js';
import { goalTableOf, tableOf, writeResults } from './harness/report.js';
import { runBenchmark, type BenchmarkReport } from './harness/run-benchmark.js';

/** The command is run by npm, in the repository's folder. */
const ROOT = process.cwd();

interface Asked {
  readonly benchmarks: readonly Benchmark[];
  readonly all: boolean;
  readonly options: { readonly repeats?: number; readonly measureMs?: number; readonly reruns?: number };
  readonly plots: string | undefined;
}

async function main(): Promise<number> {
  const asked = readArguments();
  if (!asked) return 2;
  const reports: BenchmarkReport[] = [];
  let failed = 0;
  const tell = (line: string): void => void process.stderr.write(line);
  for (const benchmark of asked.benchmarks) {
    process.stdout.write(`${benchmark.name}: ${benchmark.measures}\n`);
    try {
      reports.push(await runBenchmark(benchmark, { root: ROOT, tell, ...asked.options }));
    } catch (error) {
      // What the others have measured, in many minutes perhaps, is worth telling all the same.
      failed++;
      console.error(`${benchmark.name} failed:`, error);
    }
  }
  await report(asked, reports);
  return failed === 0 ? 0 : 1;
}

async function report(asked: Asked, reports: readonly BenchmarkReport[]): Promise<void> {
  const results = reports.flatMap((each) => each.results);
  const machine = describeMachine(sqliteVersion(), BenchContext.postgresVersion);
  const parts = Object.values(machine).filter((part: string | null) => part !== null);
  process.stdout.write(`\n${parts.join(', ')}\n\n${tableOf(results)}`);
  for (const { name, runs, seconds } of reports) {
    const noisy = runs.filter((run) => run.noisy && run.counts).length;
    const note = noisy > 0 ? `; NOISY: in ${noisy} of those that count, something else took too much CPU` : '';
    process.stdout.write(
      `\n${name}: ${runs.length} run${runs.length === 1 ? '' : 's'}, ${Math.round(seconds)} s${note}`,
    );
  }
  process.stdout.write('\n');
  if (asked.all) process.stdout.write(`\n${goalTableOf(GOALS, results)}`);
  const folder = await writeResults(join(ROOT, 'bench/results'), machine, reports);
  await writePlots(folder, results);
  if (asked.plots !== undefined) await writePlots(join(ROOT, asked.plots), results);
  process.stdout.write(`\nwritten to ${folder}\n`);
}

function readArguments(): Asked | undefined {
  try {
    const { values, positionals } = parseArgs({
      options: {
        repeats: { type: 'string' },
        seconds: { type: 'string' },
        reruns: { type: 'string' },
        plots: { type: 'string' },
      },
      allowPositionals: true,
    });
    const repeats = numberOf('repeats', values.repeats, (value) => Number.isSafeInteger(value) && value > 0);
    const seconds = numberOf('seconds', values.seconds, (value) => Number.isFinite(value) && value > 0);
    const reruns = numberOf('reruns', values.reruns, (value) => Number.isSafeInteger(value) && value >= 0);
    if (positionals.length === 0) throw new Error('which benchmark?');
    const all = positionals.includes('all');
    const unknown = positionals.find((name) => name !== 'all' && !BENCHMARKS.some((each) => each.name === name));
    if (unknown !== undefined) throw new Error(`there is no benchmark "${unknown}"`);
    return {
      benchmarks: BENCHMARKS.filter(({ name }) => all || positionals.includes(name)),
      all,
      options: {
        ...(repeats !== undefined && { repeats }),
        ...(reruns !== undefined && { reruns }),
        ...(seconds !== undefined && { measureMs: seconds * 1_000 }),
      },
      plots: values.plots,
    };
  } catch (error) {
    const list = BENCHMARKS.map(({ name, measures }) => `  ${name.padEnd(11)} ${measures}\n`).join('');
    const problem = error instanceof Error ? error.message : String(error);
    const usage = 'npm run bench -- NAME... [--repeats N] [--seconds S] [--reruns N] [--plots FOLDER]';
    process.stderr.write(`${problem}\nUsage: ${usage}, or all of them:\n${list}`);
    return undefined;
  }
}

function numberOf(name: string, text: string | undefined, allowed: (value: number) => boolean): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text === '' || !allowed(value)) throw new Error(`--${name} does not take "${text}"`);
  return value;
}

function sqliteVersion(): string {
  const database = new Database(':memory:');
  try {
    return `SQLite ${String(database.prepare('SELECT sqlite_version()').pluck().get())}`;
  } finally {
    database.close();
  }
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = 1;
  },
);
