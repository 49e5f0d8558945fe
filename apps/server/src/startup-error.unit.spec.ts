import { StartupError, describeCause } from './startup-error.js';

describe('StartupError', () => {
  it('tells what, why and what to do in one line, and keeps the cause', () => {
    const cause = new Error('deep below');
    const error = new StartupError(
      {
        code: 'setting_invalid',
        problem: 'a setting is wrong',
        reason: 'PORT is\n  "x"',
        remedy: 'Set it to a number.',
      },
      { cause },
    );
    expect(error.message).toBe('a setting is wrong: PORT is "x". Set it to a number.');
    expect(error).toMatchObject({ code: 'setting_invalid', remedy: 'Set it to a number.', cause });
  });
});

describe('describeCause', () => {
  it.each([
    [new Error('two\nlines.'), 'two lines'],
    ['text', 'text'],
    [new Error(''), 'unknown reason'],
  ])('gives one line for %p', (cause, line) => {
    expect(describeCause(cause)).toBe(line);
  });
});
