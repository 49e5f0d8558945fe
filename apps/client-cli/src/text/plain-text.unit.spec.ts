import { plainLine, plainLines, safeJson, visibleControls } from './plain-text.js';

describe('text of documents on its way to a terminal', () => {
  it.each([
    ['colours', 'a\u001b[31mred\u001b[0m', 'ared'],
    ['the window title', 'a\u001b]0;pwned\u0007b', 'ab'],
    ['the clipboard', 'a\u001b]52;c;cm0gLXJm\u001b\\b', 'ab'],
    ['the 8-bit control sequence introducer', 'a\u009b2Jb', 'ab'],
    ['a bare escape', 'a\u001bb', 'ab'],
    ['backspaces', 'rm\b\bls', 'rmls'],
    ['a carriage return that would overwrite', 'safe\revil', 'safe evil'],
    ['bidirectional overrides', 'a\u202egpj.exe', 'agpj.exe'],
    ['NUL and DEL', 'a\u0000b\u007fc', 'abc'],
    ['line and paragraph separators', 'a\u2028b\u2029c', 'a b c'],
    ['lone surrogates', 'a\ud800b', 'a\ufffdb'],
  ])('takes out %s', (_what, text, expected) => {
    const shown = plainLine(text);
    expect(shown).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/); // eslint-disable-line no-control-regex
    expect(shown).toBe(expected);
  });

  it('keeps everything else', () => {
    expect(plainLine('Straße, 日本語, עברית, 🎉 é')).toBe('Straße, 日本語, עברית, 🎉 é');
  });

  it('keeps of a composed emoji what is as wide everywhere', () => {
    expect(plainLine('👩‍👩‍👧‍👦 👍🏽 ⚠️ ❤️‍🔥')).toBe('👩 👍 ⚠ ❤');
  });

  it('keeps line breaks where there may be several lines', () => {
    expect(plainLines('one\r\ntwo\u001b[2J\n\tthree')).toEqual(['one', 'two', '  three']);
  });

  it('writes JSON that a terminal does not obey, and that parses to the same', () => {
    const value = { text: 'a\u001b[31m\u009b2J\u007f\u202eb' };
    const text = safeJson(value);
    expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/); // eslint-disable-line no-control-regex
    expect(JSON.parse(text)).toEqual(value);
  });

  it('makes control characters visible where text is edited, one sign each', () => {
    expect(visibleControls('a\u001b[1m\nb')).toBe('a·[1m\nb');
  });
});
