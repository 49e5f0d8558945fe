import fc from 'fast-check';
import { arbitraryKey } from '../../../../testing/arbitrary-json.js';
import { LIMITS } from '../limits.js';
import { arrayIndex, formatPointer, parsePointer, PointerError } from './json-pointer.js';

describe('JSON pointers', () => {
  it.each<[string, string[]]>([
    ['', []],
    ['/', ['']],
    ['/foo/0', ['foo', '0']],
    ['/a~1b', ['a/b']],
    ['/m~0n', ['m~n']],
    ['/~01', ['~1']],
    ['/~10', ['/0']],
    ['//', ['', '']],
    ['/__proto__/constructor', ['__proto__', 'constructor']],
    ['/ \n', [' \n']],
  ])('%j is %j, both ways', (pointer, tokens) => {
    expect(parsePointer(pointer)).toEqual(tokens);
    expect(formatPointer(tokens)).toBe(pointer);
  });

  it.each(['a', 'a/b', '#/a', '/~', '/~2', '/a~/b', '/~~0'])('refuses %j', (pointer) => {
    expect(() => parsePointer(pointer)).toThrow(PointerError);
  });

  it('is bounded in length and in parts', () => {
    expect(parsePointer(`/${'x'.repeat(LIMITS.pointerCharacters - 1)}`)).toHaveLength(1);
    expect(() => parsePointer(`/${'x'.repeat(LIMITS.pointerCharacters + 16)}`)).toThrow(PointerError);
    expect(() => parsePointer('/a'.repeat(257))).toThrow(PointerError);
  });

  it('reads back what it writes, whatever the keys', () => {
    fc.assert(
      fc.property(fc.array(arbitraryKey, { maxLength: 6 }), (tokens) => {
        expect(parsePointer(formatPointer(tokens))).toEqual(tokens);
      }),
    );
  });

  it.each([
    ['0', 0],
    ['7', 7],
    ['10', 10],
    ['123456789', 123456789],
    ['', -1],
    ['-', -1],
    ['00', -1],
    ['01', -1],
    ['-1', -1],
    ['+1', -1],
    ['1e0', -1],
    ['1.0', -1],
    [' 1', -1],
    ['\u0661', -1],
    ['9999999999999999', -1],
  ])('as an index, %j is %d', (token, index) => {
    expect(arrayIndex(token)).toBe(index);
  });
});
