/** Results as a table for people, and as JSON for programs. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Result } from './benchmark.js';
import type { Machine } from './machine.js';
import type { BenchmarkReport } from './run-benchmark.js';

const HEAD = ['benchmark', 'figure', 'value', 'held against', 'ratio', 'target', ''];

export function tableOf(results: readonly Result[]): string {
  return aligned([HEAD, ...results.map(cellsOf)]);
}

/** Each goal with the figures that it is judged by. A goal is met where all of them are. */
export function goalTableOf(goals: readonly string[], results: readonly Result[]): string {
  const rows = goals.flatMap((goal, index) => {
    const judging = results.filter((result) => result.goal === index + 1 && result.met !== null);
    const met = judging.length === 0 ? 'not measured' : judging.every((result) => result.met) ? 'met' : 'NOT MET';
    return [[`${index + 1}`, goal, '', '', met], ...judging.map(goalCellsOf)];
  });
  return aligned([['', 'goal', 'reached', 'target', ''], ...rows]);
}

function goalCellsOf({ what, value, unit, ratio, target, met }: Result): string[] {
  const reached = ratio === null ? `${number(value)} ${unit}` : `ratio ${ratio.toFixed(3)}`;
  return ['', `  ${what.trim()}`, reached, targetText(target), met ? 'met' : 'NOT MET'];
}

function targetText(target: Result['target']): string {
  if (!target) return '';
  return 'atMost' in target ? `at most ${target.atMost}` : `at least ${target.atLeast}`;
}

function aligned(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return `${lines.join('\n')}\n`;
}

function cellsOf(result: Result): string[] {
  const { benchmark, what, value, spread, unit, reference, ratio, target, met } = result;
  const spreadText = spread[0] === spread[1] ? '' : ` (${number(spread[0])} to ${number(spread[1])})`;
  return [
    benchmark,
    what,
    `${number(value)}${spreadText} ${unit}`,
    reference ? `${number(reference.value)} ${unit}: ${reference.what}` : '',
    ratio === null ? '' : ratio.toFixed(3),
    targetText(target),
    met === null ? '' : met ? 'met' : 'NOT MET',
  ];
}

function number(value: number): string {
  if (Number.isInteger(value)) return value.toLocaleString('en');
  return value.toLocaleString('en', { maximumSignificantDigits: Math.abs(value) < 100 ? 3 : 5 });
}

/** Where the results of a run are kept, by its time. */
export async function writeResults(
  folder: string,
  machine: Machine,
  benchmarks: readonly BenchmarkReport[],
): Promise<string> {
  const at = new Date().toISOString();
  const own = join(folder, at.replaceAll(':', '-'));
  await mkdir(own, { recursive: true });
  await writeFile(join(own, 'results.json'), `${JSON.stringify({ at, machine, benchmarks }, null, 2)}\n`);
  return own;
}
