import { readFilter, readJson, readTaskFields } from './task-options.js';

describe('options of tasks', () => {
  it('are decoded', () => {
    expect(
      readTaskFields({
        title: ' A ',
        status: 'In-Progress',
        priority: 'HIGH',
        tag: ['#a', 'a', 'b'],
        due: '2026-12-31',
      }),
    ).toEqual({ title: 'A', status: 'in_progress', priority: 'high', tags: ['a', 'b'], due: '2026-12-31' });
    expect(readTaskFields({ due: 'none', offline: true })).toEqual({ due: null });
    expect(readTaskFields({ due: '2026-12-31T10:00:00+01:00' })).toEqual({ due: '2026-12-31T10:00:00+01:00' });
    expect(readFilter({ tag: '#work', search: 'x', all: true })).toEqual({ tag: 'work', search: 'x' });
  });

  it.each([
    [{ status: 'todo' }, '--status must be one of pending, in_progress, completed.'],
    [{ priority: '' }, '--priority must be one of low, medium, high.'],
    [{ title: '   ' }, 'The title must not be empty.'],
    [{ title: 'x'.repeat(1001) }, 'The title is longer than 1000 characters.'],
    [{ due: '2026-02-30' }, '--due must be a date'],
    [{ due: 'tomorrow' }, '--due must be a date'],
    [{ tag: ['#'] }, '--tag must not be empty.'],
  ])('%j is turned down', (options, message) => {
    expect(() => readTaskFields(options)).toThrow(message);
  });

  it('name every mistake at once', () => {
    expect(() => readTaskFields({ status: 'x', priority: 'y' })).toThrow(/--status .*--priority /);
  });

  it('read JSON that can be kept exactly, and no other', () => {
    expect(readJson('{"a": [1, "x"]}', '--content')).toEqual({ a: [1, 'x'] });
    for (const text of ['{', '9007199254740993', '{"a":1,"a":2}', '"\\u0000"']) {
      expect(() => readJson(text, '--content')).toThrow(/^--content is /);
    }
  });
});
