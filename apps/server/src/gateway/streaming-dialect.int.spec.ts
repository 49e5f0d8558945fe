/**
 * The streaming dialect over a raw WebSocket: every request and its answer. News and concurrency are in
 * streaming-news.int.spec.ts.
 */
import { randomUUID } from 'node:crypto';
import { LIMITS, type JsonValue } from '@json-database-sync/domain';
import { mutations, type MutationMaker } from '../../test/mutations.js';
import { startTestServer, type TestServer } from '../../test/test-server.js';
import { connectStreaming, openStreaming, type StreamingClient } from '../../test/wire-client.js';

let server: TestServer;
let userId: string;
let clientId: string;
let client: StreamingClient;
/** Another client of the same user. */
let other: StreamingClient;
let make: MutationMaker;

beforeAll(async () => {
  server = await startTestServer();
});

beforeEach(async () => {
  [userId, clientId] = [randomUUID(), randomUUID()];
  client = await openStreaming(server.wsUrl, userId, clientId);
  other = await openStreaming(server.wsUrl, userId, randomUUID());
  make = mutations(userId);
});

afterEach(() => Promise.all([client.close(), other.close()]));

afterAll(() => server.stop());

const replace = (path: string, value: JsonValue) => ({ op: 'replace', path, value }) as const;

async function mutate(by: StreamingClient, ...list: unknown[]) {
  by.send({ type: 'mutate', mutations: list });
  return (await by.next('mutation_results')).results;
}

async function created(content: JsonValue = { text: 'one' }): Promise<string> {
  const mutation = make.create(content);
  await mutate(client, mutation);
  return mutation.document_id;
}

/** In no order. */
const rowsOf = (table: 'events' | 'mutations' | 'conflicts') =>
  server.query<{ document_id: string }>(`SELECT * FROM ${table} WHERE stream_id = $1`, [userId]);

describe('authenticate', () => {
  it('says who one is, which streams there are, and the limits', async () => {
    await created();
    const newcomer = await connectStreaming(server.wsUrl);
    newcomer.send({
      type: 'authenticate',
      protocol: 2,
      client_id: clientId,
      user_id: userId,
      auth_token: 'demo-token',
      sdk: 'a test/1.0',
      request_id: 'hello',
    });
    await expect(newcomer.next('auth_success')).resolves.toMatchObject({
      protocol: 2,
      client_id: clientId,
      user_id: userId,
      request_id: 'hello',
      limits: LIMITS,
      streams: [{ stream_id: userId, role: 'owner', latest_sequence: 1 }],
    });
    await newcomer.close();
  });

  it.each([
    ['a protocol that we do not speak', { protocol: 3 }, 'unsupported_protocol'],
    ['a wrong token', { auth_token: 'wrong' }, 'invalid_auth'],
    ['no client id', { client_id: undefined }, 'invalid_message'],
  ])('answers %s with its code, then closes', async (_what, part, code) => {
    const stranger = await connectStreaming(server.wsUrl);
    const good = { protocol: 2, client_id: clientId, user_id: userId, auth_token: 'demo-token' };
    stranger.send({ type: 'authenticate', request_id: 'r', ...good, ...part });
    await expect(stranger.next('auth_error')).resolves.toMatchObject({ code, request_id: 'r' });
    await expect(stranger.closed).resolves.toMatchObject({ code: 4401 });
  });

  it('is judged again on a live connection: a bad one changes nothing, a good one takes over', async () => {
    client.send({ type: 'authenticate', protocol: 2, client_id: clientId, user_id: userId, auth_token: 'wrong' });
    await expect(client.next('auth_error')).resolves.toMatchObject({ code: 'invalid_auth' });
    client.send({ type: 'authenticate', protocol: 3, request_id: 'third' });
    await expect(client.next('auth_error')).resolves.toMatchObject({
      code: 'unsupported_protocol',
      request_id: 'third',
    });
    const id = await created();

    client.send({ type: 'subscribe', stream_ids: [userId] });
    await client.next('subscribed');
    const second = randomUUID();
    client.send({ type: 'authenticate', protocol: 2, client_id: clientId, user_id: second, auth_token: 'demo-token' });
    await expect(client.next('auth_success')).resolves.toMatchObject({ user_id: second });
    // Neither rights nor news of the former user are left.
    client.send({ type: 'get_changes_since', stream_id: userId, last_sequence: 0 });
    await expect(client.next('error')).resolves.toMatchObject({ code: 'forbidden' });
    await mutate(other, make.update(id, 1, [replace('/text', 'two')]));
    await client.roundTrip();
    expect(client.all('changes')).toEqual([]);
  });
});

