import { cellsOf } from '../text/cells.js';
import type { Key, SpecialKey } from './keys.js';
import { editText, fieldText, fieldWindow, textField, type TextField } from './text-field.js';

const special = (name: SpecialKey): Key => ({ kind: 'special', name });
const control = (letter: string): Key => ({ kind: 'control', letter });
const text = (typed: string): Key => ({ kind: 'text', text: typed });

function edited(start: string, ...keys: Key[]): TextField {
  return keys.reduce((field, key) => editText(field, key, { maxCharacters: 20 }) ?? field, textField(start));
}

describe('a text field', () => {
  it.each<[string, Key[], string]>([
    ['ab', [text('c')], 'abc|'],
    ['ab', [special('left'), text('x')], 'ax|b'],
    ['ab', [special('home'), special('backspace'), text('x')], 'x|ab'],
    ['ab', [special('home'), special('right'), special('right'), special('right')], 'ab|'],
    ['a👩‍👩‍👧', [special('backspace')], 'a|'],
    ['日本', [special('left'), special('left'), special('end')], '日本|'],
    ['one two  ', [control('w')], 'one |'],
    ['one', [control('a'), control('d'), control('k')], '|'],
    ['one', [special('left'), control('u')], '|e'],
    ['a', [special('newline')], 'a |'],
    ['12345678901234567890', [text('x')], '12345678901234567890|'],
  ])('%j after %j', (start, keys, expected) => {
    const { before, after } = edited(start, ...keys);
    expect(`${before}|${after}`).toBe(expected);
  });

  it('leaves other keys to others', () => {
    for (const name of ['enter', 'escape', 'tab', 'up'] as const) {
      expect(editText(textField('a'), special(name), { maxCharacters: 9 })).toBeUndefined();
    }
  });

  it('takes line breaks where it may have several lines', () => {
    const field = editText(textField('a'), special('newline'), { maxCharacters: 9, multiline: true });
    expect(field && fieldText(field)).toBe('a\n');
  });

  it('always shows its cursor, within any width', () => {
    const long = 'a long text 日本語 🎉 with wide characters\nin two lines';
    for (let left = 0; left < 40; left++) {
      const field = Array.from({ length: left }).reduce<TextField>(
        (each) => editText(each, special('left'), { maxCharacters: 100 }) ?? each,
        textField(long),
      );
      for (let cells = 2; cells < 60; cells++) {
        const { before, under, after } = fieldWindow(field, cells);
        expect(cellsOf(before + under + after)).toBeLessThanOrEqual(cells);
        expect(under).not.toBe('');
      }
    }
  });
});
