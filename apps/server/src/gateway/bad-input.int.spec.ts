/**
 * Whatever comes in, over both dialects: it gets an error with its code, the connection and the server live on, and
 * nothing is stored. The tables are in test/bad-input.ts.
 */
import { randomUUID } from 'node:crypto';
import { LIMITS, type JsonValue } from '@json-database-sync/domain';
import { BAD_CONTENTS, BAD_FRAMES, BAD_PATCHES } from '../../test/bad-input.js';
import { mutations } from '../../test/mutations.js';
import { startTestServer, type TestServer } from '../../test/test-server.js';
import { openClassic, openStreaming, type ClassicClient, type StreamingClient } from '../../test/wire-client.js';

let server: TestServer;
let userId: string;
let classic: ClassicClient;
let streaming: StreamingClient;
/** `{ "text": "one", "list": [1] }`, at version 1. */
let documentId: string;
let stored: unknown;

beforeAll(async () => {
  server = await startTestServer();
});

beforeEach(async () => {
  userId = randomUUID();
  classic = await openClassic(server.wsUrl, userId);
  streaming = await openStreaming(server.wsUrl, userId, randomUUID());
  documentId = randomUUID();
  classic.send({
    type: 'create_document',
    document: { id: documentId, title: 't', content: { text: 'one', list: [1] } },
  });
  await classic.next('document_created');
  stored = await everything();
});

afterEach(() => Promise.all([classic.close(), streaming.close()]));

afterAll(() => server.stop());

/** All that the database holds for this user. */
async function everything(): Promise<unknown> {
  const tables = ['events', 'documents', 'mutations', 'conflicts'];
  const rows = await Promise.all(
    tables.map((table) => server.query(`SELECT * FROM ${table} WHERE stream_id = $1 ORDER BY 1, 2`, [userId])),
  );
  return rows.concat([await server.query('SELECT * FROM streams WHERE id = $1', [userId])]);
}

/** The code of the next error, be it a frame of its own or the result of a mutation. */
async function refusal(client: ClassicClient | StreamingClient): Promise<string> {
  const seen = client.frames.length;
  return (client as StreamingClient).until('a refusal', () => {
    for (const frame of (client as StreamingClient).frames.slice(seen)) {
      if (frame.type === 'error') return frame.code;
      if (frame.type === 'mutation_results') return frame.results[0]?.error?.code ?? frame.results[0]?.status;
    }
    return undefined;
  });
}

async function expectRefused(
  client: ClassicClient | StreamingClient,
  frame: string | Buffer,
  code: string,
): Promise<void> {
  const refused = refusal(client);
  client.sendRaw(frame);
  await expect(refused).resolves.toBe(code);
  await client.roundTrip();
  await expect(everything()).resolves.toEqual(stored);
}

test.each(BAD_FRAMES)('a frame: %s is refused in both dialects', async (_what, text, classicCode, streamingCode) => {
  await expectRefused(classic, text, classicCode);
  await expectRefused(streaming, text, streamingCode);
});

test.each(BAD_CONTENTS)(
  'a new document: %s is refused in both dialects',
  async (_what, content, classicCode, streamingCode) => {
    const id = randomUUID();
    const text = String(content);
    await expectRefused(
      classic,
      `{"type":"create_document","document":{"id":"${id}","title":"t","content":${text}}}`,
      classicCode,
    );
    await expectRefused(
      streaming,
      `{"type":"mutate","mutations":[{"mutation_id":"${randomUUID()}","stream_id":"${userId}","document_id":"${id}",` +
        `"kind":"create","title":"t","content":${text}}]}`,
      streamingCode,
    );
  },
);

test.each(BAD_PATCHES)('a patch: %s is refused in both dialects', async (_what, patch, classicCode, streamingCode) => {
  const text = String(patch);
  await expectRefused(
    classic,
    `{"type":"update_document","patch":{"document_id":"${documentId}","patch":${text}}}`,
    classicCode,
  );
  await expectRefused(
    streaming,
    `{"type":"mutate","mutations":[{"mutation_id":"${randomUUID()}","stream_id":"${userId}",` +
      `"document_id":"${documentId}","kind":"update","base_version":1,"patch":${text}}]}`,
    streamingCode,
  );
});

