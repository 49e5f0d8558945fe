import { makeDocument, makeTask } from '../../test/make-document.js';
import { taskOf } from '../task/task.js';
import { textOf, widthOf } from '../text/line.js';
import { progressText } from './progress-bar.js';
import { layoutRow, naturalLayout, rowNeeds, taskRow } from './task-row.js';
import { timeText } from './time-text.js';

const TASKS = [
  makeTask({ title: 'Short', priority: 'high', tags: ['work'], due: '2026-12-31' }, { pending: true }),
  makeTask({ title: 'A very long title '.repeat(20), tags: ['a-tag-that-is-long', 'another-long-tag', 'more'] }),
  makeTask({ title: '日本語のタスク 🎉'.repeat(5), status: 'completed' }, { conflicted: true }),
  taskOf(makeDocument({ title: 'evil \u001b[2J', content: [1, 2] })),
];

describe('a task as a row', () => {
  it('is as wide as it is told to be, at any width', () => {
    for (let width = 3; width <= 200; width++) {
      for (const task of TASKS) expect(widthOf(taskRow(task, layoutRow(width, rowNeeds(TASKS))))).toBe(width);
    }
  });

  it('has everything where there is room', () => {
    const text = textOf(taskRow(TASKS[0] ?? makeTask(), layoutRow(70, { tags: 5, due: 10 })));
    expect(text).toMatch(/^○ high {3}Short {30,}#work 2026-12-31 ↑$/);
  });

  it('gives up the less important columns first', () => {
    const needs = { tags: 20, due: 10 };
    expect(layoutRow(120, needs)).toMatchObject({ priority: 6, tags: 20, due: 10, sync: 1 });
    expect(layoutRow(50, needs)).toMatchObject({ priority: 1, tags: 12, due: 0, sync: 1 });
    expect(layoutRow(30, needs)).toMatchObject({ priority: 1, tags: 0, due: 0, sync: 1 });
    expect(layoutRow(12, needs)).toMatchObject({ priority: 0, tags: 0, due: 0, sync: 1 });
  });

  it('gives the room that nobody needs to the title', () => {
    expect(layoutRow(80, { tags: 0, due: 0 }).title).toBe(80 - 2 - 7 - 2);
  });

  it('cuts nothing for a pipe', () => {
    const rows = TASKS.map((task) => textOf(taskRow(task, naturalLayout(TASKS))));
    expect(rows[1]).toContain(TASKS[1]?.title.trim());
    expect(rows[1]).toContain('#a-tag-that-is-long #another-long-tag #more');
  });

  it('shows what is no task as such, and never its control characters', () => {
    const text = textOf(taskRow(TASKS[3] ?? makeTask(), naturalLayout(TASKS)));
    expect(text).toMatch(/^▫ {8}evil \(document\)/);
  });
});

describe('the progress bar', () => {
  it('shows the part that is done', () => {
    expect(progressText(5, 10, 30)).toBe('██████████░░░░░░░░░░ 50% 5/10');
  });

  it('fits its line, and survives odd numbers', () => {
    for (const columns of [0, 5, 10, 40, 200]) expect(progressText(3, 7, columns).length).toBeLessThanOrEqual(columns);
    expect(progressText(12, 10, 60)).toContain('100% 12/10');
    expect(progressText(12, undefined, 60)).toBe('receiving 12');
    expect(progressText(0, 0, 60)).toBe('receiving 0');
  });
});

describe('times', () => {
  it('are for people, and what is none stays as it is', () => {
    expect(timeText('2026-01-02T03:04:05.000Z')).toMatch(/^2026-01-0[123] \d\d:04$/);
    expect(timeText('never')).toBe('never');
  });
});
