/**
 * The classic dialect over a raw WebSocket: behaviours 3 to 10 of docs/protocol.md, a sentence of it a test or more.
 * Behaviours 1 and 2 are in classic-authentication.int.spec.ts.
 */
import { createHash, randomUUID } from 'node:crypto';
import { canonicalJson, type JsonValue } from '@json-database-sync/domain';
import { startTestServer, type TestServer } from '../../test/test-server.js';
import { openClassic, type ClassicClient } from '../../test/wire-client.js';

let server: TestServer;
let userId: string;
/** Two connections of one user: the one that writes, and one that looks on. */
let sender: ClassicClient;
let onlooker: ClassicClient;

beforeAll(async () => {
  server = await startTestServer();
});

beforeEach(async () => {
  userId = randomUUID();
  sender = await openClassic(server.wsUrl, userId);
  onlooker = await openClassic(server.wsUrl, userId);
});

afterEach(() => Promise.all([sender.close(), onlooker.close()]));

afterAll(() => server.stop());

const checksumOf = (content: JsonValue) => createHash('sha256').update(canonicalJson(content)).digest('hex');
const revisionOf = (generation: number, content: JsonValue) => `${generation}-${checksumOf(content).slice(0, 16)}`;
const replace = (path: string, value: JsonValue) => ({ op: 'replace', path, value });

async function create(content: JsonValue = { text: 'one' }, title = 'a document'): Promise<string> {
  const id = randomUUID();
  sender.send({ type: 'create_document', document: { id, title, content } });
  await Promise.all([sender.next('document_created'), onlooker.next('document_created')]);
  return id;
}

/** An update in the full form. `content` is what the patch makes of the document. */
function update(documentId: string, generation: number, patch: object[], content: JsonValue, clock: object = {}) {
  sender.send({
    type: 'update_document',
    patch: {
      document_id: documentId,
      revision_id: revisionOf(generation, content),
      patch,
      vector_clock: clock,
      checksum: checksumOf(content),
    },
  });
}

const eventsOf = (documentId: string) =>
  server.query<{ type: string; version: number }>(
    'SELECT type, version FROM events WHERE document_id = $1 ORDER BY version',
    [documentId],
  );

/** Nothing more has come to anybody, not even late. */
async function expectQuiet(...clients: ClassicClient[]): Promise<void> {
  for (const client of clients) {
    await client.roundTrip();
    expect(client.rest()).toEqual([]);
  }
}

describe('behaviour 3: create', () => {
  it('stores it, then sends document_created to every connection of that user, the sender included', async () => {
    const stranger = await openClassic(server.wsUrl, randomUUID());
    const id = randomUUID();
    const clock = { [randomUUID()]: 1 };
    sender.send({
      type: 'create_document',
      document: {
        id,
        user_id: userId,
        title: 'full',
        content: { n: [1] },
        vector_clock: clock,
        version: 1,
        deleted_at: null,
      },
    });
    const told = await sender.next('document_created');
    expect(told.document).toMatchObject({
      id,
      user_id: userId,
      title: 'full',
      content: { n: [1] },
      vector_clock: clock,
    });
    expect(told.document.revision_id).toBe(revisionOf(1, { n: [1] }));
    await expect(onlooker.next('document_created')).resolves.toEqual(told);
    await expect(eventsOf(id)).resolves.toEqual([{ type: 'create', version: 1 }]);
    await expectQuiet(sender, onlooker, stranger);
    await stranger.close();
  });

  it('answers a creation for another user with invalid_auth and stores nothing', async () => {
    const id = randomUUID();
    sender.send({ type: 'create_document', document: { id, user_id: randomUUID(), title: 't', content: {} } });
    await expect(sender.next('error')).resolves.toMatchObject({ code: 'invalid_auth' });
    await expect(eventsOf(id)).resolves.toEqual([]);
    await expectQuiet(sender, onlooker);
  });

  it('answers the same creation again as if it had just been created', async () => {
    const id = await create({ a: 1, b: 2 });
    sender.send({ type: 'create_document', document: { id, title: 'a document', content: { b: 2, a: 1 } } });
    await expect(sender.next('document_created')).resolves.toMatchObject({ document: { id, version: 1 } });
    await expect(eventsOf(id)).resolves.toHaveLength(1);
    await expectQuiet(sender, onlooker);
  });

  it('answers an id that exists with other content with version_mismatch and what is stored', async () => {
    const id = await create({ text: 'first' });
    sender.send({ type: 'create_document', document: { id, title: 'a document', content: { text: 'second' } } });
    await expect(sender.next('error')).resolves.toMatchObject({ code: 'version_mismatch' });
    await expect(sender.next('sync_document')).resolves.toMatchObject({ document: { id, content: { text: 'first' } } });
    await expect(eventsOf(id)).resolves.toHaveLength(1);
    await expectQuiet(sender, onlooker);
  });

  it('lets one of two that create an id at the same moment win, and tells the other', async () => {
    const id = randomUUID();
    sender.send({ type: 'create_document', document: { id, title: 't', content: { by: 'sender' } } });
    onlooker.send({ type: 'create_document', document: { id, title: 't', content: { by: 'onlooker' } } });
    const [seen, seenToo] = await Promise.all([sender.next('document_created'), onlooker.next('document_created')]);
    expect(seenToo).toEqual(seen);
    const loser = canonicalJson(seen.document.content) === '{"by":"sender"}' ? onlooker : sender;
    await expect(loser.next('error')).resolves.toMatchObject({ code: 'version_mismatch' });
    await expect(loser.next('sync_document')).resolves.toMatchObject({ document: { content: seen.document.content } });
    await expect(eventsOf(id)).resolves.toHaveLength(1);
  });
});

