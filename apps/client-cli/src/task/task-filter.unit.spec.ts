import { makeDocument, makeTask } from '../../test/make-document.js';
import { byDeletion, byUrgency, filterText, isEmptyFilter, matches, parseFilter } from './task-filter.js';
import { taskOf } from './task.js';

describe('the filter', () => {
  const task = makeTask({
    title: 'Buy Milk',
    description: 'at the ＳＨＯＰ',
    status: 'pending',
    priority: 'high',
    tags: ['Home'],
  });

  it.each([
    [{}, true],
    [{ status: 'pending' as const }, true],
    [{ status: 'completed' as const }, false],
    [{ priority: 'low' as const }, false],
    [{ tag: 'home' }, true],
    [{ tag: 'hom' }, false],
    [{ search: 'milk buy' }, true],
    [{ search: 'shop' }, true],
    [{ search: 'home milk' }, true],
    [{ search: 'milk beer' }, false],
    [{ search: 'milk', status: 'completed' as const }, false],
  ])('%j passes: %s', (filter, expected) => {
    expect(matches(task, filter)).toBe(expected);
  });

  it('passes no plain document where a status is asked for', () => {
    expect(matches(taskOf(makeDocument({ content: 1 })), { status: 'pending' })).toBe(false);
  });

  it.each([
    ['', {}],
    ['milk  and honey', { search: 'milk and honey' }],
    ['#work', { tag: 'work' }],
    ['t:#work', { tag: 'work' }],
    ['status:done p:h', { status: 'completed', priority: 'high' }],
    ['s:in-pro buy', { status: 'in_progress', search: 'buy' }],
    ['# status:nonsense time:now', { search: '# status:nonsense time:now' }],
  ])('reads %j', (text, expected) => {
    expect(parseFilter(text)).toEqual(expected);
  });

  it('writes itself so that it reads itself', () => {
    const filter = { status: 'completed', priority: 'low', tag: 'work', search: 'two words' } as const;
    expect(parseFilter(filterText(filter))).toEqual(filter);
    expect(isEmptyFilter(parseFilter('  '))).toBe(true);
    expect(isEmptyFilter(filter)).toBe(false);
  });
});

describe('the order', () => {
  it('puts first what is to be done next', () => {
    const tasks = [
      makeTask({ title: 'done', status: 'completed', priority: 'high' }),
      taskOf(makeDocument({ title: 'no task', content: [] })),
      makeTask({ title: 'later', due: '2026-12-02' }),
      makeTask({ title: 'whenever' }),
      makeTask({ title: 'sooner', due: '2026-12-01' }),
      makeTask({ title: 'urgent', priority: 'high' }),
      makeTask({ title: 'begun', status: 'in_progress', priority: 'low' }),
    ];
    expect(tasks.sort(byUrgency).map((task) => task.title)).toEqual([
      'begun',
      'urgent',
      'sooner',
      'later',
      'whenever',
      'no task',
      'done',
    ]);
  });

  it('puts first what was deleted last', () => {
    const older = makeTask({ title: 'older' }, { deletedAt: '2026-01-01T00:00:00.000Z' });
    const newer = makeTask({ title: 'newer' }, { deletedAt: '2026-01-02T00:00:00.000Z' });
    expect([older, newer].sort(byDeletion)).toEqual([newer, older]);
  });
});
