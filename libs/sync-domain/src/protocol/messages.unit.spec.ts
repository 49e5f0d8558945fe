/** What the two dialects take from a client, and what they refuse. */
import { DOCUMENT, LAPTOP, mutationOf, STREAM, ALICE } from '../../../../testing/decider.js';
import type { JsonValue } from '../json/json-value.js';
import { LIMITS } from '../limits.js';
import { classicUpSchema } from './classic-up.js';
import { jsonPatchSchema, timestampSchema, vectorClockSchema } from './shapes.js';
import { mutationIdOnlySchema, mutationSchema, streamingUpSchema } from './streaming-up.js';

const REVISION = '2-0123456789abcdef';
const patch = [{ op: 'replace', path: '/text', value: 'b' }];
type Json = { [key: string]: JsonValue };

const CLASSIC: Json[] = [
  { type: 'authenticate', user_id: ALICE, client_id: 'any name at all', auth_token: 'demo-token' },
  {
    type: 'create_document',
    document: { id: DOCUMENT, user_id: ALICE, title: 'Groceries', content: { text: 'a' }, vector_clock: { desk: 1 } },
  },
  {
    type: 'update_document',
    patch: { document_id: DOCUMENT, revision_id: REVISION, patch, vector_clock: { desk: 2 }, checksum: 'a'.repeat(64) },
  },
  { type: 'delete_document', document_id: DOCUMENT, revision_id: REVISION },
  { type: 'request_sync', document_ids: [DOCUMENT] },
  { type: 'request_full_sync' },
  { type: 'get_changes_since', last_sequence: 0, limit: 10 },
  { type: 'ack_changes', up_to_sequence: 3 },
  { type: 'ping' },
];

const SHORT_FORMS: [string, Json][] = [
  ['authenticate without a client id', { type: 'authenticate', user_id: ALICE, auth_token: 't' }],
  [
    'create with id, title and content',
    { type: 'create_document', document: { id: DOCUMENT, title: '', content: null } },
  ],
  ['update with document and patch', { type: 'update_document', patch: { document_id: DOCUMENT, patch: [] } }],
  ['delete without a revision', { type: 'delete_document', document_id: DOCUMENT }],
  ['changes without a limit', { type: 'get_changes_since', last_sequence: 0 }],
];

describe('the classic dialect', () => {
  it.each(CLASSIC)('takes $type in full, as it came', (message) => {
    expect(classicUpSchema.parse(message)).toEqual(message);
  });

  it.each(SHORT_FORMS)('takes the short form: %s', (_what, message) => {
    expect(classicUpSchema.parse(message)).toEqual(message);
  });

  it('takes null for what may be left out', () => {
    const document = { id: DOCUMENT, title: '', content: {}, user_id: null, vector_clock: null };
    const update = { document_id: DOCUMENT, patch: [], revision_id: null, vector_clock: null, checksum: null };
    expect(classicUpSchema.safeParse({ type: 'create_document', document }).success).toBe(true);
    expect(classicUpSchema.safeParse({ type: 'update_document', patch: update }).success).toBe(true);
    expect(
      classicUpSchema.safeParse({ type: 'delete_document', document_id: DOCUMENT, revision_id: null }).success,
    ).toBe(true);
  });

  it('takes a whole document, and leaves out what the server says itself', () => {
    const whole = {
      id: DOCUMENT,
      user_id: ALICE,
      title: 'Groceries',
      content: {},
      revision_id: '1-0123456789abcdef',
      version: 1,
      vector_clock: {},
      created_at: '2026-01-01T00:00:00Z',
      updated_at: '2026-01-01T00:00:00Z',
      deleted_at: null,
    };
    expect(classicUpSchema.parse({ type: 'create_document', document: whole })).toEqual({
      type: 'create_document',
      document: { id: DOCUMENT, user_id: ALICE, title: 'Groceries', content: {}, vector_clock: {} },
    });
  });

  it('takes ids in any spelling and gives their lower-case text', () => {
    expect(classicUpSchema.parse({ type: 'delete_document', document_id: DOCUMENT.toUpperCase() })).toEqual({
      type: 'delete_document',
      document_id: DOCUMENT,
    });
  });

  it.each<[string, JsonValue]>([
    ['what is no object', 'ping'],
    ['null', null],
    ['an array', [{ type: 'ping' }]],
    ['an object without a type', {}],
    ['a type that nobody knows', { type: 'make_coffee' }],
    ['a type in another spelling', { type: 'PING' }],
    ['a type of streaming', { type: 'mutate', mutations: [{}] }],
    ['another protocol', { type: 'authenticate', protocol: 2, user_id: ALICE, auth_token: 't' }],
    ['an id that is no UUID', { type: 'delete_document', document_id: '17' }],
    ['a document without content', { type: 'create_document', document: { id: DOCUMENT, title: 'x' } }],
    ['a title that is no text', { type: 'create_document', document: { id: DOCUMENT, title: 1, content: {} } }],
    ['a patch that is no array', { type: 'update_document', patch: { document_id: DOCUMENT, patch: {} } }],
    ['a revision of no form', { type: 'delete_document', document_id: DOCUMENT, revision_id: 'latest' }],
    ['a negative sequence', { type: 'get_changes_since', last_sequence: -1 }],
    ['a sequence between two', { type: 'ack_changes', up_to_sequence: 1.5 }],
    ['a limit of nothing', { type: 'get_changes_since', last_sequence: 0, limit: 0 }],
    ['an empty client id', { type: 'authenticate', user_id: ALICE, auth_token: 't', client_id: '' }],
  ])('refuses %s', (_what, message) => {
    expect(classicUpSchema.safeParse(message).success).toBe(false);
  });

  it.each<[string, JsonValue]>([
    ['a title', { type: 'create_document', document: { id: DOCUMENT, title: 'x'.repeat(1_001), content: {} } }],
    ['a list of ids', { type: 'request_sync', document_ids: Array<string>(LIMITS.idsPerFrame + 1).fill(DOCUMENT) }],
    ['a token', { type: 'authenticate', user_id: ALICE, auth_token: 'x'.repeat(LIMITS.tokenCharacters + 1) }],
  ])('refuses %s over its limit', (_what, message) => {
    expect(classicUpSchema.safeParse(message).success).toBe(false);
  });
});

