/** Plots as SVG: figures that name a plot, lines over a logarithmic axis, throughput from zero upwards. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Result } from './benchmark.js';

const WIDTH = 640;
const HEIGHT = 360;
const AREA = { left: 70, right: 620, top: 50, bottom: 300 };
const COLOURS = ['#1f6feb', '#6e7781', '#bc4c00', '#1a7f37', '#8250df'];

const TITLES: Readonly<Record<string, readonly [title: string, axis: string]>> = {
  writers: ['Durable acknowledged updates a second, each writer waiting', 'writers'],
  peers: ['Acknowledged updates a second, each writer waiting', 'writers'],
  documents: ['Updates a second by 32 writers with 16 unanswered', 'stored documents'],
  connections: ['Updates a second by 50 writers beside idle clients', 'other connections'],
};

interface Line {
  readonly name: string;
  readonly points: { readonly x: number; readonly y: number; readonly spread?: Result['spread'] }[];
}

/** @returns the files written, one a plot that has figures */
export async function writePlots(folder: string, results: readonly Result[]): Promise<string[]> {
  const plots = [...new Set(results.flatMap(({ point }) => point?.plot ?? []))];
  if (plots.length > 0) await mkdir(folder, { recursive: true });
  return Promise.all(
    plots.map(async (plot) => {
      const file = join(folder, `${plot}.svg`);
      await writeFile(file, svgOf(plot, linesOf(plot, results)));
      return file;
    }),
  );
}

function linesOf(plot: string, results: readonly Result[]): Line[] {
  const lines = new Map<string, Line>();
  const add = (name: string, point: Line['points'][number]): void => {
    const line = lines.get(name) ?? { name, points: [] };
    line.points.push(point);
    lines.set(name, line);
  };
  for (const { point, value, spread, reference } of results) {
    if (point?.plot !== plot) continue;
    add(point.series, { x: point.x, y: value, spread });
    if (point.against && reference) add(reference.what, { x: point.x, y: reference.value });
  }
  return [...lines.values()].map(({ name, points }) => ({ name, points: points.toSorted((a, b) => a.x - b.x) }));
}

function svgOf(plot: string, lines: readonly Line[]): string {
  const all = lines.flatMap(({ points }) => points);
  const [title, axis] = TITLES[plot] ?? [plot, plot];
  const ticks = roundSteps(Math.max(...all.map(({ y, spread }) => Math.max(y, spread?.[1] ?? 0))));
  const top = ticks.at(-1) ?? 1;
  const places = [...new Set(all.map(({ x }) => x))].toSorted((a, b) => a - b);
  const [least, greatest] = [Math.log(Math.max(places[0] ?? 1, 1)), Math.log(places.at(-1) ?? 1)];
  const xOf = (x: number): number =>
    round(
      AREA.left + 30 + ((Math.log(Math.max(x, 1)) - least) / (greatest - least || 1)) * (AREA.right - AREA.left - 60),
    );
  const yOf = (y: number): number => round(AREA.bottom - (y / top) * (AREA.bottom - AREA.top));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12" fill="#1f2328">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    `<text x="${AREA.left}" y="24" font-size="14" font-weight="bold">${escape(title)}</text>`,
    ...ticks.map(
      (tick) =>
        `<path d="M${AREA.left} ${yOf(tick)}H${AREA.right}" stroke="#d0d7de"/>` +
        `<text x="${AREA.left - 8}" y="${yOf(tick) + 4}" text-anchor="end">${tick.toLocaleString('en')}</text>`,
    ),
    ...places.map(
      (x) => `<text x="${xOf(x)}" y="${AREA.bottom + 18}" text-anchor="middle">${x.toLocaleString('en')}</text>`,
    ),
    `<text x="${(AREA.left + AREA.right) / 2}" y="${AREA.bottom + 36}" text-anchor="middle">${escape(axis)}</text>`,
    ...lines.map((line, index) => lineOf(line, COLOURS[index % COLOURS.length] ?? '#000000', xOf, yOf)),
    ...legendOf(lines),
    '</svg>\n',
  ].join('\n');
}

/** The medians, joined, and each one's spread as an upright stroke. */
function lineOf(line: Line, colour: string, xOf: (x: number) => number, yOf: (y: number) => number): string {
  const path = line.points.map(({ x, y }, index) => `${index === 0 ? 'M' : 'L'}${xOf(x)} ${yOf(y)}`).join('');
  const marks = line.points.map(({ x, y, spread }) => {
    const stroke = spread ? `<path d="M${xOf(x)} ${yOf(spread[0])}V${yOf(spread[1])}" stroke="${colour}"/>` : '';
    return `${stroke}<circle cx="${xOf(x)}" cy="${yOf(y)}" r="3.5" fill="${colour}"/>`;
  });
  return `<path d="${path}" fill="none" stroke="${colour}" stroke-width="2"/>${marks.join('')}`;
}

function legendOf(lines: readonly Line[]): string[] {
  const width = (AREA.right - AREA.left) / Math.max(lines.length, 1);
  return lines.map(({ name }, index) => {
    const x = round(AREA.left + index * width);
    const colour = COLOURS[index % COLOURS.length];
    return `<circle cx="${x + 5}" cy="${HEIGHT - 10}" r="4" fill="${colour}"/><text x="${x + 14}" y="${HEIGHT - 6}">${escape(name)}</text>`;
  });
}

/** From zero to at least `most`, in steps of 1, 2 or 5 and noughts. */
function roundSteps(most: number): number[] {
  const rough = most / 5;
  const power = 10 ** Math.floor(Math.log10(rough || 1));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  return Array.from({ length: Math.ceil(most / step) + 1 }, (_, index) => index * step);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