describe('behaviour 4: update without conflict', () => {
  it('stores it, then sends the whole new document to every connection of that user', async () => {
    const id = await create({ text: 'one', keep: true });
    const after = { text: 'two', keep: true };
    update(id, 2, [replace('/text', 'two')], after);
    const told = await sender.next('sync_document');
    expect(told.document).toMatchObject({ id, version: 2, content: after, revision_id: revisionOf(2, after) });
    await expect(onlooker.next('sync_document')).resolves.toEqual(told);
    await expect(eventsOf(id)).resolves.toHaveLength(2);
    await expectQuiet(sender, onlooker);
  });

  it('applies the short form to whatever is current', async () => {
    const id = await create({ n: 1 });
    for (const n of [2, 3])
      sender.send({ type: 'update_document', patch: { document_id: id, patch: [replace('/n', n)] } });
    await sender.next('sync_document', ({ document }) => document.version === 2);
    await expect(sender.next('sync_document')).resolves.toMatchObject({ document: { version: 3, content: { n: 3 } } });
  });

  it('takes a clock that follows the document clock', async () => {
    const id = randomUUID();
    const [node, other] = [randomUUID(), randomUUID()];
    sender.send({
      type: 'create_document',
      document: { id, title: 't', content: { n: 1 }, vector_clock: { [node]: 1 } },
    });
    await sender.next('document_created');
    update(id, 2, [replace('/n', 2)], { n: 2 }, { [node]: 1, [other]: 1 });
    await expect(sender.next('sync_document')).resolves.toMatchObject({
      document: { vector_clock: { [node]: 1, [other]: 1 }, version: 2 },
    });
    await expectQuiet(sender);
  });

  it.each([
    ['a checksum that does not match', { checksum: 'f'.repeat(64), patch: [replace('/text', 'two')] }],
    ['a patch that does not apply', { patch: [replace('/nowhere', 1)] }],
    ['a test that fails', { patch: [{ op: 'test', path: '/text', value: 'other' }, replace('/text', 'two')] }],
  ])(
    'answers %s with invalid_patch and the document, to the sender alone, and stores nothing',
    async (_what, patch) => {
      const id = await create({ text: 'one' });
      sender.send({ type: 'update_document', patch: { document_id: id, ...patch } });
      await expect(sender.next('error')).resolves.toMatchObject({ code: 'invalid_patch' });
      await expect(sender.next('sync_document')).resolves.toMatchObject({
        document: { version: 1, content: { text: 'one' } },
      });
      await expect(eventsOf(id)).resolves.toHaveLength(1);
      await expectQuiet(sender, onlooker);
    },
  );
});

