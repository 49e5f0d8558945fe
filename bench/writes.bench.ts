/**
 * Durable acknowledged updates a second through the whole server, beside a bare group-commit server: each writer has one
 * update of a 1 KB document unanswered, and a stream and a document of its own (target 1); and the same with 16 unanswered
 * each, as an outbox is pushed, on one document each and spread over 10,000 (target 2).
 */
import type { Benchmark, Figure } from './harness/benchmark.js';
import type { BenchContext } from './harness/context.js';
import { loadOn, type Load } from './load/run-load.js';

const WINDOW = { warmUpMs: 2_000, measureMs: 5_000 };
const ONE_EACH = { inFlight: 1, documentsEach: 1, streams: 'own', contentBytes: 1_024, ...WINDOW } as const;

const WAITING: readonly (readonly [string, Load])[] = [1, 8, 32, 128].map((writers) => [
  `${writers} ${writers === 1 ? 'writer' : 'writers'}, each waiting for its answer`,
  { ...ONE_EACH, writers },
]);

const PUSHING: readonly (readonly [string, Load])[] = [
  ['32 writers with 16 unanswered, a document each', { ...ONE_EACH, writers: 32, inFlight: 16 }],
  [
    '32 writers with 16 unanswered, over 10,000 documents',
    { ...ONE_EACH, writers: 32, inFlight: 16, documentsEach: 313 },
  ],
];

export const writes: Benchmark = {
  name: 'writes',
  measures: 'updates a second that the server acknowledges, beside a bare group-commit server',
  repeats: 3,
  run: async (context) => [
    ...(await figures(context, WAITING, { atLeast: 0.9 })),
    ...(await figures(context, PUSHING, { atLeast: 0.6 })),
  ],
};

async function figures(
  context: BenchContext,
  loads: readonly (readonly [string, Load])[],
  target: Figure['target'],
): Promise<Figure[]> {
  const all: Figure[] = [];
  for (const [what, load] of loads) {
    const bare = await loadOn(context, 'bare', load);
    const ours = await loadOn(context, 'server', load);
    context.say(`${what}: ${told(ours)}; bare: ${told(bare)}`);
    const reference = { what: 'bare server', value: bare.acknowledgedPerSecond };
    all.push({ what, value: ours.acknowledgedPerSecond, unit: 'a second', reference, ...(target && { target }) });
    all.push({
      what: `  p95 of an acknowledgment`,
      value: ours.latencyMs.p95,
      unit: 'ms',
      reference: { what: 'bare server', value: bare.latencyMs.p95 },
    });
  }
  return all;
}

function told({ acknowledgedPerSecond, latencyMs, serverCpu, otherCpu }: Awaited<ReturnType<typeof loadOn>>): string {
  const percent = (share: number): string => `${Math.round(share * 100)}%`;
  return (
    `${Math.round(acknowledgedPerSecond)}/s, p50 ${latencyMs.p50.toFixed(1)} ms, p99 ${latencyMs.p99.toFixed(1)} ms, ` +
    `CPU ${percent(serverCpu)} server, ${percent(otherCpu)} all else`
  );
}