describe('mutate', () => {
  it('applies what nobody else has touched', async () => {
    const create = make.create({ text: 'one' });
    const [first] = await mutate(client, create);
    expect(first).toEqual({
      mutation_id: create.mutation_id,
      status: 'applied',
      document_id: create.document_id,
      version: 1,
      sequence: 1,
    });
    const update = make.update(create.document_id, 1, [replace('/text', 'two')], 'new title');
    const removal = make.delete(create.document_id, 2);
    const restoration = make.restore(create.document_id);
    const results = await mutate(client, update, removal, restoration);
    expect(results.map(({ status, version, sequence }) => [status, version, sequence])).toEqual([
      ['applied', 2, 2],
      ['applied', 3, 3],
      ['applied', 4, 4],
    ]);
  });

  it('lets a client chain changes on its own creation without waiting for answers', async () => {
    const create = make.create({ n: 0 });
    const id = create.document_id;
    client.send({ type: 'mutate', mutations: [create, make.update(id, 0, [replace('/n', 1)])] });
    client.send({ type: 'mutate', mutations: [make.update(id, 0, [replace('/n', 2)])] });
    await client.next('mutation_results');
    const { results } = await client.next('mutation_results');
    expect(results).toMatchObject([{ status: 'applied', version: 3 }]);
  });

  it('merges what does not overlap with what others did', async () => {
    const id = await created({ mine: 1, theirs: 1 });
    await mutate(other, make.update(id, 1, [replace('/theirs', 2)]));
    const [result] = await mutate(client, make.update(id, 1, [replace('/mine', 2)]));
    expect(result).toMatchObject({ status: 'merged', version: 3, sequence: 3 });
    expect(result).not.toHaveProperty('dropped');
    const [row] = await server.query('SELECT content FROM documents WHERE id = $1', [id]);
    expect(row).toEqual({ content: { mine: 2, theirs: 2 } });
    await expect(rowsOf('conflicts')).resolves.toEqual([]);
  });

  it('drops what overlaps, names it, keeps the rest and the ledger row', async () => {
    const id = await created({ a: 1, b: 1 });
    await mutate(other, make.update(id, 1, [replace('/a', 2)], 'their title'));
    const [result] = await mutate(client, make.update(id, 1, [replace('/b', 3), replace('/a', 3)], 'my title'));
    expect(result).toMatchObject({
      status: 'conflicted',
      version: 3,
      dropped: [{ index: 1, operation: replace('/a', 3) }],
      dropped_title: 'my title',
    });
    expect(result?.conflict_reason).not.toBe('');
    const [row] = await server.query('SELECT title, content FROM documents WHERE id = $1', [id]);
    expect(row).toEqual({ title: 'their title', content: { a: 2, b: 3 } });
    const ledger = await server.query(
      'SELECT id, client_id, base_version, dropped_title FROM conflicts WHERE document_id = $1',
      [id],
    );
    expect(ledger).toEqual([
      { id: result?.conflict_id, client_id: clientId, base_version: 1, dropped_title: 'my title' },
    ]);
  });

  it('takes a deletion that does not know of a newer edit for a conflict, and an update after a deletion too', async () => {
    const id = await created();
    await mutate(other, make.update(id, 1, [replace('/text', 'theirs')]));
    const [removal] = await mutate(client, make.delete(id, 1));
    expect(removal).toMatchObject({ status: 'conflicted', version: 2 });
    await mutate(client, make.delete(id, 2));
    const [update] = await mutate(other, make.update(id, 2, [replace('/text', 'late')]));
    expect(update).toMatchObject({ status: 'conflicted', dropped: [{ operation: replace('/text', 'late') }] });
    await expect(rowsOf('conflicts')).resolves.toHaveLength(2);
  });

  it('returns the first result for a mutation sent again, and changes nothing', async () => {
    const id = await created({ a: 1, b: 1 });
    await mutate(other, make.update(id, 1, [replace('/a', 2)]));
    const applied = make.update(id, 2, [replace('/b', 2)]);
    const conflicted = make.update(id, 1, [replace('/a', 3)]);
    const first = await mutate(client, applied, conflicted);
    await mutate(other, make.update(id, 3, [replace('/b', 9)]));

    // On this connection, on another one, and twice in a frame.
    for (const by of [client, other]) {
      const again = await mutate(by, applied, conflicted, applied);
      for (const [index, result] of again.entries()) {
        const original = first[index % 2];
        expect(result).toMatchObject({
          mutation_id: original?.mutation_id,
          status: 'duplicate',
          original_status: original?.status,
          version: original?.version,
          sequence: original?.sequence,
        });
        const told = ({ conflict_id, conflict_reason, dropped }: typeof result) => ({
          conflict_id,
          conflict_reason,
          dropped,
        });
        expect(told(result)).toEqual(original && told(original));
      }
    }
    await expect(rowsOf('events')).resolves.toHaveLength(4);
    await expect(rowsOf('conflicts')).resolves.toHaveLength(1);
  });

  it('rejects what cannot be, with the reason, and the rest of the frame is carried out', async () => {
    const [id, another] = [await created(), await created()];
    const foreign = randomUUID();
    const good = make.create({ good: true });
    const list: [unknown, object][] = [
      [make.create({ text: 'other' }, id), { error: { code: 'document_exists', retryable: false } }],
      [make.update(randomUUID(), 1, [replace('/text', 'x')]), { error: { code: 'document_not_found' } }],
      [make.delete(randomUUID(), 1), { error: { code: 'document_not_found' } }],
      [make.restore(randomUUID()), { error: { code: 'document_not_found' } }],
      [
        make.update(another, 1, [replace('/nowhere', 1)]),
        { error: { code: 'invalid_patch', details: { operation: 0 } } },
      ],
      [{ ...make.create({}), stream_id: foreign }, { error: { code: 'forbidden' } }],
      [
        { ...make.create({}), kind: 'explode' },
        { error: { code: 'invalid_message' }, document_id: null },
      ],
      [{ ...make.create({}), document_id: 'no id' }, { error: { code: 'invalid_message' } }],
      ['not even an object', { error: { code: 'invalid_message' }, mutation_id: null }],
      [good, { status: 'applied' }],
    ];
    const results = await mutate(client, ...list.map(([mutation]) => mutation));
    expect(results).toMatchObject(
      list.map(([mutation, result]) => ({
        status: 'rejected',
        ...(typeof mutation === 'object' &&
          mutation !== null &&
          'mutation_id' in mutation && { mutation_id: mutation.mutation_id }),
        ...result,
      })),
    );
    const stored = (await rowsOf('events')).map((row) => row.document_id);
    expect(stored.sort()).toEqual([id, another, good.document_id].sort());
  });

  it('rejects an update of a deleted document, and restores it first', async () => {
    const id = await created();
    await mutate(client, make.delete(id, 1));
    const [refused] = await mutate(client, make.update(id, 2, [replace('/text', 'x')]));
    expect(refused).toMatchObject({ status: 'rejected', error: { code: 'document_deleted' } });
    const [, update] = await mutate(client, make.restore(id), make.update(id, 3, [replace('/text', 'x')]));
    expect(update).toMatchObject({ status: 'applied', version: 4 });
  });

  it('remembers that there was nothing to do: sent again when there is, it still does nothing', async () => {
    const id = await created();
    const restore = make.restore(id);
    await expect(mutate(client, restore)).resolves.toMatchObject([{ status: 'applied', version: 1 }]);
    await mutate(client, make.delete(id, 1));
    await expect(mutate(client, restore)).resolves.toMatchObject([{ status: 'duplicate', version: 1 }]);
    await expect(rowsOf('events')).resolves.toHaveLength(2);
  });

  it('refuses a mutation id that was used for another document, and harms nobody by it', async () => {
    const first = make.create({});
    await mutate(client, first);
    const neighbour = make.create({});
    const [reused, fine] = await mutate(client, { ...make.create({}), mutation_id: first.mutation_id }, neighbour);
    expect(reused).toMatchObject({ status: 'rejected', error: { code: 'invalid_message' } });
    expect(fine).toMatchObject({ status: 'applied' });
    await expect(rowsOf('mutations')).resolves.toHaveLength(2);
  });
});

