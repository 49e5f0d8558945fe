/**
 * The whole picture as lines: never more than the terminal has, each exactly as wide as the terminal less one cell, so
 * that no terminal wraps or scrolls by itself.
 */
import { progressText } from '../../output/progress-bar.js';
import { layoutRow, rowNeeds, taskRow, type RowNeeds } from '../../output/task-row.js';
import { isEmptyFilter } from '../../task/task-filter.js';
import type { Task } from '../../task/task.js';
import { fitLine, span, truncateLine, type Line, type Span } from '../../text/line.js';
import { plainLine, sentence } from '../../text/plain-text.js';
import type { BoardState } from '../board-state.js';
import { isLow, listRows } from '../frame-size.js';
import { fieldWindow } from '../text-field.js';
import { formLines } from './form.js';
import { headerLine, keysLine, summaryLine } from './bars.js';
import { pageLines } from './page.js';

export function frame(state: BoardState): Line[] {
  const { size } = state;
  const width = Math.max(1, size.columns - 1);
  const rule: Line = [span('─'.repeat(width), { dim: true })];
  const body = bodyLines(state, width);
  const lines = isLow(size)
    ? [headerLine(state, width), ...body, statusLine(state, width)]
    : [
        headerLine(state, width),
        summaryLine(state, width),
        rule,
        ...body,
        rule,
        statusLine(state, width),
        keysLine(state),
      ];
  return lines.slice(0, Math.max(1, size.rows - 1)).map((line) => fitLine(line, width));
}

function bodyLines(state: BoardState, width: number): Line[] {
  const rows = listRows(state.size);
  const { overlay } = state;
  const lines = ((): readonly Line[] => {
    switch (overlay?.kind) {
      case 'form':
        return formLines(overlay.form, width, rows);
      case 'help':
      case 'sync':
      case 'details': {
        const all = pageLines(state, overlay);
        const top = Math.max(0, Math.min(overlay.top, all.length - rows));
        return all.slice(top, top + rows);
      }
      default:
        return listLines(state, width, rows);
    }
  })();
  return Array.from({ length: rows }, (_, row) => lines[row] ?? []);
}

function listLines(state: BoardState, width: number, rows: number): Line[] {
  if (state.visible.length === 0) return emptyLines(state);
  const columns = layoutRow(Math.max(1, width - 2), needsOf(state.visible));
  return state.visible.slice(state.top, state.top + rows).map((task) => {
    const selected = task.id === state.selectedId;
    const changed = state.changed.has(task.id);
    const marker = selected
      ? span('› ', { bold: true, inverse: true })
      : span(changed ? '* ' : '  ', changed ? { tone: 'magenta', bold: true } : {});
    const emphasis = { ...(selected ? { inverse: true } : {}), ...(changed ? { bold: true } : {}) };
    const row = taskRow(task, columns, emphasis);
    if (selected) return [marker, ...row.map(withoutTone)];
    return [marker, ...(changed ? row.map((part) => ({ ...part, tone: 'magenta' as const })) : row)];
  });
}

/** Inverse turns a tone into a coloured patch: the selected row is one even bar. */
function withoutTone({ tone: _tone, ...part }: Span): Span {
  return part;
}

const measured = new WeakMap<readonly Task[], RowNeeds>();

/** Measured over all rows, so that scrolling does not move the columns, and once a list. */
function needsOf(tasks: readonly Task[]): RowNeeds {
  const needs = measured.get(tasks) ?? rowNeeds(tasks);
  measured.set(tasks, needs);
  return needs;
}

function emptyLines(state: BoardState): Line[] {
  const text = !isEmptyFilter(state.filter)
    ? 'Nothing passes the filter. Esc clears it.'
    : state.view === 'trash'
      ? 'The trash is empty. t goes back.'
      : 'No tasks yet. n makes one.';
  return [[], [span(`  ${text}`, { dim: true })]];
}

/** One line for what matters most at the moment. */
function statusLine(state: BoardState, width: number): Line {
  const { overlay, notice, progress } = state;
  if (overlay?.kind === 'filter') {
    const shown = fieldWindow(overlay.field, Math.max(1, width - 10));
    return [
      span(' filter: ', { bold: true }),
      span(shown.before),
      span(shown.under, { inverse: true }),
      span(shown.after),
    ];
  }
  if (overlay?.kind === 'delete') {
    const task = state.tasks.get(overlay.id);
    const question: Line = [span(` Delete "${plainLine(task?.title ?? '')}"?`, { tone: 'red', bold: true })];
    return [...truncateLine(question, Math.max(1, width - 14)), span(' y yes  n no')];
  }
  if (overlay?.kind === 'form' && overlay.form.problem) return [span(` ${overlay.form.problem}`, { tone: 'red' })];
  if (notice) {
    const text = span(` ${sentence(plainLine(notice.text))} `, { tone: notice.kind === 'error' ? 'red' : 'cyan' });
    return notice.remedy ? [text, span(plainLine(notice.remedy), { dim: true })] : [text];
  }
  if (progress) return [span(` ${progressText(progress.received, progress.total, width - 2)}`, { tone: 'cyan' })];
  return [];
}