describe('fields that are wrong, classic', () => {
  const fine = { id: randomUUID(), title: 't', content: {} };
  it.each<[string, object]>([
    ['no document', { type: 'create_document' }],
    ['a document that is a list', { type: 'create_document', document: [fine] }],
    ['no id', { type: 'create_document', document: { title: 't', content: {} } }],
    ['an id that is none', { type: 'create_document', document: { ...fine, id: 'x' } }],
    ['an id with a brace', { type: 'create_document', document: { ...fine, id: `{${randomUUID()}}` } }],
    ['no content', { type: 'create_document', document: { id: fine.id, title: 't' } }],
    ['no title', { type: 'create_document', document: { id: fine.id, content: {} } }],
    ['a title that is a number', { type: 'create_document', document: { ...fine, title: 5 } }],
    ['a title that is too long', { type: 'create_document', document: { ...fine, title: 'x'.repeat(1_001) } }],
    ['a clock that is a list', { type: 'create_document', document: { ...fine, vector_clock: [] } }],
    ['a clock that runs backwards', { type: 'create_document', document: { ...fine, vector_clock: { a: -1 } } }],
    ['a clock in fractions', { type: 'create_document', document: { ...fine, vector_clock: { a: 1.5 } } }],
    ['a clock of too many nodes', { type: 'create_document', document: { ...fine, vector_clock: manyNodes() } }],
    ['a revision that is none', { type: 'delete_document', document_id: fine.id, revision_id: '1' }],
    ['a list of ids that is none', { type: 'request_sync', document_ids: 'all' }],
    ['an id among them that is none', { type: 'request_sync', document_ids: [fine.id, null] }],
    ['a huge list of ids', { type: 'request_sync', document_ids: Array.from({ length: 10_000 }, () => fine.id) }],
    ['a negative cursor', { type: 'get_changes_since', last_sequence: -1 }],
    ['a cursor that is text', { type: 'get_changes_since', last_sequence: '0' }],
    ['a limit of nothing', { type: 'get_changes_since', last_sequence: 0, limit: 0 }],
    ['a message of the other dialect', { type: 'get_snapshot', stream_id: randomUUID() }],
    ['an answer of the server', { type: 'sync_complete', synced_count: 1 }],
  ])('%s', async (_what, message) => {
    await expectRefused(classic, JSON.stringify(message), 'invalid_message');
  });
});

describe('fields that are wrong, streaming', () => {
  const id = randomUUID();
  it.each<[string, object]>([
    ['no mutations', { type: 'mutate' }],
    ['mutations that are an object', { type: 'mutate', mutations: {} }],
    [
      'too many mutations',
      { type: 'mutate', mutations: Array.from({ length: LIMITS.mutationsPerFrame + 1 }, () => ({})) },
    ],
    ['a mutation of no kind', { type: 'mutate', mutations: [{ mutation_id: id, stream_id: id, document_id: id }] }],
    ['a mutation that is a list', { type: 'mutate', mutations: [[]] }],
    [
      'a version beyond all',
      { type: 'mutate', mutations: [{ ...mutations(id).delete(id, 0), base_version: 2 ** 31 }] },
    ],
    ['a version in fractions', { type: 'mutate', mutations: [{ ...mutations(id).delete(id, 0), base_version: 0.5 }] }],
    ['no stream', { type: 'get_snapshot' }],
    ['a huge cursor', { type: 'get_snapshot', stream_id: id, cursor: 'x'.repeat(100_000) }],
    ['a huge list of streams', { type: 'subscribe', stream_ids: Array.from({ length: 10_000 }, () => id) }],
    ['a version of zero', { type: 'get_history', stream_id: id, document_id: id, before_version: 0 }],
    ['a request id that is a number', { type: 'ping', request_id: 1 }],
    ['a huge request id', { type: 'ping', request_id: 'x'.repeat(101) }],
    ['a message of the other dialect', { type: 'request_full_sync' }],
  ])('%s', async (_what, message) => {
    await expectRefused(streaming, JSON.stringify(message), 'invalid_message');
  });
});

function manyNodes(): Record<string, number> {
  return Object.fromEntries(Array.from({ length: LIMITS.vectorClockEntries + 1 }, (_, i) => [`node ${i}`, 1]));
}