describe('get_changes_since', () => {
  it('pages through the log', async () => {
    const id = await created({ n: 0 });
    const updates = Array.from({ length: 9 }, (_, n) => make.update(id, n + 1, [replace('/n', n + 1)]));
    await mutate(client, ...updates);
    const seen: number[] = [];
    for (let cursor = 0, more = true; more;) {
      client.send({
        type: 'get_changes_since',
        stream_id: userId,
        last_sequence: cursor,
        limit: 4,
        request_id: `${cursor}`,
      });
      const page = await client.next('changes');
      expect(page).toMatchObject({ stream_id: userId, latest_sequence: 10, request_id: `${cursor}` });
      expect(page.events.length).toBeLessThanOrEqual(4);
      seen.push(...page.events.map(({ sequence }) => sequence));
      cursor = seen.at(-1) ?? 0;
      more = page.has_more;
    }
    expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it('gives what a replica needs: version, author, mutation, clock, patches, the change of the title', async () => {
    const create = make.create({ text: 'one' });
    const update = make.update(create.document_id, 1, [replace('/text', 'two')], 'second');
    await mutate(client, create, update);
    client.send({ type: 'get_changes_since', stream_id: userId, last_sequence: 1 });
    const { events } = await client.next('changes');
    expect(events).toMatchObject([
      {
        sequence: 2,
        event_type: 'update',
        document_id: create.document_id,
        version: 2,
        user_id: userId,
        client_id: clientId,
        mutation_id: update.mutation_id,
        vector_clock: { [clientId]: 2 },
        forward_patch: [replace('/text', 'two')],
        reverse_patch: [replace('/text', 'one')],
        title: { from: 'a document', to: 'second' },
      },
    ]);
  });

  it('answers a cursor beyond the head with cursor_too_old', async () => {
    await created();
    client.send({ type: 'get_changes_since', stream_id: userId, last_sequence: 2, request_id: 'r' });
    await expect(client.next('error')).resolves.toMatchObject({
      code: 'cursor_too_old',
      request_id: 'r',
      details: { latest_sequence: 1 },
    });
  });

  it('answers a cursor that retention has passed with cursor_too_old', async () => {
    const id = await created({ n: 0 });
    await mutate(client, make.update(id, 1, [replace('/n', 1)]), make.update(id, 2, [replace('/n', 2)]));
    await server.query('DELETE FROM events WHERE stream_id = $1 AND sequence <= 2', [userId]);
    client.send({ type: 'get_changes_since', stream_id: userId, last_sequence: 1 });
    await expect(client.next('error')).resolves.toMatchObject({ code: 'cursor_too_old' });
    client.send({ type: 'get_changes_since', stream_id: userId, last_sequence: 2 });
    await expect(client.next('changes')).resolves.toMatchObject({ events: [{ sequence: 3 }] });
  });

  it('takes no commit between its two reads for a hole in the log', async () => {
    const id = await created({ n: 0 });
    const rounds = 150;
    for (let n = 1; n <= rounds; n++) {
      other.send({ type: 'mutate', mutations: [make.update(id, n, [replace('/n', n)])] });
    }
    for (let cursor = 0; cursor < rounds + 1;) {
      client.send({ type: 'get_changes_since', stream_id: userId, last_sequence: cursor });
      const answer = await client.until('an answer', () =>
        client.rest().find(({ type }) => type === 'changes' || type === 'error'),
      );
      expect(answer.type).toBe('changes');
      const { events, latest_sequence } = await client.next('changes');
      expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, i) => cursor + 1 + i));
      cursor = events.at(-1)?.sequence ?? cursor;
      expect(latest_sequence).toBeGreaterThanOrEqual(cursor);
    }
  });
});

