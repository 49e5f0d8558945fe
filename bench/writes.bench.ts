/**
 * Durable acknowledged updates a second through the whole server, beside a bare group-commit server: each writer has one
 * update of a 1 KB document unanswered, and a stream and a document of its own (target 1); and the same with 16 unanswered
 * each, as an outbox is pushed, on one document each and spread over 10,000 (target 2).
 */
import type { Benchmark, Figure } from './harness/benchmark.js';
import type { BenchContext, BenchServer } from './harness/context.js';
import { loadAt, told, warm, type Load } from './load/run-load.js';

const WINDOW = { warmUpMs: 1_000, measureMs: 2_000 };
const ONE_EACH = { inFlight: 1, documentsEach: 1, streams: 'own', contentBytes: 1_024 } as const;
const PUSHING = { ...ONE_EACH, writers: 32, inFlight: 16 } as const;

interface Case {
  readonly what: string;
  readonly load: Omit<Load, keyof typeof WINDOW>;
  readonly goal: number;
  readonly atLeast: number;
  /** Writers, where it stands in the plot of them. */
  readonly plotted?: boolean;
}

const CASES: readonly Case[] = [
  ...[1, 8, 32, 128].map((writers) => ({
    what: `${writers} ${writers === 1 ? 'writer' : 'writers'}, each waiting for its answer`,
    load: { ...ONE_EACH, writers },
    goal: 1,
    atLeast: 0.9,
    plotted: true,
  })),
  { what: '32 writers with 16 unanswered, a document each', load: PUSHING, goal: 2, atLeast: 0.6 },
  {
    what: '32 writers with 16 unanswered, over 10,000 documents',
    load: { ...PUSHING, documentsEach: 313 },
    goal: 2,
    atLeast: 0.6,
  },
];

export const writes: Benchmark = {
  name: 'writes',
  measures: 'updates a second that the server acknowledges, beside a bare group-commit server',
  repeats: 3,
  run: async (context) => {
    const servers = { bare: await context.bareServer('group-commit-server'), ours: await context.server() };
    for (const server of [servers.bare, servers.ours]) await warm(context, server);
    const figures: Figure[] = [];
    for (const each of CASES) figures.push(...(await figuresOf(context, servers, each)));
    return figures;
  },
};

async function figuresOf(
  context: BenchContext,
  servers: { readonly bare: BenchServer; readonly ours: BenchServer },
  { what, load, goal, atLeast, plotted }: Case,
): Promise<Figure[]> {
  const whole: Load = { ...load, ...context.window(WINDOW) };
  const bare = await loadAt(context, servers.bare, whole);
  const ours = await loadAt(context, servers.ours, whole);
  context.say(`${what}: ${told(ours)}; bare: ${told(bare)}`);
  return [
    {
      what,
      value: ours.acknowledgedPerSecond,
      unit: 'a second',
      reference: { what: 'bare server', value: bare.acknowledgedPerSecond },
      target: { atLeast },
      goal,
      cpu: ours.cpu,
      ...(plotted && { point: { plot: 'writers', series: 'this server', x: load.writers, against: true } }),
    },
    {
      what: '  CPU of an update',
      value: ours.microseconds,
      unit: 'us',
      reference: { what: 'bare server', value: bare.microseconds },
    },
    {
      what: '  p95 of an acknowledgment',
      value: ours.latencyMs.p95,
      unit: 'ms',
      reference: { what: 'bare server', value: bare.latencyMs.p95 },
    },
  ];
}
