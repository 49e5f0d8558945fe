/** Results as a table for people, and as JSON for programs. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Result } from './benchmark.js';
import type { Machine } from './machine.js';

const HEAD = ['benchmark', 'figure', 'value', 'held against', 'ratio', 'target', ''];

export function tableOf(results: readonly Result[]): string {
  const rows = [HEAD, ...results.map(cellsOf)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
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
    target ? ('atMost' in target ? `at most ${target.atMost}` : `at least ${target.atLeast}`) : '',
    met === null ? '' : met ? 'met' : 'NOT MET',
  ];
}

function number(value: number): string {
  if (Number.isInteger(value)) return value.toLocaleString('en');
  return value.toLocaleString('en', { maximumSignificantDigits: Math.abs(value) < 100 ? 3 : 5 });
}

/** One file a run, by its time. */
export async function writeResults(folder: string, machine: Machine, results: readonly Result[]): Promise<string> {
  await mkdir(folder, { recursive: true });
  const at = new Date().toISOString();
  const file = join(folder, `${at.replaceAll(':', '-')}.json`);
  await writeFile(file, `${JSON.stringify({ at, machine, results }, null, 2)}\n`);
  return file;
}