describe('get_snapshot', () => {
  it('shows the stream at one sequence while a writer goes on between the pages', async () => {
    const count = LIMITS.snapshotDocuments + 50;
    const creations = Array.from({ length: count }, (_, n) => make.create({ n }));
    const ids = creations.map(({ document_id }) => document_id).toSorted();
    for (let at = 0; at < count; at += 100) await mutate(client, ...creations.slice(at, at + 100));
    const [first = '', second = ''] = ids;
    const [last = '', oneBeforeLast = '', third = ''] = ids.toReversed();
    await mutate(client, make.delete(second, 1), make.update(third, 1, [replace('/n', 'before')]));
    const head = count + 2;

    client.send({ type: 'get_snapshot', stream_id: userId, request_id: 'p1' });
    const pages = [await client.next('snapshot')];
    expect(pages[0]).toMatchObject({ sequence: head, total: count, request_id: 'p1' });
    // Between the pages: documents of the first page and of the second one change, go, come back and are made.
    await mutate(
      other,
      make.update(first, 1, [replace('/n', 'after')]),
      make.restore(second),
      make.update(last, 1, [replace('/n', 'after')], 'a new title'),
      make.update(last, 2, [replace('/n', 'after that')]),
      make.delete(oneBeforeLast, 1),
      make.update(third, 2, [{ op: 'remove', path: '/n' }]),
      make.create({}, `ffffffff-ffff-4fff-bfff-${randomUUID().slice(-12)}`),
    );
    while (pages.at(-1)?.cursor != null) {
      client.send({ type: 'get_snapshot', stream_id: userId, cursor: pages.at(-1)?.cursor });
      pages.push(await client.next('snapshot'));
    }
    expect(pages.map(({ sequence }) => sequence)).toEqual(pages.map(() => head));
    const documents = pages.flatMap((page) => page.documents);
    expect(documents.map(({ id }) => id)).toEqual(ids);
    const created = new Map(creations.map(({ document_id, content }) => [document_id, content]));
    for (const document of documents) {
      const deleted = document.id === second;
      expect(document.content).toEqual(document.id === third ? { n: 'before' } : created.get(document.id));
      expect(document.title).toBe('a document');
      expect(document.version).toBe(deleted || document.id === third ? 2 : 1);
      expect(document.revision_id).toMatch(document.version === 1 ? /^1-/ : /^2-/);
      expect(document.deleted_at !== null).toBe(deleted);
    }
  });

  it('gives each document as it is, whatever its title and its content hold', async () => {
    const contents: JsonValue[] = [
      null,
      'a "text" \\ \u0001 \n é 😀',
      { ['__proto__']: { a: [] }, '': {}, 'k"\n': [1, -0.5, 1e-7, 1e21, 1.5e300, 5e-324, true, null, 'x'] },
      // PostgreSQL writes each of these with 301 digits.
      Array.from({ length: 200 }, () => 1e300),
    ];
    const creations = contents.map((content, n) => ({ ...make.create(content), title: `"${n}" \\ \u0002 😀` }));
    await mutate(client, ...creations);
    await mutate(client, make.delete(creations[0]?.document_id ?? '', 1));
    client.send({ type: 'get_snapshot', stream_id: userId, request_id: 'p "1"' });
    const page = await client.next('snapshot');
    client.send({ type: 'get_documents', stream_id: userId, document_ids: creations.map((one) => one.document_id) });
    const { documents } = await client.next('documents');
    expect(page).toMatchObject({ request_id: 'p "1"', total: contents.length, cursor: null });
    expect(page.documents).toEqual(documents.toSorted((a, b) => (a.id < b.id ? -1 : 1)));
    const byId = new Map<string, (typeof page.documents)[number]>(page.documents.map((each) => [each.id, each]));
    expect(creations.map(({ document_id }) => byId.get(document_id)?.content)).toEqual(contents);
    expect(byId.get(creations[0]?.document_id ?? '')?.deleted_at).toMatch(/^20.*Z$/);
  });

  it('is empty for an empty stream, and refuses a cursor that is not one of its own', async () => {
    client.send({ type: 'get_snapshot', stream_id: userId });
    await expect(client.next('snapshot')).resolves.toMatchObject({
      sequence: 0,
      documents: [],
      cursor: null,
      total: 0,
    });
    for (const cursor of ['', 'x', `1.1.${'z'.repeat(36)}`, `${'9'.repeat(30)}.1.${randomUUID()}`]) {
      client.send({ type: 'get_snapshot', stream_id: userId, cursor, request_id: 'r' });
      await expect(client.next('error')).resolves.toMatchObject({ code: 'invalid_message', request_id: 'r' });
    }
  });
});