describe('behaviour 5: update in conflict', () => {
  /** A document at version 3: `text` was changed twice. */
  async function atVersionThree(): Promise<string> {
    const id = await create({ text: 'one', other: 'one' });
    for (const text of ['two', 'three']) {
      sender.send({ type: 'update_document', patch: { document_id: id, patch: [replace('/text', text)] } });
      await Promise.all([sender.next('sync_document'), onlooker.next('sync_document')]);
    }
    return id;
  }

  it.each([
    ['one that the document has passed', 2],
    ['one that the document has not reached', 5],
    ['one far beyond any document', 9_999_999_999_999],
  ])('settles a change whose new generation is %s: the server wins', async (_what, generation) => {
    const id = await atVersionThree();
    const mine = { text: 'mine', other: 'one' };
    update(id, generation, [replace('/text', 'mine')], mine);
    await expect(sender.next('conflict_detected')).resolves.toEqual({
      type: 'conflict_detected',
      document_id: id,
      local_revision: revisionOf(generation, mine),
      server_revision: revisionOf(3, { text: 'three', other: 'one' }),
      resolution_strategy: 'server_wins',
    });
    for (const client of [sender, onlooker]) {
      await expect(client.next('sync_document')).resolves.toMatchObject({
        document: { version: 3, content: { text: 'three' } },
      });
    }
    await expect(eventsOf(id)).resolves.toHaveLength(3);
    await expect(server.query('SELECT FROM conflicts WHERE document_id = $1', [id])).resolves.toHaveLength(1);
    await expectQuiet(sender, onlooker);
  });

  it('keeps what does not overlap, and tells the sender of the conflict and all of the document', async () => {
    const id = await atVersionThree();
    update(id, 2, [replace('/other', 'mine')], { text: 'one', other: 'mine' });
    const merged = { text: 'three', other: 'mine' };
    await expect(sender.next('conflict_detected')).resolves.toMatchObject({
      document_id: id,
      server_revision: revisionOf(4, merged),
    });
    for (const client of [sender, onlooker]) {
      await expect(client.next('sync_document')).resolves.toMatchObject({ document: { version: 4, content: merged } });
    }
    await expectQuiet(sender, onlooker);
  });

  it('takes concurrent clocks for a conflict, though the generation fits', async () => {
    const id = randomUUID();
    const [node, other] = [randomUUID(), randomUUID()];
    sender.send({
      type: 'create_document',
      document: { id, title: 't', content: { n: 1 }, vector_clock: { [node]: 5 } },
    });
    await Promise.all([sender.next('document_created'), onlooker.next('document_created')]);
    update(id, 2, [{ op: 'add', path: '/mine', value: true }], { n: 1, mine: true }, { [node]: 4, [other]: 1 });
    await expect(sender.next('conflict_detected')).resolves.toMatchObject({ document_id: id });
    await expect(sender.next('sync_document')).resolves.toMatchObject({ document: { id } });
    await expect(onlooker.next('sync_document')).resolves.toMatchObject({ document: { id } });
    await expectQuiet(sender, onlooker);
  });

  it('lets two connections that change one document from the same base converge', async () => {
    const id = await create({ text: 'one' });
    const message = (text: string) => ({
      type: 'update_document',
      patch: { document_id: id, revision_id: revisionOf(2, { text }), patch: [replace('/text', text)] },
    });
    sender.send(message('of the sender'));
    onlooker.send(message('of the onlooker'));
    const loser = await Promise.race(
      [sender, onlooker].map((client) =>
        client.next('conflict_detected').then(
          () => client,
          () => new Promise<never>(() => {}),
        ),
      ),
    );
    const winner = loser === sender ? onlooker : sender;
    for (const client of [sender, onlooker]) {
      await expect(client.next('sync_document')).resolves.toMatchObject({
        document: { version: 2, content: { text: winner === sender ? 'of the sender' : 'of the onlooker' } },
      });
    }
    await loser.roundTrip();
    await winner.roundTrip();
    expect(winner.all('conflict_detected')).toEqual([]);
    await expect(eventsOf(id)).resolves.toHaveLength(2);
  });
});

