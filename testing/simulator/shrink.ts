/** Makes a failing scenario small: steps are left out, in ever smaller groups, for as long as it still breaks a law. */
import type { PlantedFault } from './planted-fault.js';
import type { Scenario, Step } from './scenario.js';
import { runScenario, type RunResult } from './simulation.js';

const MAX_RUNS = 400;

export interface Shrunk {
  readonly scenario: Scenario;
  readonly result: RunResult;
}

export async function shrink(scenario: Scenario, result: RunResult, planted: PlantedFault | null): Promise<Shrunk> {
  let best: Shrunk = { scenario, result };
  let runs = 0;
  let size = Math.ceil(scenario.steps.length / 2);
  const law = lawOf(result);
  while (size >= 1 && runs < MAX_RUNS) {
    let smaller = false;
    for (let from = 0; from < best.scenario.steps.length && runs < MAX_RUNS;) {
      const steps = without(best.scenario.steps, from, size);
      const tried = { ...best.scenario, steps };
      runs++;
      const outcome = await runScenario(tried, planted);
      // It has to be the same law, or one failure would turn into another that is easier to come by.
      if (outcome.violations.length > 0 && lawOf(outcome) === law) {
        best = { scenario: tried, result: outcome };
        smaller = true;
      } else {
        from += size;
      }
    }
    if (!smaller) size = size === 1 ? 0 : Math.ceil(size / 2);
  }
  return best;
}

function without(steps: readonly Step[], from: number, count: number): Step[] {
  return [...steps.slice(0, from), ...steps.slice(from + count)];
}

function lawOf({ violations }: RunResult): string {
  return (violations[0] ?? '').slice(0, 'law 1'.length);
}