describe('get_history', () => {
  it('gives a document’s events, newest first, in pages', async () => {
    const id = await created({ n: 0 });
    await mutate(client, ...[1, 2, 3, 4].map((n) => make.update(id, n, [replace('/n', n)])));
    const ask = (part: object) => client.send({ type: 'get_history', stream_id: userId, document_id: id, ...part });
    ask({ limit: 2, request_id: 'h' });
    const page = await client.next('history');
    expect(page).toMatchObject({ document_id: id, stream_id: userId, has_more: true, request_id: 'h' });
    expect(page.events.map(({ version }) => version)).toEqual([5, 4]);
    ask({ before_version: 4 });
    const rest = await client.next('history');
    expect(rest.events.map(({ version, event_type }) => [version, event_type])).toEqual([
      [3, 'update'],
      [2, 'update'],
      [1, 'create'],
    ]);
    expect(rest.has_more).toBe(false);
    ask({ before_version: 1 });
    await expect(client.next('history')).resolves.toMatchObject({ events: [], has_more: false });
    ask({ before_version: LIMITS.version });
    await expect(client.next('history')).resolves.toMatchObject({ has_more: false });
  });

  it('answers an unknown document with document_not_found', async () => {
    client.send({ type: 'get_history', stream_id: userId, document_id: randomUUID(), request_id: 'h' });
    await expect(client.next('error')).resolves.toMatchObject({ code: 'document_not_found', request_id: 'h' });
  });
});

