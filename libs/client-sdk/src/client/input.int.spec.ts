/** Bad input of every kind: refused with its code, and nothing is stored. */
import { LIMITS } from '@json-database-sync/domain';
import { SyncClient } from './sync-client.js';
import type { DocumentChange, SyncClientOptions, Where } from './types.js';

let client: SyncClient;
beforeEach(async () => {
  client = await SyncClient.open({ database: ':memory:' });
});
afterEach(() => client.close());

const cyclic: Record<string, unknown> = {};
cyclic.self = cyclic;
const deep = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels));

test.each([
  ['undefined', undefined, 'invalid_document'],
  ['a function', { f: () => 1 }, 'invalid_document'],
  ['NaN', { n: NaN }, 'unsafe_number'],
  ['2^53', { n: 2 ** 53 }, 'unsafe_number'],
  ['a date', { at: new Date(0) }, 'invalid_document'],
  ['a cycle', cyclic, 'invalid_document'],
  ['NUL', { text: 'a\0b' }, 'invalid_document'],
  ['a lone surrogate', { text: '\ud800' }, 'invalid_document'],
  ['too deep', deep(LIMITS.documentDepth + 1), 'invalid_document'],
  ['too large', 'x'.repeat(LIMITS.documentCharacters), 'invalid_document'],
  ['too many bytes', '€'.repeat(3_000_000), 'invalid_document'],
])('content with %s', async (_name, content, code) => {
  await expect(client.documents.create({ content: content as never })).rejects.toMatchObject({
    name: 'SyncError',
    code,
  });
  const { id } = await client.documents.create({ content: { a: 1 } });
  await expect(client.documents.update(id, { content: { a: content } as never })).rejects.toMatchObject({ code });
  await expect(client.documents.update(id, (draft: { a: unknown }) => void (draft.a = content))).rejects.toMatchObject({
    code,
  });
  expect(client.documents.get(id)!.content).toEqual({ a: 1 });
  expect(client.status().pending).toBe(1);
});

test.each<[string, DocumentChange, string]>([
  ['a patch that does not apply', { patch: [{ op: 'remove', path: '/none' }] }, 'invalid_patch'],
  ['a patch whose test fails', { patch: [{ op: 'test', path: '/a', value: 2 }] }, 'invalid_patch'],
  ['a patch that is none', { patch: [{ op: 'increment', path: '/a' }] as never }, 'invalid_patch'],
  ['a pointer that is none', { patch: [{ op: 'remove', path: 'a' }] }, 'invalid_patch'],
  ['two ways at once', { merge: {}, patch: [] } as never, 'invalid_argument'],
  ['nothing', null as never, 'invalid_argument'],
  ['an endless title', { title: 'x'.repeat(LIMITS.titleCharacters + 1) }, 'invalid_argument'],
  ['a title with NUL', { title: '\0' }, 'invalid_document'],
  ['a promise', (() => Promise.resolve(1)) as never, 'invalid_document'],
])('an update with %s', async (_name, change, code) => {
  const { id } = await client.documents.create({ content: { a: 1 } });
  await expect(client.documents.update(id, change)).rejects.toMatchObject({ code });
  expect(client.status().pending).toBe(1);
});

test.each<[string, DocumentChange]>([
  ['a merge that makes it too large', { merge: { b: 'x'.repeat(3_000_000) } }],
  ['a patch that makes it too large', { patch: [{ op: 'add', path: '/b', value: 'x'.repeat(3_000_000) }] }],
  ['a patch that doubles it', { patch: [{ op: 'copy', from: '/a', path: '/b' }] }],
  ['a patch that puts in what is too deep there', { patch: [{ op: 'add', path: '/b', value: deep(64) as never }] }],
  ['a patch that moves it too deep', { patch: [{ op: 'move', from: '/deep', path: '/in/it' }] }],
])('%s', async (_name, change) => {
  const content = { a: 'x'.repeat(3_000_000), deep: deep(63), in: {} } as never;
  const { id } = await client.documents.create({ content });
  await expect(client.documents.update(id, change)).rejects.toMatchObject({ code: 'invalid_document' });
  expect(client.documents.get(id)!.content).toEqual(content);
  await expect(client.documents.update(id, { merge: { a: null, c: 1 } })).resolves.toMatchObject({
    content: { deep: deep(63), in: {}, c: 1 },
  });
});

test('ids: what is no UUID, what is not there, what is there already, what is deleted', async () => {
  const none = '550e8400-e29b-41d4-a716-446655440000';
  expect(() => client.documents.get('1')).toThrow('the document id is not a UUID');
  await expect(client.documents.create({ id: '1', content: 1 })).rejects.toMatchObject({ code: 'invalid_argument' });
  expect(client.documents.get(none)).toBeUndefined();
  await expect(client.documents.update(none, { content: 1 })).rejects.toMatchObject({ code: 'document_not_found' });
  await expect(client.documents.delete(none)).rejects.toMatchObject({ code: 'document_not_found' });
  await expect(client.documents.restore(none)).rejects.toMatchObject({ code: 'document_not_found' });
  await client.documents.create({ id: none.toUpperCase(), content: 1 });
  await expect(client.documents.create({ id: none, content: 1 })).rejects.toMatchObject({ code: 'document_exists' });
  await client.documents.delete(none);
  await client.documents.delete(none);
  await expect(client.documents.update(none, { content: 1 })).rejects.toMatchObject({ code: 'document_deleted' });
  expect(client.documents.get(none)).toBeUndefined();
  expect(client.documents.get(none, { includeDeleted: true })).toMatchObject({ id: none });
  await expect(client.documents.restore(none)).resolves.toMatchObject({ deletedAt: null, content: 1 });
  expect(client.status().pending).toBe(3);
});

