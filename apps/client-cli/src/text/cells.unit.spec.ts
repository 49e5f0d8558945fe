import { cellsOf, fit, head, truncate } from './cells.js';
import { fitLine, span, spread, textOf, truncateLine, widthOf } from './line.js';
import { createPaint } from './paint.js';
import { wrapLine } from './wrap-line.js';

const TEXTS = ['plain text', '日本語のタイトル', 'a🎉b🎉c', 'e\u0301e\u0301e\u0301', '', '👩‍👩‍👧 family'];

describe('cells', () => {
  it('counts what a terminal does', () => {
    expect(TEXTS.map(cellsOf)).toEqual([10, 16, 7, 3, 0, 9]);
  });

  it.each(TEXTS)('fits %j into any width exactly', (text) => {
    for (let cells = 0; cells < 20; cells++) expect(cellsOf(fit(text, cells))).toBe(cells);
  });

  it('cuts with an ellipsis, never through a character', () => {
    expect(truncate('日本語', 4)).toBe('日…');
    expect(truncate('日本語', 6)).toBe('日本語');
    expect(truncate('abc', 1)).toBe('…');
    expect(head('👩‍👩‍👧x', 1)).toBe('');
  });
});

describe('styled lines', () => {
  const line = [span('left ', { bold: true }), span('日本', { tone: 'red' }), span(' end')];

  it('are cut and filled to a width, each part keeping its style', () => {
    for (let cells = 0; cells < 20; cells++) expect(widthOf(fitLine(line, cells))).toBe(cells);
    expect(truncateLine(line, 8)).toEqual([span('left ', { bold: true }), span('日…', { tone: 'red' })]);
    expect(textOf(truncateLine(line, 9))).toBe('left 日…');
    expect(truncateLine(line, 13)).toBe(line);
  });

  it('have a left and a right part, of which the right one stays', () => {
    expect(textOf(spread([span('left')], [span('right')], 12))).toBe('left   right');
    expect(textOf(spread([span('left')], [span('right')], 8))).toBe('le…right');
    expect(textOf(spread([span('left')], [span('right')], 3))).toBe('ri…');
  });

  it('wrap without losing text or style', () => {
    const lines = wrapLine([span('a ', { dim: true }), span('longword and more', { tone: 'cyan' })], 6);
    expect(lines.map(textOf).map((text) => text.trimEnd())).toEqual(['a long', 'word', 'and', 'more']);
    expect(lines.every((each) => widthOf(each) <= 6)).toBe(true);
    expect(lines.at(-1)?.[0]).toMatchObject({ tone: 'cyan' });
    expect(wrapLine([span('日本語')], 1).map(textOf)).toEqual(['日', '本', '語']);
    expect(wrapLine([], 5)).toEqual([[]]);
  });

  it('are painted, or not', () => {
    expect(createPaint(false)(line)).toBe('left 日本 end');
    expect(createPaint(true)(line)).toBe('\u001b[1mleft \u001b[22m\u001b[31m日本\u001b[39m end');
  });
});
