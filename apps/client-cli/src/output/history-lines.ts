/** What the commands that look back print for people. */
import type { BlamedChange, BlameReport, UndoPreview } from '@json-database-sync/client';
import type { JsonPatch } from '@json-database-sync/domain';
import { cellsOf } from '../text/cells.js';
import { span, type Line } from '../text/line.js';
import { plainLine, safeJson } from '../text/plain-text.js';
import { causeText, operationText, titleChangeText, whoText } from './task-details.js';
import { timeText } from './time-text.js';

export function diffLines(title: { readonly from: string; readonly to: string } | null, patch: JsonPatch): Line[] {
  const texts = [...(title ? [titleChangeText(title)] : []), ...patch.map(operationText)];
  return texts.length === 0 ? [[span('no difference', { dim: true })]] : texts.map((text): Line => [span(text)]);
}

/** @param title the document's title as it is now */
export function previewLines(preview: UndoPreview, title: string | undefined): Line[] {
  const { cause, changes, overlaps, patch, deleted, needsForce } = preview;
  if (!changes) return [[span(`${causeText(cause)}: nothing would change`, { dim: true })]];
  const retitled = preview.title === title ? [] : [`title ${JSON.stringify(plainLine(preview.title))}`];
  const what = [...patch.map(operationText), ...retitled, ...(deleted ? ['deleted'] : [])];
  return [
    [span(causeText(cause), { bold: true })],
    ...what.map((text): Line => [span(`      ${text}`)]),
    ...overlaps.map(({ version, userId, paths, title: titled }): Line => {
      const where = [...paths.map((path) => plainLine(path) || '(everything)'), ...(titled ? ['title'] : [])];
      const by = version === 0 ? 'a change that is not sent yet' : `v${version}`;
      const parts = where.length > 0 ? where.join(', ') : 'whether it is there';
      return [span(`in the way: ${by} by user ${plainLine(userId).slice(0, 8)}: ${parts}`, { tone: 'yellow' })];
    }),
    ...(needsForce ? [[span('it takes --force', { tone: 'yellow' as const })]] : []),
  ];
}

/** One line a part: its path, its value, and the change that put it there. */
export function blameLines({ title, leaves }: BlameReport): Line[] {
  const rows = [
    { place: 'title', value: '', change: title },
    ...leaves.map(({ path, value, change }) => ({
      place: plainLine(path) || '(everything)',
      value: safeJson(value),
      change,
    })),
  ];
  const widest = Math.min(40, Math.max(...rows.map(({ place }) => cellsOf(place))));
  return rows.map(({ place, value, change }): Line => [
    span(`${place}${' '.repeat(Math.max(0, widest - cellsOf(place)))}  `, { bold: true }),
    span(changeText(change), { tone: 'cyan' }),
    ...(value === '' ? [] : [span(`  ${value.length > 60 ? `${value.slice(0, 60)}…` : value}`, { dim: true })]),
  ]);
}

function changeText(change: BlamedChange | null): string {
  if (!change) return 'before what can be looked at';
  const version = change.pending ? 'not sent yet' : `v${change.version}`;
  const cause = change.cause ? `  ${causeText(change.cause)}` : '';
  return `${version}  ${timeText(change.createdAt)}  ${whoText(change)}${cause}`;
}
