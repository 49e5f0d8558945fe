/**
 * `npm run simulate -- --seeds N [--seed S]`: runs N seeds from 1 on (or from S), or the one seed S. Exits 1 when one breaks
 * a law, having printed the shortest story that it could find.
 */
import { parseArgs } from 'node:util';
import { describeFailure } from './report.js';
import { makeScenario } from './scenario.js';
import { shrink } from './shrink.js';
import { runScenario } from './simulation.js';

const MAX_FAILURES = 5;
const REPORT_EVERY_MS = 10_000;

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { seeds: { type: 'string' }, seed: { type: 'string' } } });
  const first = Number(values.seed ?? 1);
  const count = Number(values.seeds ?? (values.seed === undefined ? 1_000 : 1));
  if (!Number.isSafeInteger(first) || !Number.isSafeInteger(count) || count < 1) {
    process.stderr.write('usage: npm run simulate -- --seeds N [--seed S]\n');
    return 2;
  }
  const startedAt = performance.now();
  let reportedAt = startedAt;
  let failures = 0;
  let written = 0;
  let events = 0;
  let seed = first;
  for (; seed < first + count && failures < MAX_FAILURES; seed++) {
    const scenario = makeScenario(seed);
    const result = await runScenario(scenario);
    written += result.written;
    events += result.events;
    if (result.violations.length > 0) {
      failures++;
      const small = await shrink(scenario, result, null);
      process.stdout.write(`${describeFailure(small.scenario, small.result)}\n\n`);
    }
    if (performance.now() - reportedAt > REPORT_EVERY_MS) {
      reportedAt = performance.now();
      process.stdout.write(`${seed - first + 1} of ${count} seeds, ${failures} broke a law\n`);
    }
  }
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  process.stdout.write(
    `${seed - first} seeds from ${first} on, ${written} writes, ${events} events of virtual time, ${seconds} s: ${failures} broke a law\n`,
  );
  return failures > 0 ? 1 : 0;
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