describe('get_document_at', () => {
  const ask = (id: string, asked: object) =>
    client.send({ type: 'get_document_at', stream_id: userId, document_id: id, request_id: 'then', ...asked });

  it('answers the document as it was at a version or at a time, deleted or not', async () => {
    const id = await created({ n: 1 });
    await mutate(client, make.update(id, 1, [replace('/n', 2)], 'another title'), make.delete(id, 2), make.restore(id));
    const versions = [];
    for (const version of [1, 2, 3, 4]) {
      ask(id, { version });
      versions.push(await client.next('document_at'));
    }
    expect(versions).toMatchObject([
      { version: 1, document: { title: 'a document', content: { n: 1 }, deleted_at: null } },
      { version: 2, document: { title: 'another title', content: { n: 2 }, deleted_at: null } },
      { version: 3, document: { content: { n: 2 }, deleted_at: expect.any(String) as string } },
      { version: 4, document: { content: { n: 2 }, deleted_at: null } },
    ]);
    expect(versions[0]).toMatchObject({ stream_id: userId, document_id: id, request_id: 'then' });
    await server.query(
      `UPDATE events SET created_at = '2026-01-01'::timestamptz + version * interval '1 hour' WHERE document_id = $1`,
      [id],
    );
    ask(id, { timestamp: '2026-01-01T02:59:59.999999Z' });
    await expect(client.next('document_at')).resolves.toMatchObject({ version: 2, document: { content: { n: 2 } } });
    ask(id, { timestamp: '2026-01-01T00:59:59Z' });
    await expect(client.next('error')).resolves.toMatchObject({ code: 'document_not_found', request_id: 'then' });
  });

  it('refuses what is not there, and what is not one version', async () => {
    const id = await created();
    for (const [asked, code] of [
      [{ version: 2 }, 'document_not_found'],
      [{ document_id: randomUUID(), version: 1 }, 'document_not_found'],
      [{ version: 0 }, 'invalid_message'],
      [{}, 'invalid_message'],
      [{ version: 1, timestamp: '2026-01-01T00:00:00Z' }, 'invalid_message'],
      [{ timestamp: 'yesterday' }, 'invalid_message'],
    ] as const) {
      ask(id, asked);
      await expect(client.next('error')).resolves.toMatchObject({ code, request_id: 'then' });
    }
  });
});

