/** A failure as people read it: the seed, the shortest story that leads to it, and which law it breaks. */
import { describeStep, type Scenario } from './scenario.js';
import type { RunResult } from './simulation.js';

const MAX_VIOLATIONS = 5;

export function describeFailure(scenario: Scenario, { violations }: RunResult): string {
  const { seed, clients, strategies, starts, nodes, cacheCharacters, steps } = scenario;
  const who = clients.map((user, index) => `${index} of user ${user} from ${starts[index] ?? 0} ms`).join(', ');
  return [
    `seed ${seed} breaks a law. Repeat it with: npm run simulate -- --seed ${seed}`,
    `clients ${who}; ${strategies.join(' and ')}; ${nodes} node(s), cache of ${cacheCharacters} characters`,
    ...steps.map((step) => `  ${describeStep(step)}`),
    ...violations.slice(0, MAX_VIOLATIONS).map((violation) => `  -> ${violation.slice(0, 1_500)}`),
    ...(violations.length > MAX_VIOLATIONS ? [`  -> and ${violations.length - MAX_VIOLATIONS} more`] : []),
  ].join('\n');
}