describe('sizes', () => {
  it('closes a connection whose frame is over the limit with 1009; the server lives on', async () => {
    const sinner = await openClassic(server.wsUrl, userId);
    sinner.sendRaw(`"${'x'.repeat(LIMITS.frameBytes)}"`);
    await expect(sinner.closed).resolves.toMatchObject({ code: 1009 });
    await classic.roundTrip();
    await expect(everything()).resolves.toEqual(stored);
  });

  it('closes a connection whose text is not UTF-8 with 1007; the server lives on', async () => {
    const sinner = await openStreaming(server.wsUrl, userId, randomUUID());
    sinner.socket.send(Buffer.from([0x22, 0xff, 0xfe, 0x22]), { binary: false });
    await expect(sinner.closed).resolves.toMatchObject({ code: 1007 });
    await classic.roundTrip();
  });

  it('takes a document of just the limit and refuses what would grow it beyond', async () => {
    const content = { text: 'x'.repeat(LIMITS.documentCharacters - '{"text":""}'.length) };
    const id = randomUUID();
    classic.send({ type: 'create_document', document: { id, title: 't', content } });
    await expect(classic.next('document_created')).resolves.toMatchObject({ document: { id } });
    stored = await everything();
    const patch = [{ op: 'add', path: '/more', value: 1 }];
    const message = { type: 'update_document', patch: { document_id: id, patch } };
    await expectRefused(classic, JSON.stringify(message), 'invalid_message');
  });

  it('is not blown up by copies of copies', async () => {
    const patch = Array.from({ length: 60 }, (_, i) => ({ op: 'copy', from: '', path: `/copy${i}` }) as const);
    const update = mutations(userId).update(documentId, 1, patch);
    const refused = refusal(streaming);
    streaming.send({ type: 'mutate', mutations: [update] });
    expect(['invalid_patch', 'invalid_document']).toContain(await refused);
    await expect(everything()).resolves.toEqual(stored);
  });

  it('answers each of a flood of bad frames, and the good one behind them', async () => {
    for (let i = 0; i < 1_000; i++) classic.sendRaw(i % 2 === 0 ? '{' : '{"type":"nothing"}');
    await classic.roundTrip();
    expect(classic.all('error')).toHaveLength(1_000);
  });
});

describe('keys that name an object’s insides', () => {
  const text =
    '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"toString":1,"hasOwnProperty":null}';

  afterEach(() => {
    // The server runs in this very process.
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(Object.getOwnPropertyNames(Object.prototype)).not.toContain('polluted');
  });

  it('are ordinary ones: stored, sent, patched and removed', async () => {
    const id = randomUUID();
    classic.sendRaw(`{"type":"create_document","document":{"id":"${id}","title":"t","content":${text}}}`);
    const { document } = await classic.next('document_created');
    expect(JSON.parse(JSON.stringify(document.content))).toEqual(JSON.parse(text));
    expect(Object.keys(document.content as object)).toContain('__proto__');
    const [row] = await server.query<{ same: boolean }>(
      'SELECT content = $2::jsonb AS same FROM documents WHERE id = $1',
      [id, text],
    );
    expect(row).toEqual({ same: true });

    const patch = [
      { op: 'replace', path: '/__proto__/polluted', value: 'patched' },
      { op: 'add', path: '/constructor/prototype/polluted', value: 'patched' },
      { op: 'copy', from: '/__proto__', path: '/copied' },
      { op: 'remove', path: '/hasOwnProperty' },
    ] as const;
    const [result] = await mutateOne(mutations(userId).update(id, 1, patch));
    expect(result).toMatchObject({ status: 'applied' });
    const after = JSON.parse(
      '{"__proto__":{"polluted":"patched"},"constructor":{"prototype":{"polluted":"patched"}},"toString":1,"copied":{"polluted":"patched"}}',
    ) as JsonValue;
    const told = (await classic.next('sync_document')).document;
    expect(told.content).toEqual(after);
    expect(Object.keys(told.content as object).toSorted()).toEqual(['__proto__', 'constructor', 'copied', 'toString']);
  });

  it('do no harm in a message, a clock or a title', async () => {
    const id = randomUUID();
    classic.sendRaw(
      `{"type":"create_document","__proto__":{"polluted":true},"document":{"id":"${id}","title":"__proto__","content":1,` +
        '"vector_clock":{"__proto__":1,"constructor":2},"constructor":{"prototype":{"polluted":true}}}}',
    );
    await expect(classic.next('document_created')).resolves.toMatchObject({ document: { id, title: '__proto__' } });
  });

  async function mutateOne(mutation: object) {
    streaming.send({ type: 'mutate', mutations: [mutation] });
    return (await streaming.next('mutation_results')).results;
  }
});

describe('a bad command in a batch', () => {
  it('fails alone', async () => {
    const make = mutations(userId);
    const one = make.create({ n: 1 });
    const good = [one, make.create({ n: 2 }), make.update(documentId, 1, [{ op: 'remove', path: '/text' }])];
    const bad: [object, string][] = [
      [make.create('x'.repeat(LIMITS.documentCharacters)), 'invalid_document'],
      [make.update(one.document_id, 1, [{ op: 'remove', path: '/no' }]), 'invalid_patch'],
      [{ ...make.restore(documentId), kind: 'nothing' }, 'invalid_message'],
    ];
    const list = good.flatMap((mutation, i) => [bad[i]?.[0], mutation]);
    streaming.send({ type: 'mutate', mutations: list });
    const { results } = await streaming.next('mutation_results');
    expect(results.map(({ status, error }) => error?.code ?? status)).toEqual(
      good.flatMap((_, i) => [bad[i]?.[1], 'applied']),
    );
    await expect(server.query('SELECT FROM events WHERE stream_id = $1', [userId])).resolves.toHaveLength(4);
  });
});