describe('search', () => {
  const search = async (asked: object) => {
    client.send({ type: 'search', stream_id: userId, ...asked });
    const { documents, cursor } = await client.next('search_results');
    return { ids: documents.map(({ id }) => id), cursor };
  };

  it('finds live documents by what they contain and by what stands at a path, in pages', async () => {
    const first = await created({ kind: 'a', tags: ['x', 'y'] });
    const second = await created({ kind: 'a', tags: ['y'] });
    const gone = await created({ kind: 'a', tags: ['y'] });
    await mutate(client, make.delete(gone, 1));
    expect((await search({ contains: { tags: ['x'] } })).ids).toEqual([first]);
    expect((await search({ where: [{ path: '/tags/0', equals: 'y' }] })).ids).toEqual([second]);
    const both = { contains: { tags: ['y'] }, where: [{ path: '/kind', equals: 'a' }] };
    expect((await search({ ...both, where: [...both.where, { path: '/tags/1', equals: 'y' }] })).ids).toEqual([first]);
    const page = await search({ ...both, limit: 1 });
    const rest = await search({ ...both, cursor: page.cursor });
    expect([...page.ids, ...rest.ids].toSorted()).toEqual([first, second].toSorted());
    expect(rest.cursor).toBeNull();
  });

  it('refuses what is over the limits of a search', async () => {
    for (const asked of [{ contains: 'x'.repeat(LIMITS.searchCharacters) }, { where: [{ path: 'a', equals: 1 }] }]) {
      client.send({ type: 'search', stream_id: userId, ...asked });
      await expect(client.next('error')).resolves.toMatchObject({ code: 'invalid_argument' });
    }
  });
});

