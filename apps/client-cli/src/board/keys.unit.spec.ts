import { keysFrom, type RawKey } from './keys.js';

const NONE: RawKey = {
  upArrow: false,
  downArrow: false,
  leftArrow: false,
  rightArrow: false,
  pageDown: false,
  pageUp: false,
  home: false,
  end: false,
  return: false,
  escape: false,
  ctrl: false,
  shift: false,
  tab: false,
  backspace: false,
  delete: false,
  meta: false,
};

describe('keys', () => {
  it.each<[Partial<RawKey>, string]>([
    [{ upArrow: true }, 'up'],
    [{ return: true }, 'enter'],
    [{ return: true, meta: true }, 'newline'],
    [{ tab: true, shift: true }, 'backtab'],
    [{ delete: true }, 'backspace'],
    [{ escape: true, meta: true }, 'escape'],
  ])('%j is %s', (raw, name) => {
    expect(keysFrom('', { ...NONE, ...raw })).toEqual([{ kind: 'special', name }]);
  });

  it('take what was typed quickly or pasted one by one', () => {
    expect(keysFrom('a日👩‍👩‍👧', NONE).map((key) => (key.kind === 'text' ? key.text : key.kind))).toEqual([
      'a',
      '日',
      '👩‍👩‍👧',
    ]);
  });

  it('know Enter from the line breaks of a pasted text', () => {
    expect(keysFrom('a\r\nb\tc\r', NONE)).toEqual([
      { kind: 'text', text: 'a' },
      { kind: 'special', name: 'newline' },
      { kind: 'text', text: 'b' },
      { kind: 'special', name: 'tab' },
      { kind: 'text', text: 'c' },
      { kind: 'special', name: 'enter' },
    ]);
  });

  it('drop what is no key, and see Ctrl-C wherever it comes', () => {
    expect(keysFrom('\u0007\u009b', NONE)).toEqual([]);
    expect(keysFrom('x', { ...NONE, meta: true })).toEqual([]);
    expect(keysFrom('c', { ...NONE, ctrl: true })).toEqual([{ kind: 'control', letter: 'c' }]);
    expect(keysFrom('ab\u0003', NONE).at(-1)).toEqual({ kind: 'control', letter: 'c' });
  });
});
