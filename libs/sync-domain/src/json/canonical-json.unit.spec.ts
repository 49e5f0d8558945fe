import fc from 'fast-check';
import { arbitraryJson, shuffledCopy } from '../../../../testing/arbitrary-json.js';
import { canonicalJson, jsonEqual } from './canonical-json.js';
import { canonicalLength } from './json-size.js';
import type { JsonValue } from './json-value.js';
import { parseJson } from './parse-json.js';

const parsed = (text: string): JsonValue => JSON.parse(text) as JsonValue;

describe('canonicalJson', () => {
  it('writes the example of RFC 8785, section 3.2.2', () => {
    const input = String.raw`{
      "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
      "literals": [null, true, false]
    }`;
    expect(canonicalJson(parsed(input))).toBe(
      String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
    );
  });

  it('sorts keys by UTF-16 code unit, as in RFC 8785, section 3.2.3', () => {
    const input = String.raw`{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh",
      "1":"One","\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"}`;
    expect(Object.values(parsed(canonicalJson(parsed(input))) as object).sort()).toHaveLength(7);
    expect([...canonicalJson(parsed(input)).matchAll(/:"(\w+)/g)].map((match) => match[1])).toEqual([
      'Carriage',
      'One',
      'Control',
      'Latin',
      'Euro',
      'Emoji',
      'Hebrew',
    ]);
  });

  it.each([
    ['0000000000000000', '0'],
    ['8000000000000000', '0'],
    ['0000000000000001', '5e-324'],
    ['8000000000000001', '-5e-324'],
    ['7fefffffffffffff', '1.7976931348623157e+308'],
    ['4340000000000000', '9007199254740992'],
    ['4430000000000000', '295147905179352830000'],
    ['44b52d02c7e14af5', '9.999999999999997e+22'],
    ['44b52d02c7e14af6', '1e+23'],
    ['444b1ae4d6e2ef4e', '999999999999999700000'],
    ['444b1ae4d6e2ef50', '1e+21'],
    ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
    ['3eb0c6f7a0b5ed8d', '0.000001'],
    ['41b3de4355555553', '333333333.3333332'],
    ['becbf647612f3696', '-0.0000033333333333333333'],
  ])('writes the double %s as RFC 8785, appendix B, does: %s', (bits, text) => {
    const view = new DataView(new ArrayBuffer(8));
    view.setBigUint64(0, BigInt(`0x${bits}`));
    expect(canonicalJson(view.getFloat64(0))).toBe(text);
    expect(canonicalJson({ b: view.getFloat64(0), a: 1 })).toBe(`{"a":1,"b":${text}}`);
  });

  it('orders numeric keys as text and keeps __proto__', () => {
    const value = parsed('{"10":1,"9":2,"__proto__":{"z":1,"a":2},"a":[]}');
    expect(canonicalJson(value)).toBe('{"10":1,"9":2,"__proto__":{"a":2,"z":1},"a":[]}');
  });

  it('is the same however the keys were ordered, and stays the same when read and written again', () => {
    fc.assert(
      fc.property(arbitraryJson, (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(shuffledCopy(value))).toBe(text);
        expect(canonicalJson(parsed(text))).toBe(text);
        expect(parseJson(text, { maxDepth: 64 })).toMatchObject({ ok: true });
      }),
    );
  });

  it('has the length that canonicalLength says, which looks no further than its bound', () => {
    fc.assert(
      fc.property(arbitraryJson, (value) => {
        const { length } = canonicalJson(value);
        expect(canonicalLength(value, { maxCharacters: length, maxDepth: 10 })).toBe(length);
        expect(canonicalLength(value, { maxCharacters: length - 1, maxDepth: 10 })).toBeUndefined();
      }),
    );
    let shared: JsonValue = 'x';
    for (let i = 0; i < 60; i++) shared = [shared, shared];
    expect(canonicalLength(shared, { maxCharacters: 10_000, maxDepth: 100 })).toBeUndefined();
    expect(canonicalLength([[[]]], { maxCharacters: 100, maxDepth: 2 })).toBeUndefined();
  });
});

describe('jsonEqual', () => {
  it('says what comparing canonical texts says', () => {
    fc.assert(
      fc.property(arbitraryJson, arbitraryJson, (a, b) => {
        expect(jsonEqual(a, b)).toBe(canonicalJson(a) === canonicalJson(b));
        expect(jsonEqual(a, shuffledCopy(a))).toBe(true);
      }),
    );
  });

  it.each<[string, string, boolean]>([
    ['0', '-0', true],
    ['[]', '{}', false],
    ['{}', '[]', false],
    ['null', '{}', false],
    ['[1,2]', '[2,1]', false],
    ['{"a":1}', '{"b":1}', false],
    ['{"__proto__":1}', '{"__proto__":1}', true],
    ['{"__proto__":{}}', '{"a":{}}', false],
    ['{"toString":1}', '{}', false],
    ['{"__proto__":null}', '{"a":null}', false],
    ['1', '"1"', false],
  ])('%s and %s: %s', (a, b, equal) => {
    expect(jsonEqual(parsed(a), parsed(b))).toBe(equal);
  });
});
