import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { deepFreeze } from '../../../../testing/arbitrary-json.js';
import { canonicalJson, jsonEqual } from '../json/canonical-json.js';
import type { JsonValue } from '../json/json-value.js';
import { applyPatch, tryApplyPatch } from './json-patch.js';
import type { JsonPatch } from './json-patch.types.js';
import { PatchError } from './patch-error.js';
import { documentAndAnyPatch, documentAndPatch, modelApply } from '../../../../testing/patch-model.js';
import { applyWithReverse } from './reverse-patch.js';

interface Vector {
  readonly comment?: string;
  readonly doc: JsonValue;
  readonly patch: JsonPatch;
  readonly expected?: JsonValue;
  readonly error?: string;
  readonly disabled?: boolean;
}

const vectorsOf = (file: string): Vector[] =>
  JSON.parse(readFileSync(require.resolve(`json-patch-test-suite/${file}`), 'utf8')) as Vector[];

const vectors = ['tests.json', 'spec_tests.json'].flatMap((file) =>
  vectorsOf(file)
    .filter((vector) => !vector.disabled)
    .map((vector, i) => ({ ...vector, name: `${file} ${i}: ${vector.comment ?? vector.error ?? 'no comment'}` })),
);

describe('the official RFC 6902 vectors', () => {
  it('are all here', () => {
    expect(vectors).toHaveLength(91);
    expect(vectors.filter((vector) => vector.error !== undefined).length).toBeGreaterThan(20);
  });

  it.each(vectors.filter((vector) => vector.error === undefined))('$name', ({ doc, patch, expected }) => {
    const before = canonicalJson(doc);
    const result = applyPatch(deepFreeze(doc), deepFreeze(patch as unknown as JsonValue) as unknown as JsonPatch);
    if (expected !== undefined) expect(result).toEqual(expected);
    const { value, reverse } = applyWithReverse(doc, patch);
    expect(canonicalJson(value)).toBe(canonicalJson(result));
    expect(canonicalJson(applyPatch(value, reverse))).toBe(before);
  });

  it.each(vectors.filter((vector) => vector.error !== undefined))('$name is refused', ({ doc, patch }) => {
    expect(() => applyPatch(deepFreeze(doc), patch)).toThrow(PatchError);
    expect(tryApplyPatch(doc, patch)).toMatchObject({ ok: false });
    expect(() => applyWithReverse(doc, patch)).toThrow(PatchError);
  });
});

