import fc from 'fast-check';
import { arbitraryJson } from '../../../../testing/arbitrary-json.js';
import { canonicalJson } from './canonical-json.js';
import { parseJson } from './parse-json.js';

const limits = { maxDepth: 8 };
const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

describe('parseJson', () => {
  it.each([
    'null',
    ' {"a" : [1, 2.5, -3e2, "x:y{[\\"", true, null]}\n',
    '"\\u00e9 \\ud83d\\ude00 \\\\u0000"',
    '{"a:b":{"c":":"},"d":[{"e":1},{"e":2}]}',
    '{"\\\\":1,"\\"":2,"\\\\\\"":3}',
    '9007199254740991',
    '-9007199254740991',
    '1e21',
    '-0',
    '-0.0e10',
    '0e999999',
    '1.50',
    '100000000000000000000000e-10',
    '0.30000000000000004',
    '1.7976931348623157e308',
    '5e-324',
    '1E+2',
    '0.000001000000000000000000000',
    '12345678.12345678',
    nested(8),
  ])('takes %s as it is', (text) => {
    expect(parseJson(text, limits)).toEqual({ ok: true, value: JSON.parse(text) as unknown });
  });

  it.each([
    ['', 'empty'],
    ['{', 'open'],
    ['{"a":1}}', 'closed twice'],
    ['[1,]', 'a comma too many'],
    ["{'a':1}", 'single quotes'],
    ['{a:1}', 'a key without quotes'],
    ['"abc', 'an open string'],
    ['"abc\\"', 'an open string that ends in an escaped quote'],
    ['"a\0b"', 'a raw NUL'],
    ['"a\nb"', 'a raw line break'],
    ['"\\x41"', 'an unknown escape'],
    ['NaN', 'NaN'],
    ['-Infinity', 'Infinity'],
    ['01', 'a leading zero'],
    ['+1', 'a plus sign'],
    ['.5', 'no digit before the point'],
    ['1-2', 'arithmetic'],
    ['1e', 'no exponent'],
    ['99999999999999999999,', 'unsafe as well, but no JSON in the first place'],
    ['\ufeff{}', 'a byte order mark'],
    ['undefined', 'undefined'],
    ['{"a":1} x', 'text behind'],
  ])('refuses %j as no JSON: %s', (text) => {
    expect(parseJson(text, limits)).toMatchObject({ ok: false, code: 'invalid_message' });
  });

  it.each([
    '9007199254740992',
    '-9007199254740992',
    '9007199254740993',
    '123456789012345678901234567890',
    '{"a":[1,9007199254740993]}',
    '1e400',
    '-1e400',
    '1e-400',
    '1e99999999999999999999',
    '1e16',
    '9007199254740992.0',
    '0.1234567890123456789',
    '0.10000000000000001',
    '1.00000000000000000000000001',
    '4.9e-324',
  ])('refuses the number %s: a double would alter it', (text) => {
    expect(parseJson(text, limits)).toMatchObject({ ok: false, code: 'unsafe_number' });
  });

  it.each([
    ['"a\\u0000b"', 'NUL', 'the root'],
    ['{"a":["\\u0000"]}', 'NUL', '/a/0'],
    ['{"a~/":{"b\\u0000":1}}', 'NUL', 'a key of the object at /a~0~1'],
    ['"\\ud800"', 'lone surrogate', 'the root'],
    ['{"x":"\\uDC00\\uD800"}', 'lone surrogate', '/x'],
    ['{"\\uDfff":1}', 'lone surrogate', 'a key of the object at the root'],
    ['["\ud83d"]', 'lone surrogate', '/0'],
    ['{"__proto__":"\\ud800x"}', 'lone surrogate', '/__proto__'],
  ])('refuses the text in %j: %s', (text, what, where) => {
    const result = parseJson(text, limits);
    expect(result).toMatchObject({ ok: false, code: 'invalid_document' });
    expect(result).toHaveProperty('reason', expect.stringContaining(what));
    expect(result).toHaveProperty('reason', expect.stringContaining(where));
  });

  it.each([
    '{"a":1,"a":1}',
    '{"a":1,"\\u0061":2}',
    '[{"x":{"b":1,"c":2,"b":3}}]',
    '{"__proto__":1,"__proto__":2}',
    '{"":1,"":2}',
  ])('refuses the key that stands twice in %s', (text) => {
    expect(parseJson(text, limits)).toMatchObject({ ok: false, code: 'invalid_document' });
  });

  it('refuses what is nested too deep before anything is built of it', () => {
    expect(parseJson(nested(9), limits)).toMatchObject({ ok: false, code: 'invalid_document' });
    expect(parseJson('[{"a":'.repeat(200_000), limits)).toMatchObject({ ok: false, code: 'invalid_document' });
    expect(parseJson(`["${'['.repeat(50)}"]`, limits)).toMatchObject({ ok: true });
  });

  it('keeps prototype keys as own members and touches no prototype', () => {
    const result = parseJson('{"__proto__":{"polluted":1},"constructor":{"prototype":2},"prototype":3}', limits);
    if (!result.ok) throw new Error(result.reason);
    expect(Object.keys(result.value as object)).toEqual(['__proto__', 'constructor', 'prototype']);
    expect(Object.getPrototypeOf(result.value)).toBe(Object.getPrototypeOf(JSON.parse('{}')));
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  it('never repeats the text in its reason', () => {
    for (const text of ['{"secret": nope}', '["secret\\u0000"]', '{"secret":1,"secret":2}', '["secret", 1e999]']) {
      const result = parseJson(text, limits);
      expect(JSON.stringify(result)).not.toContain('secret');
      expect(result.ok).toBe(false);
    }
  });

  it('takes whatever JSON.stringify writes, laid out in any way', () => {
    fc.assert(
      fc.property(arbitraryJson, fc.constantFrom(0, 2, '\t'), (value, space) => {
        const result = parseJson(JSON.stringify(value, null, space), { maxDepth: 64 });
        expect(result.ok && canonicalJson(result.value)).toBe(canonicalJson(value));
      }),
    );
  });

  it('agrees with JSON.parse about what is JSON', () => {
    const fragments = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ':',
      ',',
      '"',
      '\\',
      '"a"',
      '1',
      '-',
      'e',
      '.',
      'true',
      ' ',
      '\\"',
    );
    fc.assert(
      fc.property(fc.array(fragments, { maxLength: 10 }), (parts) => {
        const text = parts.join('');
        let isJson = true;
        try {
          JSON.parse(text);
        } catch {
          isJson = false;
        }
        const result = parseJson(text, { maxDepth: 64 });
        expect(result.ok || result.code !== 'invalid_message').toBe(isJson);
      }),
      { numRuns: 2_000 },
    );
  });

  it('takes time in proportion to its input, however the quotes and zeros are arranged', () => {
    const text = `["${'\\\\'.repeat(200_000)}${'\\"'.repeat(200_000)}", 0.${'0'.repeat(300_000)}1]`;
    expect(parseJson(text, limits)).toMatchObject({ ok: false, code: 'unsafe_number' });
  });
});