describe('rights', () => {
  it('answers for other people’s streams in the same words as for streams that do not exist', async () => {
    const stranger = randomUUID();
    const theirs = await openStreaming(server.wsUrl, stranger, randomUUID());
    const secret = mutations(stranger).create({ secret: true });
    await mutate(theirs, secret);
    const requests = (streamId: string) => [
      { type: 'get_changes_since', stream_id: streamId, last_sequence: 0 },
      { type: 'get_snapshot', stream_id: streamId },
      { type: 'get_history', stream_id: streamId, document_id: secret.document_id },
      { type: 'get_document_at', stream_id: streamId, document_id: secret.document_id, version: 1 },
      { type: 'search', stream_id: streamId, contains: { secret: true } },
      { type: 'ack_changes', stream_id: streamId, up_to_sequence: 1 },
      { type: 'subscribe', stream_ids: [userId, streamId] },
    ];
    const unknown = randomUUID();
    for (const [index, request] of requests(stranger).entries()) {
      client.send(request);
      const answer = await client.next('error');
      expect(answer.code).toBe('forbidden');
      client.send(requests(unknown)[index]);
      await expect(client.next('error')).resolves.toEqual(answer);
    }
    const attempts = [stranger, unknown].flatMap((streamId) => [
      mutations(streamId).create({}),
      mutations(streamId).create({}, secret.document_id),
      mutations(streamId).update(secret.document_id, 1, [replace('/secret', false)]),
      mutations(streamId).delete(secret.document_id, 1),
    ]);
    const results = await mutate(client, ...attempts);
    expect(new Set(results.map(({ error }) => JSON.stringify(error))).size).toBe(1);
    expect(results[0]).toMatchObject({ status: 'rejected', error: { code: 'forbidden' } });
    await expect(
      server.query('SELECT FROM events WHERE stream_id = ANY ($1)', [[stranger, unknown]]),
    ).resolves.toHaveLength(1);
    await theirs.close();
  });

  it('lets a viewer of a shared stream read and not write, an editor do both', async () => {
    const collection = randomUUID();
    await server.query(`INSERT INTO streams (id, kind, name) VALUES ($1, 'collection', 'shared')`, [collection]);
    const join = `INSERT INTO stream_members (stream_id, user_id, role) VALUES ($1, $2, $3)`;
    const viewer = randomUUID();
    const viewing = await openStreaming(server.wsUrl, viewer, randomUUID());
    await server.query(join, [collection, userId, 'editor']);
    await server.query(join, [collection, viewer, 'viewer']);
    const shared = mutations(collection).create({ shared: true });

    viewing.send({ type: 'subscribe', stream_ids: [collection] });
    await viewing.next('subscribed');
    await expect(mutate(viewing, shared)).resolves.toMatchObject([
      { status: 'rejected', error: { code: 'forbidden' } },
    ]);
    await expect(mutate(client, shared)).resolves.toMatchObject([{ status: 'applied', sequence: 1 }]);
    await expect(viewing.next('changes')).resolves.toMatchObject({
      stream_id: collection,
      events: [{ mutation_id: shared.mutation_id, user_id: userId }],
    });
    await viewing.close();
  });
});

describe('request_id', () => {
  it('is echoed on every answer and on errors', async () => {
    const id = await created();
    const requests: [object, string][] = [
      [{ type: 'ping' }, 'pong'],
      [{ type: 'mutate', mutations: [make.create({})] }, 'mutation_results'],
      [{ type: 'get_changes_since', stream_id: userId, last_sequence: 0 }, 'changes'],
      [{ type: 'get_snapshot', stream_id: userId }, 'snapshot'],
      [{ type: 'get_history', stream_id: userId, document_id: id }, 'history'],
      [{ type: 'ack_changes', stream_id: userId, up_to_sequence: 1 }, 'changes_acknowledged'],
      [{ type: 'subscribe', stream_ids: [userId] }, 'subscribed'],
      [{ type: 'unsubscribe', stream_ids: [userId] }, 'unsubscribed'],
      [{ type: 'no_such_thing' }, 'error'],
      [{ type: 'mutate' }, 'error'],
      [{ type: 'mutate', mutations: [] }, 'error'],
      [{ type: 'authenticate', protocol: 2 }, 'auth_error'],
    ];
    for (const [index, [request, type]] of requests.entries()) {
      const requestId = `request ${index}`;
      client.send({ ...request, request_id: requestId });
      const answer = await client.until(`the answer to ${JSON.stringify(request)}`, () =>
        client.frames.find((frame) => frame.request_id === requestId),
      );
      expect(answer.type).toBe(type);
    }
  });

  it('is left out where none was sent', async () => {
    client.send({ type: 'ping' });
    await expect(client.next('pong')).resolves.toEqual({ type: 'pong' });
  });
});