describe('applyPatch', () => {
  it('agrees with the model about any patch, on whether it applies and to what', () => {
    let applied = 0;
    let refused = 0;
    fc.assert(
      fc.property(fc.oneof(documentAndPatch, documentAndAnyPatch), ([document, patch]) => {
        const expected = modelApply(document, patch);
        const result = tryApplyPatch(document, patch);
        expect(result.ok).toBe(expected !== undefined);
        if (result.ok) expect(canonicalJson(result.value)).toBe(canonicalJson(expected!));
        if (result.ok) applied++;
        else refused++;
      }),
      { numRuns: 1_000 },
    );
    expect(applied).toBeGreaterThan(100);
    expect(refused).toBeGreaterThan(20);
  });

  it('never changes the document or the patch', () => {
    fc.assert(
      fc.property(documentAndPatch, ([document, patch]) => {
        const before = canonicalJson(document);
        const asWritten = canonicalJson(patch as unknown as JsonValue);
        deepFreeze(document);
        deepFreeze(patch as unknown as JsonValue);
        const { value, reverse } = applyWithReverse(document, patch);
        deepFreeze(value);
        applyPatch(value, reverse);
        expect(canonicalJson(document)).toBe(before);
        expect(canonicalJson(patch as unknown as JsonValue)).toBe(asWritten);
      }),
    );
  });

  it.each<[string, JsonValue, unknown[], string, number]>([
    ['an unknown operation', {}, [{ op: 'spam', path: '' }], 'malformed_operation', 0],
    ['a missing value', {}, [{ op: 'add', path: '/a' }], 'malformed_operation', 0],
    ['a missing path', {}, [{ op: 'add', value: 1 }], 'malformed_operation', 0],
    ['a missing source', {}, [{ op: 'move', path: '/a' }], 'malformed_operation', 0],
    ['a malformed pointer', {}, [{ op: 'add', path: 'a', value: 1 }], 'malformed_pointer', 0],
    ['a missing parent', {}, [{ op: 'add', path: '/a/b', value: 1 }], 'path_not_found', 0],
    ['a scalar parent', { a: 'text' }, [{ op: 'add', path: '/a/0', value: 1 }], 'path_not_found', 0],
    ['an inherited member', {}, [{ op: 'replace', path: '/toString', value: 1 }], 'path_not_found', 0],
    ['a prototype', {}, [{ op: 'add', path: '/__proto__/x', value: 1 }], 'path_not_found', 0],
    ['a constructor', {}, [{ op: 'add', path: '/constructor/prototype/x', value: 1 }], 'path_not_found', 0],
    ["an array's length", [1], [{ op: 'replace', path: '/length', value: 0 }], 'path_not_found', 0],
    ['adding to length', [1], [{ op: 'add', path: '/length', value: 0 }], 'bad_index', 0],
    ['an index too far', [1], [{ op: 'add', path: '/2', value: 0 }], 'bad_index', 0],
    ['removing the end', [1], [{ op: 'remove', path: '/-' }], 'path_not_found', 0],
    ['removing the root', [1], [{ op: 'remove', path: '' }], 'root_removed', 0],
    ['a move into itself', { a: {} }, [{ op: 'move', from: '/a', path: '/a/b' }], 'move_into_itself', 0],
    ['a move of the root', { a: {} }, [{ op: 'move', from: '', path: '/a/b' }], 'move_into_itself', 0],
    [
      'a failing test',
      { a: 1 },
      [
        { op: 'add', path: '/b', value: 2 },
        { op: 'test', path: '/a', value: 2 },
      ],
      'test_failed',
      1,
    ],
    ['a test of nothing', {}, [{ op: 'test', path: '/a', value: null }], 'test_failed', 0],
  ])('refuses %s, saying why and which', (_what, document, patch, reason, operationIndex) => {
    const before = canonicalJson(document);
    const result = tryApplyPatch(deepFreeze(document), patch as JsonPatch);
    expect(result).toMatchObject({ ok: false, error: { code: 'invalid_patch', reason, operationIndex } });
    expect(canonicalJson(document)).toBe(before);
  });

  it('takes prototype keys for what they are: keys', () => {
    const document = JSON.parse('{"__proto__":{"a":1},"list":[]}') as JsonValue;
    const result = applyPatch(document, [
      { op: 'test', path: '/__proto__/a', value: 1 },
      { op: 'add', path: '/__proto__/polluted', value: true },
      { op: 'add', path: '/constructor', value: { prototype: {} } },
      { op: 'add', path: '/constructor/prototype/polluted', value: true },
      { op: 'copy', from: '/__proto__', path: '/prototype' },
      { op: 'move', from: '/__proto__', path: '/list/-' },
      { op: 'add', path: '/__proto__', value: 7 },
      { op: 'replace', path: '/__proto__', value: 8 },
    ]);
    expect(canonicalJson(result)).toBe(
      '{"__proto__":8,"constructor":{"prototype":{"polluted":true}},"list":[{"a":1,"polluted":true}],"prototype":{"a":1,"polluted":true}}',
    );
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    expect(Object.getPrototypeOf(result)).toBe(Object.prototype);
  });

  it('shares what it does not touch and copies a container once a patch', () => {
    const document = { kept: { deep: [1] }, tasks: [{ n: 1 }, { n: 2 }] };
    const result = applyPatch(document, [
      { op: 'replace', path: '/tasks/0/n', value: 5 },
      { op: 'add', path: '/tasks/0/m', value: 6 },
    ]) as typeof document;
    expect(result.kept).toBe(document.kept);
    expect(result.tasks[1]).toBe(document.tasks[1]);
    expect(result.tasks[0]).toEqual({ n: 5, m: 6 });
    expect(document.tasks[0]).toEqual({ n: 1 });
  });

  it('gives copies lives of their own', () => {
    const result = applyPatch({ a: { list: [1] } }, [
      { op: 'add', path: '/a/list/-', value: 2 },
      { op: 'copy', from: '/a', path: '/b' },
      { op: 'add', path: '/b/list/-', value: 3 },
      { op: 'copy', from: '', path: '/a/whole' },
      { op: 'remove', path: '/a/list/0' },
    ]);
    expect(result).toEqual({
      a: { list: [2], whole: { a: { list: [1, 2] }, b: { list: [1, 2, 3] } } },
      b: { list: [1, 2, 3] },
    });
  });

  it('bounds what a patch may copy, so that copies of copies cannot grow without end', () => {
    const bomb: JsonPatch = Array.from({ length: 60 }, (_, i) => ({ op: 'copy', from: '', path: `/${i}` }));
    expect(tryApplyPatch({ x: 'seed' }, bomb)).toMatchObject({ ok: false, error: { reason: 'too_large' } });
    const tower: JsonPatch = Array.from({ length: 60 }, () => ({ op: 'copy', from: '', path: '/x' }));
    expect(tryApplyPatch({ x: {} }, tower)).toMatchObject({ ok: true });
    const matryoshka: JsonPatch = Array.from({ length: 60 }, (_, i) => [
      { op: 'replace' as const, path: '', value: { a: { b: { big: 'x'.repeat(100_000) } } } },
      { op: 'move' as const, from: '/a/b', path: '/a' },
      { op: 'test' as const, path: '/a/big', value: `x`.repeat(100_000 + (i < 0 ? 1 : 0)) },
    ]).flat();
    expect(tryApplyPatch(null, matryoshka)).toMatchObject({ ok: false, error: { reason: 'too_large' } });
  });

  it('leaves equal values equal when a test does not care for key order', () => {
    const document: JsonValue = { a: { x: 1, y: [0] } };
    expect(jsonEqual(applyPatch(document, [{ op: 'test', path: '/a', value: { y: [-0], x: 1 } }]), document)).toBe(
      true,
    );
  });
});
