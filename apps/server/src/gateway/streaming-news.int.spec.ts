/** The streaming dialect's live changes over raw WebSockets: their order, their completeness, and many writers at once. */
import { randomUUID } from 'node:crypto';
import { mutations, type MutationMaker } from '../../test/mutations.js';
import { startTestServer, type TestServer } from '../../test/test-server.js';
import { openClassic, openStreaming, type StreamingClient } from '../../test/wire-client.js';

let server: TestServer;
let userId: string;
let clientId: string;
let client: StreamingClient;
let make: MutationMaker;

beforeAll(async () => {
  server = await startTestServer();
});

beforeEach(async () => {
  [userId, clientId] = [randomUUID(), randomUUID()];
  client = await openStreaming(server.wsUrl, userId, clientId);
  make = mutations(userId);
});

afterEach(() => client.close());

afterAll(() => server.stop());

async function mutate(by: StreamingClient, ...list: object[]) {
  by.send({ type: 'mutate', mutations: list });
  return (await by.next('mutation_results')).results;
}

async function subscribe(by: StreamingClient, streamId = userId): Promise<number> {
  by.send({ type: 'subscribe', stream_ids: [streamId] });
  const { streams } = await by.next('subscribed');
  return streams[0]?.latest_sequence ?? -1;
}

const liveEvents = (by: StreamingClient) => by.all('changes').flatMap(({ events }) => events);

/** Waits for the live changes up to a sequence, and gives all of them. */
async function eventsUpTo(by: StreamingClient, sequence: number) {
  return by.until(`sequence ${sequence}`, () => {
    const events = liveEvents(by);
    return (events.at(-1)?.sequence ?? 0) >= sequence ? events : undefined;
  });
}

describe('subscribe', () => {
  it('goes on from the sequence that it answers, and authenticating alone does not subscribe', async () => {
    const other = await openStreaming(server.wsUrl, userId, randomUUID());
    await mutate(other, make.create({ n: 1 }));
    expect(await subscribe(client)).toBe(1);
    await mutate(other, make.create({ n: 2 }));
    const change = await client.next('changes');
    expect(change).toMatchObject({ stream_id: userId, latest_sequence: 2, has_more: false, events: [{ sequence: 2 }] });
    await other.roundTrip();
    expect(other.all('changes')).toEqual([]);
    await other.close();
  });

  it('ends with unsubscribe, and may begin again', async () => {
    await subscribe(client);
    client.send({ type: 'unsubscribe', stream_ids: [userId] });
    await client.next('unsubscribed');
    await mutate(client, make.create({}));
    await client.roundTrip();
    expect(client.all('changes')).toEqual([]);
    expect(await subscribe(client)).toBe(1);
    await mutate(client, make.create({}));
    await expect(client.next('changes')).resolves.toMatchObject({ events: [{ sequence: 2 }] });
  });

  it('twice is once: each change comes one time', async () => {
    await subscribe(client);
    await subscribe(client);
    await mutate(client, make.create({}), make.create({}));
    await client.roundTrip();
    expect((await eventsUpTo(client, 2)).map(({ sequence }) => sequence)).toEqual([1, 2]);
  });

  it('sends the sender its own changes, tagged with its mutation ids, in one frame a batch', async () => {
    await subscribe(client);
    const list = [make.create({ n: 1 }), make.create({ n: 2 })];
    await mutate(client, ...list);
    const { events } = await client.next('changes');
    expect(events.map(({ mutation_id, client_id }) => [mutation_id, client_id])).toEqual(
      list.map(({ mutation_id }) => [mutation_id, clientId]),
    );
    expect(client.all('changes')).toHaveLength(1);
  });

  it('shows what classic clients do, and they see what is done here', async () => {
    const classic = await openClassic(server.wsUrl, userId);
    await subscribe(client);
    const documentId = randomUUID();
    classic.send({ type: 'create_document', document: { id: documentId, title: 't', content: { by: 'classic' } } });
    await expect(client.next('changes')).resolves.toMatchObject({
      events: [{ event_type: 'create', document_id: documentId }],
    });
    await mutate(client, make.delete(documentId, 1), make.restore(documentId));
    await expect(classic.next('document_deleted')).resolves.toMatchObject({ document_id: documentId });
    await expect(classic.next('sync_document')).resolves.toMatchObject({
      document: { id: documentId, deleted_at: null },
    });
    await classic.close();
  });
});

