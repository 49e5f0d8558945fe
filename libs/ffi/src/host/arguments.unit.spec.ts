import { LIMITS, SyncError } from '@json-database-sync/domain';
import { Arguments, NotJson } from './arguments.js';
import { FrameError } from './frame.js';

const given = (...fields: (string | null)[]): Arguments => new Arguments(fields);

function failure(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error instanceof SyncError ? error.code : error;
  }
  throw new Error('nothing was thrown');
}

test('a field that is not there breaks the protocol, one that is nothing only where there has to be something', () => {
  expect(given(null).optionalText(0)).toBeUndefined();
  expect(failure(() => given(null).text(0))).toBeInstanceOf(FrameError);
  expect(failure(() => given().optionalText(0))).toBeInstanceOf(FrameError);
});

test('numbers beyond what JavaScript counts exactly are refused', () => {
  expect(given('-3').integer(0)).toBe(-3);
  for (const bad of ['9007199254740993', '1.5', 'x', '1e400']) {
    expect(failure(() => given(bad).integer(0))).toBe('invalid_argument');
  }
});

test('a patch is one of RFC 6902', () => {
  const patch = [{ op: 'add', path: '/a', value: { b: [1] } }];
  expect(given(JSON.stringify(patch)).patch(0)).toEqual(patch);
  for (const bad of [
    '{}',
    '[1]',
    '[{"op":"fly","path":""}]',
    '[{"op":"add","path":"a","value":1}]',
    '[{"op":"add","path":"/a"}]',
  ]) {
    expect(failure(() => given(bad).patch(0))).toBe('invalid_patch');
  }
  const long = Array.from({ length: LIMITS.patchOperations + 1 }, () => ({ op: 'remove', path: '/a' }));
  expect(failure(() => given(JSON.stringify(long)).patch(0))).toBe('invalid_patch');
  expect(failure(() => given('[').patch(0))).toBeInstanceOf(NotJson);
});

test('a condition has paths, and values or operators that there are', () => {
  const where = { done: false, 'owner.name': null, rank: { gte: 2, lt: 'z', in: [1, 'a', null], exists: true } };
  expect(given(JSON.stringify(where)).where(0)).toEqual(where);
  for (const bad of [
    '[]',
    '1',
    'null',
    '{"a":[]}',
    '{"a":{"near":1}}',
    '{"a":{"gt":true}}',
    '{"a":{"in":1}}',
    '{"a":{"exists":1}}',
  ]) {
    expect(failure(() => given(bad).where(0))).toBe('invalid_argument');
  }
});

test('no path of a condition gets lost, whatever it is called', () => {
  const where = given('{"__proto__":1,"constructor":2}').where(0);
  expect(Object.entries(where)).toEqual([
    ['__proto__', 1],
    ['constructor', 2],
  ]);
});

test('what is wrong with the options is said with its place', () => {
  expect(() => given('{"limit":"1"}').listOptions(0)).toThrow(/limit .*number/);
  expect(failure(() => given('{"unknown":1}').listOptions(0))).toBe('invalid_argument');
  expect(given(null).listOptions(0)).toEqual({});
  expect(given('{"order_by":"created_at","include_deleted":true}').listOptions(0)).toEqual({
    orderBy: 'createdAt',
    includeDeleted: true,
  });
});
