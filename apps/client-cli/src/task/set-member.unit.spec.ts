import type { JsonValue } from '@json-database-sync/domain';
import { readAssignment, setMember } from './set-member.js';

describe('--set', () => {
  it.each([
    ['a=1', ['a'], '1'],
    ['place.city="a=b"', ['place', 'city'], '"a=b"'],
    ['/a~1b/0=null', ['a/b', '0'], 'null'],
  ])('reads %s', (argument, path, text) => {
    expect(readAssignment(argument)).toEqual({ path, text });
  });

  it.each(['a', '=1', ''])('turns down %j', (argument) => {
    expect(() => readAssignment(argument)).toThrow('--set takes path=json');
  });

  it.each<[JsonValue, string[], JsonValue]>([
    [{ a: 1 }, ['a'], { a: 'x' }],
    [{ a: 1 }, ['b', 'c'], { a: 1, b: { c: 'x' } }],
    [{ a: [1, 2] }, ['a', '1'], { a: [1, 'x'] }],
    [{ a: [1] }, ['a', '-'], { a: [1, 'x'] }],
    [[], ['0'], ['x']],
    [{ a: null }, ['a', 'b'], { a: { b: 'x' } }],
  ])('sets in %j at %j', (content, path, expected) => {
    const before = JSON.stringify(content);
    expect(setMember(content, path, 'x')).toEqual(expected);
    expect(JSON.stringify(content)).toBe(before);
  });

  it('takes __proto__ for an ordinary key', () => {
    const made = setMember({}, ['__proto__', 'polluted'], true);
    expect(JSON.stringify(made)).toBe('{"__proto__":{"polluted":true}}');
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it.each<[JsonValue, string[]]>([
    [{ a: 'text' }, ['a', 'b']],
    [[1], ['5']],
    [[1], ['01']],
    [7, ['a']],
  ])('has no place in %j at %j', (content, path) => {
    expect(() => setMember(content, path, 'x')).toThrow('no place');
  });
});