describe('behaviour 6: delete', () => {
  it('is soft, and sends document_deleted to all', async () => {
    const id = await create();
    sender.send({ type: 'delete_document', document_id: id, revision_id: revisionOf(1, { text: 'one' }) });
    const told = await sender.next('document_deleted');
    expect(told).toMatchObject({ document_id: id, revision_id: revisionOf(2, { text: 'one' }) });
    await expect(onlooker.next('document_deleted')).resolves.toEqual(told);
    const kept = await server.query('SELECT content, deleted_at IS NOT NULL AS deleted FROM documents WHERE id = $1', [
      id,
    ]);
    expect(kept).toEqual([{ content: { text: 'one' }, deleted: true }]);
    await expectQuiet(sender, onlooker);
  });

  it('succeeds quietly for what is already deleted', async () => {
    const id = await create();
    sender.send({ type: 'delete_document', document_id: id });
    await Promise.all([sender.next('document_deleted'), onlooker.next('document_deleted')]);
    sender.send({ type: 'delete_document', document_id: id });
    sender.send({ type: 'delete_document', document_id: id, revision_id: revisionOf(1, { text: 'one' }) });
    for (let i = 0; i < 2; i++) {
      await expect(sender.next('document_deleted')).resolves.toMatchObject({
        revision_id: revisionOf(2, { text: 'one' }),
      });
    }
    await expect(eventsOf(id)).resolves.toHaveLength(2);
    await expectQuiet(sender, onlooker);
  });

  it('is a conflict where the revision named is not the newest: the newer edit stands', async () => {
    const id = await create({ n: 1 });
    update(id, 2, [replace('/n', 2)], { n: 2 });
    await Promise.all([sender.next('sync_document'), onlooker.next('sync_document')]);
    sender.send({ type: 'delete_document', document_id: id, revision_id: revisionOf(1, { n: 1 }) });
    await expect(sender.next('conflict_detected')).resolves.toMatchObject({ server_revision: revisionOf(2, { n: 2 }) });
    for (const client of [sender, onlooker]) {
      await expect(client.next('sync_document')).resolves.toMatchObject({ document: { version: 2, deleted_at: null } });
    }
    await expectQuiet(sender, onlooker);
  });
});

describe('behaviour 7: unknown documents', () => {
  const messages = (id: string) => [
    { type: 'update_document', patch: { document_id: id, patch: [replace('/text', 'x')] } },
    {
      type: 'update_document',
      patch: { document_id: id, patch: [replace('/no', 1)], checksum: 'a'.repeat(64), revision_id: revisionOf(9, {}) },
    },
    { type: 'delete_document', document_id: id },
    { type: 'delete_document', document_id: id, revision_id: revisionOf(1, {}) },
  ];

  it('answers an update or a deletion of one with document_not_found', async () => {
    for (const message of messages(randomUUID())) {
      sender.send(message);
      await expect(sender.next('error')).resolves.toMatchObject({ code: 'document_not_found' });
    }
    await expectQuiet(sender, onlooker);
  });

  it("answers for another user's document in the very same words, so that nobody can probe for ids", async () => {
    const existing = await create();
    const prober = await openClassic(server.wsUrl, randomUUID());
    const unknown = randomUUID();
    for (const [index, message] of messages(existing).entries()) {
      prober.send(message);
      const answer = await prober.next('error');
      expect(answer.code).toBe('document_not_found');
      prober.send(messages(unknown)[index]);
      await expect(prober.next('error')).resolves.toEqual(answer);
    }
    // Nor does creating an id that another user has tell anything: both have it, each their own.
    prober.send({ type: 'create_document', document: { id: existing, title: 'mine', content: { mine: true } } });
    await expect(prober.next('document_created')).resolves.toMatchObject({ document: { id: existing, version: 1 } });
    prober.send({ type: 'request_sync', document_ids: [existing] });
    await expect(prober.next('sync_document')).resolves.toMatchObject({ document: { content: { mine: true } } });
    await expectQuiet(sender, onlooker);
    await prober.close();
  });
});