test('prototype keys are ordinary keys', async () => {
  const content = JSON.parse('{"__proto__":{"polluted":true},"constructor":1,"a":{"prototype":[]}}') as never;
  const { id } = await client.documents.create({ content });
  await client.documents.update(id, { patch: [{ op: 'add', path: '/a/__proto__', value: 1 }] });
  await client.documents.update(id, (draft: Record<string, unknown>) => void (draft.b = 2));
  expect(JSON.stringify(client.documents.get(id)!.content)).toBe(
    '{"__proto__":{"polluted":true},"constructor":1,"a":{"prototype":[],"__proto__":1},"b":2}',
  );
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  expect(client.documents.find({ where: { '/__proto__/polluted': true } })).toHaveLength(1);
});

test('a change inside a change is refused', async () => {
  const { id } = await client.documents.create({ content: { a: 1 } });
  let inner: Promise<unknown> | undefined;
  await client.documents.update(id, (draft: { a: number }) => {
    inner = client.documents.update(id, { content: 2 });
    inner.catch(() => undefined);
    draft.a = 3;
  });
  await expect(inner).rejects.toMatchObject({ code: 'invalid_argument' });
  expect(client.documents.get(id)!.content).toEqual({ a: 3 });
});

test('find: pointers, dotted paths, arrays, every kind of scalar; and conditions that are none', async () => {
  const made = [
    { status: 'open', owner: { name: 'Ada' }, tags: ['x'], done: false, rank: null },
    { status: 'open', owner: { name: 'Bob' }, tags: ['y'], done: true, rank: 1 },
    'not an object',
  ];
  for (const [n, content] of made.entries()) await client.documents.create({ title: `${n}`, content });
  const titles = (where: Where, more = {}) =>
    client.documents.find({ where, ...more }).map((document) => document.title);
  expect(titles({ status: 'open' })).toEqual(['0', '1']);
  expect(titles({ '/status': 'open', 'owner.name': 'Bob' })).toEqual(['1']);
  expect(titles({ '/tags/0': 'x' })).toEqual(['0']);
  expect(titles({ rank: null })).toEqual(['0']);
  expect(titles({ done: true })).toEqual(['1']);
  expect(titles({ '': 'not an object' })).toEqual(['2']);
  expect(titles({ 'tags.length': 1 })).toEqual([]);
  expect(titles({ toString: 'x' })).toEqual([]);
  expect(titles({}, { limit: 1, offset: 1 })).toEqual(['1']);
  expect(() => titles({ '/a~2': 1 })).toThrow('neither a JSON pointer nor a dotted path');
  expect(titles({ rank: { gte: 1 }, done: { ne: false } })).toEqual(['1']);
  expect(titles({ tags: { contains: 'x' } })).toEqual(['0']);
  expect(titles({ rank: { exists: false } })).toEqual(['2']);
  expect(titles({ 'owner.name': { in: ['Ada', 'Eve'] } }, { descending: true })).toEqual(['0']);
  expect(() => titles({ a: {} })).toThrow('has to be a text, a number, a boolean, null');
});

test.each([
  ['http://server/ws', 'the url has to begin with ws://, not http://'],
  ['https://server/ws', 'the url has to begin with wss://, not https://'],
  ['ftp://server/ws', 'the url has to begin with ws:// or wss://'],
  ['server', 'the url is not a URL, such as ws://localhost:8080/ws'],
  ['ws://server/#x', 'the url may have no fragment (#...)'],
])('the url %s', async (url, message) => {
  await expect(SyncClient.open({ database: ':memory:', url })).rejects.toThrow(message);
});

test.each<[Partial<SyncClientOptions>]>([
  [{ userId: 'me' }],
  [{ backoff: { initialMs: 0, maxMs: 1 } }],
  [{ backoff: { initialMs: 5, maxMs: 1 } }],
])('the options %j', async (options) => {
  await expect(SyncClient.open({ database: ':memory:', ...options })).rejects.toMatchObject({
    code: 'invalid_argument',
  });
});

test('without a url there is nothing to connect to', () => {
  expect(() => client.connect()).toThrow('the client was opened without a url');
  expect(client.status()).toMatchObject({ url: null, connection: 'offline', caughtUp: false });
});

test('a pointer or a number of operations that the protocol cannot carry becomes a whole replacement', async () => {
  const { id } = await client.documents.create({ content: {} });
  const wide = Object.fromEntries(Array.from({ length: LIMITS.patchOperations + 1 }, (_, n) => [`k${n}`, n]));
  await client.documents.update(id, { content: wide });
  await client.documents.update(id, { merge: { ['k'.repeat(LIMITS.pointerCharacters)]: 1 } });
  const [last, first] = await client.documents.history(id);
  expect(first!.patch!.length).toBeLessThanOrEqual(LIMITS.patchOperations);
  expect(last!.patch!.every((operation) => operation.path.length <= LIMITS.pointerCharacters)).toBe(true);
});
