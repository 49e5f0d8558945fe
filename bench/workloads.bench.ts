/**
 * Work as it looks in use, each beside 32 writers who wait for their answers, with a stream and a document of 1 KB each: what a
 * workload costs shows in the ratio. None of them has a target.
 */
import type { Benchmark, Figure } from './harness/benchmark.js';
import type { BenchContext } from './harness/context.js';
import type { IdlePlan } from './load/idle.js';
import { loadAt, told, warm, type Load, type LoadResult } from './load/run-load.js';

const WINDOW = { warmUpMs: 1_000, measureMs: 2_000 };
const PLAIN = { writers: 32, inFlight: 1, documentsEach: 1, streams: 'own', contentBytes: 1_024 } as const;
const IDLE = 4_950;

const CASES: readonly (readonly [what: string, load: Omit<Load, keyof typeof WINDOW>])[] = [
  ['many small streams: 1,000 writers, a stream and a document each', { ...PLAIN, writers: 1_000 }],
  ['one hot stream: 32 writers, a document each', { ...PLAIN, streams: 'one' }],
  ['one hot document: 32 writers, a field each, merged', { ...PLAIN, streams: 'one document' }],
  ['80% reads (a document, or the latest 20 changes): writes and reads', { ...PLAIN, readPercent: 80 }],
  ['documents of 20 KB', { ...PLAIN, contentBytes: 20_000, tasks: true }],
];

export const workloads: Benchmark = {
  name: 'workloads',
  measures: 'work as it looks in use, beside 32 writers with a stream and a document each',
  repeats: 3,
  run: async (context) => {
    const server = await context.server();
    await warm(context, server);
    const window = context.window(WINDOW);
    const measure = async (what: string, load: Omit<Load, keyof typeof WINDOW>): Promise<LoadResult> => {
      const result = await loadAt(context, server, { ...load, ...window });
      context.say(`${what}: ${told(result)}`);
      return result;
    };
    const plain = await measure('plain', PLAIN);
    const figures = figuresOf('32 writers, a stream and a document each', plain);
    for (const [what, load] of CASES) figures.push(...figuresOf(what, await measure(what, load), plain));
    figures.push(...(await beside(context, server.url, (what) => measure(what, { ...PLAIN, writers: 50 }), plain)));
    return figures;
  },
};

/** Last, since the clients stay to the end. */
async function beside(
  context: BenchContext,
  url: string,
  measure: (what: string) => Promise<LoadResult>,
  plain: LoadResult,
): Promise<Figure[]> {
  const plan: IdlePlan = { url, stops: [IDLE] };
  const clients = context.bundled('load/idle.cjs', [JSON.stringify(plan)]);
  await clients.output(new RegExp(`connected ${IDLE}\n`));
  const what = '5,000 connections of which 50 write';
  const result = await measure(what);
  process.kill(clients.pid, 'SIGUSR2');
  await clients.ended();
  return figuresOf(what, result, plain);
}

function figuresOf(what: string, result: LoadResult, plain?: LoadResult): Figure[] {
  const value = (result.acknowledged + result.read) / result.seconds;
  const against = (of: number | undefined) =>
    of === undefined ? {} : { reference: { what: 'a stream and a document each', value: of } };
  return [
    { what, value, unit: 'a second', cpu: result.cpu, ...against(plain?.acknowledgedPerSecond) },
    { what: '  CPU of a request', value: result.microseconds, unit: 'us', ...against(plain?.microseconds) },
  ];
}