describe('behaviour 8: request_full_sync and request_sync', () => {
  it('sends one sync_document for each live document over several pages, then sync_complete', async () => {
    const ids = Array.from({ length: 450 }, () => randomUUID());
    for (const id of ids) sender.send({ type: 'create_document', document: { id, title: 't', content: { id } } });
    for (const id of ids.slice(0, 10)) sender.send({ type: 'delete_document', document_id: id });
    // Right behind the writes: what this connection wrote is part of what it reads.
    sender.send({ type: 'request_full_sync' });
    await expect(sender.next('sync_complete')).resolves.toEqual({ type: 'sync_complete', synced_count: 440 });
    const synced = sender.all('sync_document').map(({ document }) => document.id);
    expect(synced.toSorted()).toEqual(ids.slice(10).toSorted());
    expect(sender.frames.at(-1)?.type).toBe('sync_complete');
  });

  it('sends nothing but sync_complete where there is nothing', async () => {
    sender.send({ type: 'request_full_sync' });
    await expect(sender.next('sync_complete')).resolves.toMatchObject({ synced_count: 0 });
    await expectQuiet(sender);
  });

  it('sends the ids asked for that live, each once, and how many those were', async () => {
    const [one, two, three] = [await create({ n: 1 }), await create({ n: 2 }), await create({ n: 3 })];
    sender.send({ type: 'delete_document', document_id: two });
    await sender.next('document_deleted');
    sender.send({ type: 'request_sync', document_ids: [one, two, three, one, randomUUID()] });
    await expect(sender.next('sync_complete')).resolves.toMatchObject({ synced_count: 2 });
    const synced = sender.all('sync_document').map(({ document }) => document.id);
    expect(synced.toSorted()).toEqual([one, three].toSorted());
    expect(onlooker.all('sync_document')).toEqual([]);
  });
});

describe('behaviour 9: get_changes_since', () => {
  it('gives every kind of event in sequence order, with its patches', async () => {
    const id = await create({ text: 'one' });
    sender.send({ type: 'update_document', patch: { document_id: id, patch: [replace('/text', 'two')] } });
    sender.send({ type: 'delete_document', document_id: id });
    sender.send({ type: 'get_changes_since', last_sequence: 0 });
    const { events, latest_sequence, has_more } = await sender.next('changes');
    expect({ latest_sequence, has_more }).toEqual({ latest_sequence: 3, has_more: false });
    expect(events).toMatchObject([
      { sequence: 1, event_type: 'create', user_id: userId, forward_patch: { id, version: 1 }, reverse_patch: null },
      {
        sequence: 2,
        event_type: 'update',
        revision_id: revisionOf(2, { text: 'two' }),
        forward_patch: [replace('/text', 'two')],
        reverse_patch: [replace('/text', 'one')],
      },
      { sequence: 3, event_type: 'delete', forward_patch: null, reverse_patch: { id, version: 2, deleted_at: null } },
    ]);
    sender.send({ type: 'get_changes_since', last_sequence: 2 });
    await expect(sender.next('changes')).resolves.toMatchObject({ events: [{ sequence: 3 }] });
    sender.send({ type: 'get_changes_since', last_sequence: 3 });
    await expect(sender.next('changes')).resolves.toMatchObject({ events: [], latest_sequence: 3, has_more: false });
  });

  it('gives at most `limit` of them: 100 where none is named, 1000 at the most', async () => {
    const id = await create({ n: 0 });
    const updates = 1_049;
    for (let n = 1; n <= updates; n++) {
      sender.send({ type: 'update_document', patch: { document_id: id, patch: [replace('/n', n)] } });
    }
    const pages: [object, number, boolean][] = [
      [{}, 100, true],
      [{ limit: 7 }, 7, true],
      [{ limit: 1_000 }, 1_000, true],
      [{ limit: 1_000_000 }, 1_000, true],
      [{ last_sequence: 1_000 }, 50, false],
    ];
    for (const [request, count, more] of pages) {
      sender.send({ type: 'get_changes_since', last_sequence: 0, ...request });
      const { events, latest_sequence, has_more } = await sender.next('changes');
      expect(latest_sequence).toBe(updates + 1);
      expect(has_more).toBe(more);
      const first = events[0]?.sequence ?? 0;
      expect(events.map(({ sequence }) => sequence)).toEqual(Array.from({ length: count }, (_, i) => first + i));
    }
  });

  it('acknowledges what a client says it has', async () => {
    sender.send({ type: 'ack_changes', up_to_sequence: 12 });
    await expect(sender.next('changes_acknowledged')).resolves.toEqual({ type: 'changes_acknowledged', sequence: 12 });
  });
});

describe('behaviour 10: pings', () => {
  it('answers WebSocket ping frames with pong frames that carry the same bytes', async () => {
    const pong = new Promise<Buffer>((resolve) => sender.socket.once('pong', resolve));
    sender.socket.ping('are you there?');
    expect((await pong).toString()).toBe('are you there?');
    await expectQuiet(sender);
  });

  it('answers `ping` with `pong`', async () => {
    sender.send({ type: 'ping' });
    await expect(sender.next('pong')).resolves.toEqual({ type: 'pong' });
  });
});
