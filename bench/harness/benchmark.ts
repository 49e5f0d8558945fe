/** What a benchmark is, and what it gives. One file a benchmark, `*.bench.ts`; the list is in benchmarks.ts. */
import type { BenchContext } from './context.js';
import type { CpuShares } from './cpu.js';

export type Benchmark = {
  readonly name: string;
  /** What it measures, in a sentence. */
  readonly measures: string;
  /** How often it is run; each figure's median counts. Once is enough for what comes out the same each time. */
  readonly repeats: number;
} & (
  | {
      /** One run, from nothing. What it starts and makes is entered with the context, and gone after it. */
      run(context: BenchContext): Promise<Figure[]>;
    }
  | {
      /** Makes once what all runs share and what takes long to make. @returns one run */
      prepare(context: BenchContext): Promise<() => Promise<Figure[]>>;
    }
);

export interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  /** What it is held against, measured in the same run on the same machine. */
  readonly reference?: { readonly what: string; readonly value: number };
  /** Of the ratio to the reference where there is one, otherwise of the value. A figure without one is for information. */
  readonly target?: { readonly atMost: number } | { readonly atLeast: number };
  /** Which of the goals (goals.ts) its target belongs to. */
  readonly goal?: number;
  /** Where it stands in a plot. Its reference, where it has one and `against` is true, is a line of the plot too. */
  readonly point?: { readonly plot: string; readonly series: string; readonly x: number; readonly against?: boolean };
  /** Cores that were busy while it was measured. */
  readonly cpu?: CpuShares;
}

/** A figure over all runs of its benchmark. */
export interface Result {
  readonly benchmark: string;
  readonly what: string;
  readonly unit: string;
  /** The median of the runs, and the least and the greatest. */
  readonly value: number;
  readonly spread: readonly [least: number, greatest: number];
  readonly reference: { readonly what: string; readonly value: number } | null;
  /** The median of each run's value by its own reference. */
  readonly ratio: number | null;
  readonly target: Figure['target'] | null;
  /** null where there is no target. */
  readonly met: boolean | null;
  readonly goal: number | null;
  readonly point: Figure['point'] | null;
  /** Of each run. */
  readonly cpu: readonly CpuShares[];
}

/** @param runs the figures of each run, the same ones in the same order */
export function resultsOf(benchmark: string, runs: readonly (readonly Figure[])[]): Result[] {
  const [first = []] = runs;
  return first.map((figure, index) => {
    const samples = runs.flatMap((run) => run[index] ?? []);
    const values = samples.map(({ value }) => value);
    const references = samples.flatMap(({ reference }) => reference?.value ?? []);
    const ratios = samples.flatMap(({ value, reference }) => (reference ? value / reference.value : []));
    const value = median(values);
    const ratio = ratios.length > 0 ? median(ratios) : null;
    const target = figure.target ?? null;
    return {
      benchmark,
      what: figure.what,
      unit: figure.unit,
      value,
      spread: [Math.min(...values), Math.max(...values)],
      reference: figure.reference ? { what: figure.reference.what, value: median(references) } : null,
      ratio,
      target,
      met: target && meets(ratio ?? value, target),
      goal: figure.goal ?? null,
      point: figure.point ?? null,
      cpu: samples.flatMap(({ cpu }) => cpu ?? []),
    };
  });
}

function meets(value: number, target: NonNullable<Figure['target']>): boolean {
  return 'atMost' in target ? value <= target.atMost : value >= target.atLeast;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? upper;
  return (upper + lower) / 2;
}
