import fc from 'fast-check';
import { arbitraryJson, deepFreeze } from '../../../../testing/arbitrary-json.js';
import { canonicalJson } from '../json/canonical-json.js';
import type { JsonValue } from '../json/json-value.js';
import { applyMergePatch } from './merge-patch.js';

describe('applyMergePatch', () => {
  it.each<[string, string, string]>([
    ['{"a":"b"}', '{"a":"c"}', '{"a":"c"}'],
    ['{"a":"b"}', '{"b":"c"}', '{"a":"b","b":"c"}'],
    ['{"a":"b"}', '{"a":null}', '{}'],
    ['{"a":"b","b":"c"}', '{"a":null}', '{"b":"c"}'],
    ['{"a":["b"]}', '{"a":"c"}', '{"a":"c"}'],
    ['{"a":"c"}', '{"a":["b"]}', '{"a":["b"]}'],
    ['{"a":{"b":"c"}}', '{"a":{"b":"d","c":null}}', '{"a":{"b":"d"}}'],
    ['{"a":[{"b":"c"}]}', '{"a":[1]}', '{"a":[1]}'],
    ['["a","b"]', '["c","d"]', '["c","d"]'],
    ['{"a":"b"}', '["c"]', '["c"]'],
    ['{"a":"foo"}', 'null', 'null'],
    ['{"a":"foo"}', '"bar"', '"bar"'],
    ['{"e":null}', '{"a":1}', '{"a":1,"e":null}'],
    ['[1,2]', '{"a":"b","c":null}', '{"a":"b"}'],
    ['{}', '{"a":{"bb":{"ccc":null}}}', '{"a":{"bb":{}}}'],
    ['{}', '{"__proto__":{"x":1},"constructor":{"y":null}}', '{"__proto__":{"x":1},"constructor":{}}'],
    ['{"__proto__":{"x":1,"y":2}}', '{"__proto__":{"x":null}}', '{"__proto__":{"y":2}}'],
    ['{"__proto__":1}', '{"__proto__":null,"toString":null}', '{}'],
  ])('%s with %s is %s (RFC 7396, appendix A, and prototype keys)', (target, patch, result) => {
    const merged = applyMergePatch(
      deepFreeze(JSON.parse(target) as JsonValue),
      deepFreeze(JSON.parse(patch) as JsonValue),
    );
    expect(canonicalJson(merged)).toBe(result);
  });

  it('is idempotent and changes neither side', () => {
    fc.assert(
      fc.property(arbitraryJson, arbitraryJson, (target, patch) => {
        const once = applyMergePatch(deepFreeze(target), deepFreeze(patch));
        expect(canonicalJson(applyMergePatch(once, patch))).toBe(canonicalJson(once));
      }),
    );
  });
});