const mutationHead = { mutation_id: mutationOf(1), stream_id: STREAM, document_id: DOCUMENT };

describe('a mutation of the streaming dialect', () => {
  it.each<Json>([
    { ...mutationHead, kind: 'create', title: 'Groceries', content: null },
    { ...mutationHead, kind: 'update', base_version: 0, patch: [] },
    { ...mutationHead, kind: 'update', base_version: 3, patch, title: 'Errands' },
    { ...mutationHead, kind: 'delete', base_version: 3 },
    { ...mutationHead, kind: 'restore' },
  ])('is taken: $kind', (mutation) => {
    expect(mutationSchema.parse(mutation)).toEqual(mutation);
  });

  it.each<[string, JsonValue]>([
    ['no kind', mutationHead],
    ['a kind that nobody knows', { ...mutationHead, kind: 'explode' }],
    ['no mutation id', { ...mutationHead, mutation_id: null, kind: 'restore' }],
    ['no base', { ...mutationHead, kind: 'update', patch }],
    ['a negative base', { ...mutationHead, kind: 'delete', base_version: -1 }],
    ['no content', { ...mutationHead, kind: 'create', title: '' }],
  ])('is refused: %s', (_what, mutation) => {
    expect(mutationSchema.safeParse(mutation).success).toBe(false);
  });

  it('can be named in its refusal where its id can still be read', () => {
    expect(mutationIdOnlySchema.parse({ mutation_id: mutationOf(1), kind: 7 })).toEqual({ mutation_id: mutationOf(1) });
  });
});

