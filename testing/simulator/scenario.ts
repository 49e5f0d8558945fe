/** What is going to happen, made of a seed: who there is, and a list of steps. A step can be left out without the others changing. */
import type { ConflictStrategy } from '@json-database-sync/domain';
import { Random } from './random.js';
import { STRATEGIES } from './settling.js';

export const STEP_KINDS = [
  'write',
  'reconsider',
  'bring-back',
  'disconnect',
  'connect',
  'cut',
  'deaf',
  'stall',
  'clog',
  'duplicate',
  'slow-network',
  'kill-client',
  'kill-node',
  'database-away',
  'lost-answer',
  'client-clock',
  'node-clock',
  'retention',
  'backup',
  'roll-back',
  'probe',
] as const;

export type StepKind = (typeof STEP_KINDS)[number];

export interface Step {
  /** Virtual milliseconds. */
  readonly at: number;
  readonly kind: StepKind;
  /** Which client or node, where it concerns one; taken modulo how many there are. */
  readonly who: number;
  /** How long it lasts, where it does. */
  readonly ms: number;
  /** The step's own chance. */
  readonly seed: number;
}

export interface Scenario {
  readonly seed: number;
  /** Whose each client is, by the number of the user. */
  readonly clients: readonly number[];
  /** How each user's stream settles what overlaps. */
  readonly strategies: readonly [ConflictStrategy, ConflictStrategy];
  /** When each client is first started. */
  readonly starts: readonly number[];
  readonly nodes: number;
  readonly cacheCharacters: number;
  readonly steps: readonly Step[];
}

/** How common each kind is, in hundredths of all steps; the rest are writes. */
const FAULTS: readonly (readonly [StepKind, number])[] = [
  ['reconsider', 13],
  ['bring-back', 5],
  ['disconnect', 4],
  ['connect', 4],
  ['cut', 6],
  ['deaf', 3],
  ['stall', 3],
  ['clog', 2],
  ['duplicate', 3],
  ['slow-network', 2],
  ['kill-client', 6],
  ['kill-node', 4],
  ['database-away', 2],
  ['lost-answer', 4],
  ['client-clock', 2],
  ['node-clock', 2],
  ['retention', 2],
  ['probe', 2],
];
const CLOCK_MS = 6 * 3_600_000;

export function makeScenario(seed: number): Scenario {
  const random = Random.named(seed, 'scenario');
  const clients = [0, 0, ...(random.chance(0.5) ? [0] : []), ...(random.chance(0.5) ? [1] : [])];
  const length = random.between(5_000, 60_000);
  const steps = Array.from({ length: random.between(12, 60) }, () => makeStep(random, length));
  if (random.chance(0.15)) {
    const taken = random.below(length * 0.7);
    steps.push({ ...makeStep(random, length), kind: 'backup', at: taken });
    steps.push({ ...makeStep(random, length), kind: 'roll-back', at: random.between(taken, length) });
  }
  return {
    seed,
    clients,
    strategies: [random.pick(STRATEGIES), random.pick(STRATEGIES)],
    starts: clients.map(() => (random.chance(0.7) ? 0 : random.below(length))),
    nodes: random.chance(0.5) ? 2 : 1,
    cacheCharacters: random.chance(0.5) ? 1_000_000 : 2_000,
    steps: steps.sort((a, b) => a.at - b.at),
  };
}

function makeStep(random: Random, length: number): Step {
  const kind = kindOf(random.below(100));
  const isClock = kind === 'client-clock' || kind === 'node-clock';
  return {
    at: random.below(length),
    kind,
    who: random.below(12),
    ms: isClock ? random.between(-CLOCK_MS, CLOCK_MS) : random.between(10, random.chance(0.5) ? 500 : 15_000),
    seed: random.below(2 ** 31),
  };
}

function kindOf(roll: number): StepKind {
  let left = roll;
  for (const [kind, share] of FAULTS) {
    if (left < share) return kind;
    left -= share;
  }
  return 'write';
}

export function describeStep({ at, kind, who, ms, seed }: Step): string {
  return `${String(at).padStart(7)} ms  ${kind.padEnd(14)} who ${who}, for ${ms} ms, seed ${seed}`;
}
