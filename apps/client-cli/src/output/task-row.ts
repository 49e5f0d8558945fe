/** A task as one row: how its columns share the width, and how each looks. Used by the board and by `list`. */
import type { Priority, Status, SyncMark, Task } from '../task/task.js';
import { cellsOf, fit } from '../text/cells.js';
import { span, type Line, type Span, type Tone } from '../text/line.js';
import { plainLine } from '../text/plain-text.js';

export const STATUS_LOOK: Record<Status, { icon: string; label: string; tone: Tone }> = {
  pending: { icon: '○', label: 'pending', tone: 'yellow' },
  in_progress: { icon: '◐', label: 'in progress', tone: 'blue' },
  completed: { icon: '●', label: 'completed', tone: 'green' },
};

export const PRIORITY_TONE: Record<Priority, Tone> = { high: 'red', medium: 'yellow', low: 'green' };

export const SYNC_LOOK: Record<SyncMark, { icon: string; label: string; tone: Tone }> = {
  synced: { icon: '✓', label: 'synced', tone: 'green' },
  pending: { icon: '↑', label: 'waiting to be sent', tone: 'yellow' },
  conflict: { icon: '⚠', label: 'a change lost a conflict', tone: 'red' },
};

/** Cells of each column; 0 leaves it out. The icon (1) is always there. */
export interface RowColumns {
  readonly priority: number;
  readonly title: number;
  readonly tags: number;
  readonly due: number;
  readonly sync: number;
}

const PRIORITY_WORD = 6;
const DUE = 10;

/** Cells that the rows would like to have for what not every task has. */
export interface RowNeeds {
  readonly tags: number;
  readonly due: number;
}

export function rowNeeds(tasks: readonly Task[]): RowNeeds {
  const widest = (text: (task: Task) => string): number =>
    tasks.reduce((most, task) => Math.max(most, cellsOf(text(task))), 0);
  return { tags: widest(tagsText), due: widest(dueText) };
}

/** Shares `width` cells among the columns; with less room the less important ones go first. */
export function layoutRow(width: number, needs: RowNeeds): RowColumns {
  const sync = width >= 10 ? 1 : 0;
  const priority = width >= 60 ? PRIORITY_WORD : width >= 24 ? 1 : 0;
  const due = width >= 64 ? Math.min(DUE, needs.due) : 0;
  const tags = width >= 44 ? Math.min(28, Math.floor(width / 4), needs.tags) : 0;
  const others = [sync, priority, due, tags].filter((cells) => cells > 0);
  const taken = others.reduce((sum, cells) => sum + cells + 1, 2);
  return { priority, tags, due, sync, title: Math.max(0, width - taken) };
}

/** For a pipe: as wide as the widest of each, nothing cut. */
export function naturalLayout(tasks: readonly Task[]): RowColumns {
  const title = tasks.reduce((most, task) => Math.max(most, cellsOf(titleText(task))), 0);
  return { priority: PRIORITY_WORD, title, ...rowNeeds(tasks), sync: 1 };
}

export function taskRow(task: Task, columns: RowColumns, emphasis: { bold?: boolean; inverse?: boolean } = {}): Line {
  const look = task.status ? STATUS_LOOK[task.status] : { icon: '▫', tone: 'gray' as const };
  const title = fit(titleText(task), columns.title);
  const done = task.status === 'completed';
  const row: Span[] = [span(look.icon, { tone: look.tone }), span(' ')];
  if (columns.priority > 0) {
    const word = task.priority ?? '';
    const shown = columns.priority === 1 ? word.slice(0, 1).toUpperCase() : word;
    row.push(
      span(fit(shown, columns.priority), task.priority ? { tone: PRIORITY_TONE[task.priority] } : {}),
      span(' '),
    );
  }
  // The strike ends with the title, not with its column.
  const kept = title.trimEnd();
  row.push(span(kept, done ? { dim: true, struck: true } : {}), span(title.slice(kept.length)));
  if (columns.tags > 0) row.push(span(' '), span(fit(tagsText(task), columns.tags), { tone: 'cyan' }));
  if (columns.due > 0) row.push(span(' '), span(fit(dueText(task), columns.due), { tone: 'magenta' }));
  if (columns.sync > 0) row.push(span(' '), span(SYNC_LOOK[task.sync].icon, { tone: SYNC_LOOK[task.sync].tone }));
  return row.map((part) => ({ ...part, ...emphasis }));
}

export function titleText(task: Task): string {
  const title = plainLine(task.title).trim() || '(no title)';
  return task.kind === 'document' ? `${title} (document)` : title;
}

export function tagsText(task: Task): string {
  return task.tags.map((tag) => `#${plainLine(tag)}`).join(' ');
}

function dueText(task: Task): string {
  return plainLine(task.due ?? '').slice(0, DUE);
}
