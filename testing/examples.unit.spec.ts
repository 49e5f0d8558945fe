/** What the test of the examples takes for equal, and what it must not. */
import { blocksOf, chosenIds, linesMatch, normalised, stepsOf, valueMatches } from './examples.js';

const MADE = '01a203f4-4bec-7272-a535-862934e875cb';
const CHOSEN = '0190d0aa-0000-7000-8000-000000001001';

describe('examples', () => {
  it('are read from their blocks, with what is typed and what comes out', () => {
    const markdown = ['# Title', '```console', `$ cli add x \\`, `    --id ${CHOSEN}`, MADE, '```'].join('\n');
    const [block] = blocksOf(markdown);
    expect(block).toMatchObject({ heading: 'Title', language: 'console', name: '' });
    expect(stepsOf(block?.lines ?? [], '$ ')).toEqual([{ input: `cli add x \\\n    --id ${CHOSEN}`, output: [MADE] }]);
    expect(chosenIds(markdown)).toEqual(new Set([CHOSEN]));
    expect(() => stepsOf(['output', '$ input'], '$ ')).toThrow('output before the first input');
  });

  it('differ in what was made, not in what was chosen', () => {
    expect(normalised(`${MADE} 2026-11-22T15:51:06.528Z 2026-11-22 15:51`, new Set())).toBe('<id> <time> <time>');
    expect(normalised(CHOSEN, new Set([CHOSEN]))).toBe(CHOSEN);
  });

  it.each<[boolean, string[], string[]]>([
    [true, ['a', 'b'], ['a', 'b']],
    [true, ['a', '…', 'd'], ['a', 'b', 'c', 'd']],
    [true, ['a', '…'], ['a']],
    [false, ['a', 'b'], ['a']],
    [false, ['a'], ['a', 'b']],
    [false, ['a', '…', 'd'], ['a', 'b', 'c']],
    [false, ['a'], ['b']],
  ])('lines: %s for %j and %j', (same, expected, actual) => {
    expect(linesMatch(expected, actual)).toBe(same);
  });

  it.each<[boolean, unknown, unknown]>([
    [true, { a: [1, { b: null }] }, { a: [1, { b: null }] }],
    [true, { a: 1, '…': '…' }, { a: 1, b: 2 }],
    [false, { a: 1 }, { a: 1, b: 2 }],
    [false, { a: 1, '…': '…' }, { a: 2, b: 2 }],
    [false, { a: 1, '…': '…' }, { b: 2 }],
    [false, [1], [1, 2]],
    [false, [], {}],
    [false, { a: null }, {}],
  ])('values: %s for %j and %j', (same, expected, actual) => {
    expect(valueMatches(expected, actual)).toBe(same);
  });
});
