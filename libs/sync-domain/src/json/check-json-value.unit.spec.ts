import vm from 'node:vm';
import fc from 'fast-check';
import { arbitraryJson } from '../../../../testing/arbitrary-json.js';
import { canonicalJson } from './canonical-json.js';
import { checkJsonValue } from './check-json-value.js';

const limits = { maxDepth: 8, maxCharacters: 10_000 };
class Task {
  title = 'x';
}
const cyclic: { self?: unknown } = {};
cyclic.self = { again: cyclic };
const withSymbol = { a: 1, [Symbol('s')]: 2 };
const hidden = Object.defineProperty({ a: 1 }, 'b', { value: 2, enumerable: false });
const named = Object.assign([1], { name: 'x' });

describe('checkJsonValue', () => {
  it.each<[string, unknown, string]>([
    ['undefined', undefined, 'the root'],
    ['an undefined member', { a: { b: undefined } }, '/a/b'],
    ['a function', { f: () => 1 }, '/f'],
    ['a symbol', [Symbol('x')], '/0'],
    ['a bigint', { n: 1n }, '/n'],
    ['a Date', { 'a/b': new Date(0) }, '/a~1b'],
    ['a Map', [1, new Map()], '/1'],
    ['a Buffer', { b: Buffer.from('x') }, '/b'],
    ['a class instance', { task: new Task() }, '/task'],
    ['a boxed number', [Object(1)], '/0'],
    ['a cycle', cyclic, '/self/again'],
    ['a hole', { a: [1, , 2] }, '/a/1'], // eslint-disable-line no-sparse-arrays -- the hole is the point
    ['a symbol key', { a: withSymbol }, '/a'],
    ['a hidden property', { a: hidden }, '/a'],
    ['an array with a name', { a: named }, '/a'],
    ['a NUL', { a: 'x\0' }, '/a'],
    ['a NUL in a key', { a: { '\0': 1 } }, '/a'],
    ['a lone surrogate', ['\ud800'], '/0'],
    ['an object that inherits', Object.create({ a: 1 }), 'the root'],
  ])('refuses %s and says where', (_what, value, where) => {
    const result = checkJsonValue(value, limits);
    expect(result).toMatchObject({ ok: false, code: 'invalid_document' });
    expect(result).toHaveProperty('reason', expect.stringContaining(`at ${where} `));
  });

  it.each([NaN, Infinity, -Infinity, 2 ** 53, -(2 ** 53), 1e20])('refuses the number %s', (number) => {
    const result = checkJsonValue({ n: [number] }, limits);
    expect(result).toMatchObject({ ok: false, code: 'unsafe_number' });
    expect(result).toHaveProperty('reason', expect.stringContaining('/n/0'));
  });

  it('refuses what is too deep, endless or too large without walking it all', () => {
    let deep: unknown = 1;
    for (let i = 0; i < 100_000; i++) deep = { deep };
    expect(checkJsonValue(deep, limits)).toMatchObject({ ok: false, code: 'invalid_document' });

    const endless: unknown = new Proxy(
      {},
      {
        get: () => endless,
        ownKeys: () => ['a'],
        getOwnPropertyDescriptor: () => ({ value: endless, enumerable: true, configurable: true }),
      },
    );
    expect(checkJsonValue(endless, limits)).toMatchObject({ ok: false, code: 'invalid_document' });

    let shared: unknown = 'x'.repeat(50);
    for (let i = 0; i < 40; i++) shared = [shared, shared];
    expect(checkJsonValue(shared, { maxDepth: 64, maxCharacters: 10_000 })).toMatchObject({ ok: false });
    expect(checkJsonValue(new Array(4_000_000_000), limits)).toMatchObject({ ok: false });
    expect(checkJsonValue('x'.repeat(9_999), limits)).toMatchObject({ ok: false });
    expect(checkJsonValue('x'.repeat(9_998), limits)).toMatchObject({ ok: true, characters: 10_000 });
  });

  it('takes plain objects with no prototype or of another realm, and the same part twice', () => {
    const part = { a: 1 };
    const value = [
      part,
      part,
      Object.assign(Object.create(null), { b: 2 }),
      vm.runInNewContext('({c:[3]})'),
    ] as unknown;
    expect(checkJsonValue(value, limits)).toEqual({
      ok: true,
      value: [{ a: 1 }, { a: 1 }, { b: 2 }, { c: [3] }],
      characters: '[{"a":1},{"a":1},{"b":2},{"c":[3]}]'.length,
    });
  });

  it('copies: what the application changes later changes no document', () => {
    const mine = { tags: ['a'] };
    const result = checkJsonValue(mine, limits);
    mine.tags.push('b');
    expect(result).toMatchObject({ ok: true, value: { tags: ['a'] } });
  });

  it('takes every JSON value, key for key, and tells its length', () => {
    fc.assert(
      fc.property(arbitraryJson, (value) => {
        const result = checkJsonValue(value, { maxDepth: 64, maxCharacters: 1_000_000 });
        const text = canonicalJson(value);
        expect(result.ok && canonicalJson(result.value)).toBe(text);
        expect(result).toHaveProperty('characters', text.length);
      }),
    );
  });
});