describe('the streaming dialect', () => {
  it.each<Json>([
    { type: 'authenticate', protocol: 2, client_id: LAPTOP, auth_token: 't', user_id: ALICE, sdk: 'test/1' },
    { type: 'mutate', mutations: [{ kind: 'restore' }, 'broken, and judged alone'] },
    { type: 'get_changes_since', stream_id: STREAM, last_sequence: 0, limit: 5 },
    { type: 'get_snapshot', stream_id: STREAM, cursor: 'opaque' },
    { type: 'get_history', stream_id: STREAM, document_id: DOCUMENT, before_version: 2, limit: 5 },
    { type: 'ack_changes', stream_id: STREAM, up_to_sequence: 9 },
    { type: 'subscribe', stream_ids: [STREAM] },
    { type: 'unsubscribe', stream_ids: [STREAM] },
    { type: 'ping' },
  ])('takes $type, with and without a request id', (message) => {
    expect(streamingUpSchema.parse(message)).toEqual(message);
    expect(streamingUpSchema.parse({ ...message, request_id: 'r-1' })).toEqual({ ...message, request_id: 'r-1' });
  });

  it.each<[string, JsonValue]>([
    ['a client id that is no UUID', { type: 'authenticate', protocol: 2, client_id: 'desk', auth_token: 't' }],
    ['no protocol', { type: 'authenticate', client_id: LAPTOP, auth_token: 't' }],
    ['no mutations', { type: 'mutate', mutations: [] }],
    ['too many mutations', { type: 'mutate', mutations: Array<number>(LIMITS.mutationsPerFrame + 1).fill(0) }],
    ['no stream', { type: 'get_changes_since', last_sequence: 0 }],
    ['a subscription to nothing', { type: 'subscribe', stream_ids: [] }],
    ['a request id that is a number', { type: 'ping', request_id: 1 }],
    ['a type of classic', { type: 'request_full_sync' }],
  ])('refuses %s', (_what, message) => {
    expect(streamingUpSchema.safeParse(message).success).toBe(false);
  });
});

describe('a patch', () => {
  it.each<Json>([
    { op: 'add', path: '', value: null },
    { op: 'add', path: '/a~0b~1c/-', value: { deep: [] } },
    { op: 'remove', path: '/' },
    { op: 'replace', path: '/\n', value: false },
    { op: 'move', from: '/a', path: '/b' },
    { op: 'copy', from: '/a', path: '/b' },
    { op: 'test', path: '/__proto__', value: 0 },
  ])('is taken: $op', (operation) => {
    expect(jsonPatchSchema.parse([operation])).toEqual([operation]);
  });

  it('loses members that RFC 6902 does not know', () => {
    expect(jsonPatchSchema.parse([{ op: 'remove', path: '/a', value: 1, comment: 'x' }])).toEqual([
      { op: 'remove', path: '/a' },
    ]);
  });

  it.each<[string, JsonValue]>([
    ['an operation that nobody knows', { op: 'increment', path: '/a', value: 1 }],
    ['no operation', { path: '/a' }],
    ['no path', { op: 'remove' }],
    ['no value', { op: 'add', path: '/a' }],
    ['no source', { op: 'move', path: '/a' }],
    ['a pointer without its slash', { op: 'remove', path: 'a' }],
    ['a tilde that escapes nothing', { op: 'remove', path: '/a~2' }],
    ['a tilde at the end', { op: 'remove', path: '/a~' }],
    ['a pointer over its limit', { op: 'remove', path: `/${'a'.repeat(LIMITS.pointerCharacters)}` }],
  ])('is refused: %s', (_what, operation) => {
    expect(jsonPatchSchema.safeParse([operation]).success).toBe(false);
  });

  it('is refused with more operations than the limit', () => {
    const operations = Array.from({ length: LIMITS.patchOperations }, () => ({ op: 'remove', path: '/a' }));
    expect(jsonPatchSchema.safeParse(operations).success).toBe(true);
    expect(jsonPatchSchema.safeParse([...operations, operations[0]]).success).toBe(false);
  });
});

describe('shapes', () => {
  it('cut times to the milliseconds that are kept', () => {
    expect(timestampSchema.parse('2026-01-02T03:04:05.678901Z')).toBe('2026-01-02T03:04:05.678Z');
    expect(timestampSchema.parse('2026-01-02T03:04:05Z')).toBe('2026-01-02T03:04:05.000Z');
  });

  it.each(['2026-01-02', '2026-01-02T03:04:05+01:00', '2026-02-30T00:00:00Z', 'yesterday'])(
    'refuse the time %s',
    (time) => {
      expect(timestampSchema.safeParse(time).success).toBe(false);
    },
  );

  it('bound clocks in their names, their counters and their number of nodes', () => {
    const nodes = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`n${i}`, 1]));
    expect(vectorClockSchema.safeParse(nodes(LIMITS.vectorClockEntries)).success).toBe(true);
    expect(vectorClockSchema.safeParse(nodes(LIMITS.vectorClockEntries + 1)).success).toBe(false);
    for (const clock of [{ a: -1 }, { a: 1.5 }, { a: '1' }, { '': 1 }, { ['x'.repeat(101)]: 1 }, []]) {
      expect(vectorClockSchema.safeParse(clock).success).toBe(false);
    }
  });
});
