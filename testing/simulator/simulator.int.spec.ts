/** The simulator as CI runs it: it repeats exactly, it can fail, and what it has found once stays mended. */
import { PLANTED_FAULTS, type PlantedFault } from './planted-fault.js';
import { describeFailure } from './report.js';
import { makeScenario, type Scenario } from './scenario.js';
import { shrink } from './shrink.js';
import { runScenario, type RunResult } from './simulation.js';

/** About a minute of them; `npm run simulate` takes any number. */
const SEEDS = 1_200;
const SEEDS_A_TEST = 100;
/** Each of the planted faults is found well before. */
const SEEDS_A_FAULT = 300;
const MINUTES = 5 * 60_000;

it.each(Array.from({ length: SEEDS / SEEDS_A_TEST }, (_, index) => 1 + index * SEEDS_A_TEST))(
  'holds every law from seed %i on',
  async (first) => {
    for (let seed = first; seed < first + SEEDS_A_TEST; seed++) {
      const scenario = makeScenario(seed);
      const result = await runScenario(scenario);
      if (result.violations.length > 0) {
        const small = await shrink(scenario, result, null);
        throw new Error(describeFailure(small.scenario, small.result));
      }
    }
  },
  MINUTES,
);

it.each([206552, 209069, 990165])('holds every law of seed %i, which once broke one', async (seed) => {
  expect((await runScenario(makeScenario(seed))).violations).toEqual([]);
});

it.each([3, 70, 131])('repeats seed %i exactly', async (seed) => {
  const first = await runScenario(makeScenario(seed));
  const second = await runScenario(makeScenario(seed));
  expect(second).toEqual(first);
  expect((await runScenario(makeScenario(seed + 1))).digest).not.toBe(first.digest);
});

it.each(PLANTED_FAULTS)(
  'finds a planted fault: %s',
  async (fault) => {
    const found = await firstFailure(fault);
    expect(found).toBeDefined();
  },
  MINUTES,
);

it(
  'tells a failure by its seed and the shortest story that leads to it',
  async () => {
    const found = await firstFailure('silent-loss');
    if (!found) throw new Error('nothing was found');
    const small = await shrink(found.scenario, found.result, 'silent-loss');
    expect(small.scenario.steps.length).toBeLessThan(found.scenario.steps.length);
    // Nothing that is left can be left out.
    for (const left of small.scenario.steps) {
      const steps = small.scenario.steps.filter((step) => step !== left);
      expect((await runScenario({ ...small.scenario, steps }, 'silent-loss')).violations).toEqual([]);
    }
    const text = describeFailure(small.scenario, small.result);
    expect(text).toContain(`npm run simulate -- --seed ${found.scenario.seed}`);
    expect(text).toContain('law 7');
  },
  MINUTES,
);

async function firstFailure(fault: PlantedFault): Promise<{ scenario: Scenario; result: RunResult } | undefined> {
  for (let seed = 1; seed <= SEEDS_A_FAULT; seed++) {
    const scenario = makeScenario(seed);
    const result = await runScenario(scenario, fault);
    if (result.violations.length > 0) return { scenario, result };
  }
  return undefined;
}
