/**
 * `npm run bench -- NAME... [--repeats N]`, or `-- all`. Without a name it says which there are.
 *
 * Each run begins with nothing; the table shows the median and, where it matters, the spread. Exit codes: 0 all was
 * measured, whether or not a target was met; 1 something failed; 2 the command was written wrongly.
 */
import 'reflect-metadata';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import Database from 'better-sqlite3';
import { BENCHMARKS } from './benchmarks.js';
import { resultsOf, type Benchmark, type Figure, type Result } from './harness/benchmark.js';
import { BenchContext } from './harness/context.js';
import { describeMachine } from './harness/machine.js';
import { tableOf, writeResults } from './harness/report.js';

/** The command is run by npm, in the repository's folder. */
const ROOT = process.cwd();

async function main(): Promise<number> {
  const chosen = readArguments();
  if (!chosen) return 2;
  const results: Result[] = [];
  for (const benchmark of chosen.benchmarks) {
    process.stdout.write(`${benchmark.name}: ${benchmark.measures}\n`);
    const runs: Figure[][] = [];
    const repeats = chosen.repeats ?? benchmark.repeats;
    while (runs.length < repeats) {
      const prefix = repeats === 1 ? '' : `run ${runs.length + 1} of ${repeats}: `;
      runs.push(await runOnce(benchmark, (what) => process.stderr.write(`  ${prefix}${what}\n`)));
    }
    results.push(...resultsOf(benchmark.name, runs));
  }
  const machine = describeMachine(sqliteVersion(), BenchContext.postgresVersion);
  const parts = Object.values(machine).filter((part: string | null) => part !== null);
  process.stdout.write(`\n${parts.join(', ')}\n\n${tableOf(results)}`);
  const file = await writeResults(join(ROOT, 'bench/results'), machine, results);
  process.stdout.write(`\nwritten to ${file}\n`);
  return 0;
}

async function runOnce(benchmark: Benchmark, say: (what: string) => void): Promise<Figure[]> {
  const context = await BenchContext.open(say, ROOT);
  const interrupted = (): void => void context.close().finally(() => process.exit(130));
  process.once('SIGINT', interrupted);
  process.once('SIGTERM', interrupted);
  try {
    return await benchmark.run(context);
  } finally {
    process.off('SIGINT', interrupted);
    process.off('SIGTERM', interrupted);
    await context.close();
  }
}

function readArguments(): { benchmarks: readonly Benchmark[]; repeats: number | undefined } | undefined {
  try {
    const { values, positionals } = parseArgs({ options: { repeats: { type: 'string' } }, allowPositionals: true });
    const repeats = values.repeats === undefined ? undefined : Number(values.repeats);
    if (repeats !== undefined && !(Number.isSafeInteger(repeats) && repeats > 0)) throw new Error('how many repeats?');
    if (positionals.length === 0) throw new Error('which benchmark?');
    if (positionals.includes('all')) return { benchmarks: BENCHMARKS, repeats };
    const unknown = positionals.find((name) => !BENCHMARKS.some((benchmark) => benchmark.name === name));
    if (unknown !== undefined) throw new Error(`there is no benchmark "${unknown}"`);
    return { benchmarks: BENCHMARKS.filter(({ name }) => positionals.includes(name)), repeats };
  } catch (error) {
    const list = BENCHMARKS.map(({ name, measures }) => `  ${name.padEnd(10)} ${measures}\n`).join('');
    const problem = error instanceof Error ? error.message : String(error);
    process.stderr.write(`${problem}\nUsage: npm run bench -- NAME... [--repeats N], or all of them:\n${list}`);
    return undefined;
  }
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