describe('many at once', () => {
  it('numbers the changes of a hundred concurrent writers without a gap, in commit order for a subscriber', async () => {
    const writers = await Promise.all(
      Array.from({ length: 100 }, () => openStreaming(server.wsUrl, userId, randomUUID())),
    );
    await subscribe(client);
    const documents = await mutate(client, ...Array.from({ length: 5 }, () => make.create({})));
    const shared = documents.map(({ document_id }) => document_id ?? '');
    const perWriter = 10;
    const answers = await Promise.all(
      writers.map(async (writer, w) => {
        // One after another here, at the same time as everybody else's.
        const results = [];
        for (let n = 0; n < perWriter; n++) {
          const documentId = shared[(w + n) % shared.length] ?? '';
          const operation = { op: 'add', path: `/w${w}n${n}`, value: n } as const;
          results.push(...(await mutate(writer, make.update(documentId, 1, [operation]))));
        }
        return results;
      }),
    );
    const total = shared.length + writers.length * perWriter;
    const events = await eventsUpTo(client, total);
    expect(events.map(({ sequence }) => sequence)).toEqual(Array.from({ length: total }, (_, i) => i + 1));

    // Everybody got in, and each answer names the event that the subscriber saw.
    const bySequence = new Map(events.map((event) => [event.sequence, event]));
    for (const result of answers.flat()) {
      expect(['applied', 'merged']).toContain(result.status);
      expect(bySequence.get(result.sequence ?? 0)).toMatchObject({
        mutation_id: result.mutation_id,
        version: result.version,
      });
    }
    // The order in which a writer sent its changes is the order in which they stand.
    for (const results of answers) {
      const sequences = results.map(({ sequence }) => sequence ?? 0);
      expect(sequences).toEqual(sequences.toSorted((a, b) => a - b));
    }
    const log = await server.query<{ sequence: string; mutation_id: string }>(
      'SELECT sequence, mutation_id FROM events WHERE stream_id = $1 ORDER BY sequence',
      [userId],
    );
    expect(log.map((row) => row.mutation_id)).toEqual(events.map((event) => event.mutation_id));
    await Promise.all(writers.map((writer) => writer.close()));
  });

  it('lets one of two connections that create one document id at once win', async () => {
    const other = await openStreaming(server.wsUrl, userId, randomUUID());
    const documentId = randomUUID();
    const [mine, theirs] = await Promise.all([
      mutate(client, make.create({ by: 'mine' }, documentId)),
      mutate(other, make.create({ by: 'theirs' }, documentId)),
    ]);
    const statuses = [mine[0], theirs[0]].map((result) => result?.error?.code ?? result?.status);
    expect(statuses.toSorted()).toEqual(['applied', 'document_exists']);
    await expect(server.query('SELECT FROM events WHERE document_id = $1', [documentId])).resolves.toHaveLength(1);
    await other.close();
  });

  it('gives one effect to a mutation that two connections send at the same moment', async () => {
    const other = await openStreaming(server.wsUrl, userId, randomUUID());
    for (let round = 0; round < 20; round++) {
      const mutation = make.create({ round });
      const results = (await Promise.all([mutate(client, mutation), mutate(other, mutation)])).flat();
      expect(results.map(({ status }) => status).toSorted()).toEqual(['applied', 'duplicate']);
      expect(new Set(results.map(({ sequence }) => sequence))).toEqual(new Set([round + 1]));
    }
    await other.close();
  });

  it('passes everything on to a subscriber that was slow, in order and once', async () => {
    const slow = await openStreaming(server.wsUrl, userId, randomUUID());
    await subscribe(slow);
    const [first] = await mutate(client, make.create({}));
    slow.socket.pause();
    // Far more than a socket's buffers hold.
    const body = 'x'.repeat(200_000);
    const rounds = 120;
    for (let n = 0; n < rounds; n++) {
      await mutate(
        client,
        make.update(first?.document_id ?? '', n + 1, [{ op: 'add', path: '/body', value: `${n}${body}` }]),
      );
    }
    slow.socket.resume();
    const events = await eventsUpTo(slow, rounds + 1);
    expect(events.map(({ sequence }) => sequence)).toEqual(Array.from({ length: rounds + 1 }, (_, i) => i + 1));
    await slow.close();
  });
});
