/** JSON for property tests: every kind of value, and the keys that trip implementations up, more often than chance would. */
import type { JsonObject, JsonValue } from '@json-database-sync/domain';
import fc from 'fast-check';

const text = fc.string({ unit: 'binary', maxLength: 8 }).map((s) => s.replaceAll('\0', ''));

export const arbitraryKey: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('a', 'b', 'c') },
  fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'length', 'toJSON'),
  fc.constantFrom('', '~', '/', '~1', '~0', '~01', 'a/b', '0', '1', '10', '01', '-', ' ', '"', '\\', '\u0001'),
  fc.constantFrom('\u00e9', '\ufb33', '\u{1f600}', '\u20ac'),
  text,
);

export const arbitraryNumber: fc.Arbitrary<number> = fc.oneof(
  fc.integer({ min: -20, max: 20 }),
  fc.maxSafeInteger(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).filter((n) => Math.abs(n) < 2 ** 53 || Math.abs(n) >= 1e21),
  fc.constantFrom(-0, 1e21, 5e-324, 0.1 + 0.2, Number.MAX_VALUE, 1e-7),
);

const scalar: fc.Arbitrary<JsonValue> = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  arbitraryNumber,
  text,
  fc.constantFrom('x', 'y', '__proto__'),
);

/** Own properties whatever the keys are called. */
export function objectOf(entries: readonly (readonly [string, JsonValue])[]): JsonObject {
  return Object.fromEntries(entries);
}

const { value } = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', maxDepth: 4 },
    scalar,
    fc.array(tie('value'), { maxLength: 5 }),
    fc.array(fc.tuple(arbitraryKey, tie('value')), { maxLength: 5 }).map(objectOf),
  ),
}));

export const arbitraryJson: fc.Arbitrary<JsonValue> = value;

export const arbitraryObject: fc.Arbitrary<JsonValue> = fc
  .array(fc.tuple(arbitraryKey, arbitraryJson), { minLength: 1, maxLength: 6 })
  .map(objectOf);

/** The same value with other key orders and other identities. */
export function shuffledCopy(json: JsonValue): JsonValue {
  if (typeof json !== 'object' || json === null) return json;
  if (Array.isArray(json)) return (json as readonly JsonValue[]).map(shuffledCopy);
  return objectOf(
    Object.entries(json)
      .reverse()
      .map(([key, member]) => [key, shuffledCopy(member)] as const),
  );
}

/** From here on, whoever writes to any part of it throws. */
export function deepFreeze<T extends JsonValue>(json: T): T {
  if (typeof json === 'object' && json !== null && !Object.isFrozen(json)) {
    Object.freeze(json);
    Object.values(json).forEach(deepFreeze);
  }
  return json;
}
