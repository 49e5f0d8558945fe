/**
 * Laws 2, 4, 6 and 9 of docs/sync-semantics.md as properties of whole servers on a real PostgreSQL: two nodes on one
 * database, mutations that are sent again over whichever connection, and a stranger who asks for what is not theirs.
 */
import { randomUUID } from 'node:crypto';
import type { MutationResult, StreamingDown } from '@json-database-sync/domain';
import fc from 'fast-check';
import { mutations } from './mutations.js';
import { expectSound } from './soundness.js';
import { startTestServer, type TestServer } from './test-server.js';
import { openClassic, openStreaming, type ClassicClient, type StreamingClient } from './wire-client.js';

let nodes: readonly [TestServer, TestServer];

beforeAll(async () => {
  const first = await startTestServer();
  nodes = [first, await startTestServer({ databaseUrl: first.databaseUrl })];
});

afterAll(async () => {
  await nodes[1].stop();
  await nodes[0].stop();
});

// ---- laws 2, 4 and 6

const change = fc.record({
  kind: fc.constantFrom('create', 'set', 'set', 'set', 'push', 'delete', 'restore', 'undo', 'redo', 'revert'),
  client: fc.nat({ max: 1 }),
  document: fc.nat({ max: 1 }),
  base: fc.integer({ min: 1, max: 4 }),
  key: fc.constantFrom('/a', '/b'),
});
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

/** Which changes one frame carries, by their place in the list, and over which of its author's two connections. */
const frame = fc.record({
  changes: fc.array(fc.nat({ max: 13 }), { minLength: 1, maxLength: 4 }),
  node: fc.nat({ max: 1 }),
});
/** Both documents are made first, so that most of what follows has an effect. */
const beginning = [0, 1].map((document): Change => ({ kind: 'create', client: 0, document, base: 1, key: '/a' }));
const story = fc.record({
  changes: fc.array(change, { minLength: 2, maxLength: 12 }).map((changes) => [...beginning, ...changes]),
  frames: fc.array(frame, { minLength: 2, maxLength: 12 }),
});

function mutationsOf(changes: readonly Change[], userId: string) {
  const make = mutations(userId);
  const ids = [randomUUID(), randomUUID()];
  return changes.map(({ kind, client, document, base, key }, index) => {
    const id = ids[document] ?? randomUUID();
    switch (kind) {
      case 'create':
        return { client, mutation: make.create({ a: 0, b: 0, list: [] }, id) };
      case 'delete':
        return { client, mutation: make.delete(id, base) };
      case 'restore':
        return { client, mutation: make.restore(id) };
      case 'undo':
        return { client, mutation: make.undo(id) };
      case 'redo':
        return { client, mutation: make.redo(id) };
      case 'revert':
        return { client, mutation: make.revert(id, base) };
      case 'push':
        return { client, mutation: make.update(id, base, [{ op: 'add', path: '/list/-', value: index }]) };
      default:
        return { client, mutation: make.update(id, base, [{ op: 'replace', path: key, value: index }]) };
    }
  });
}

/** What a mutation came to, however often it was asked. A rejection stores nothing, and may be another one next time. */
function effectOf({ status, original_status, version, sequence }: MutationResult): string | null {
  return status === 'rejected' ? null : `${original_status ?? status} v${version} at ${sequence}`;
}

test('any number of sendings, over any connection, have one effect; every reader sees one order; the log is the truth', async () => {
  let repeated = 0;
  await fc.assert(
    fc.asyncProperty(story, async ({ changes, frames }) => {
      const userId = randomUUID();
      const clientIds = [randomUUID(), randomUUID()];
      const connections: StreamingClient[] = await Promise.all(
        clientIds.flatMap((id) => nodes.map((node) => openStreaming(node.wsUrl, userId, id))),
      );
      for (const connection of connections) connection.send({ type: 'subscribe', stream_ids: [userId] });
      const made = mutationsOf(changes, userId);
      const answers: Promise<StreamingDown & { type: 'mutation_results' }>[] = [];
      const sent = [{ changes: [0, 1], node: 0 }, ...frames];
      for (const [number, { changes: chosen, node }] of sent.entries()) {
        for (const client of [0, 1]) {
          const own = chosen.flatMap((at) => made[at % made.length] ?? []).filter((each) => each.client === client);
          const connection = connections[client * 2 + node];
          if (own.length === 0 || !connection) continue;
          const request_id = `${number}`;
          connection.send({ request_id, type: 'mutate', mutations: own.map(({ mutation }) => mutation) });
          answers.push(connection.next('mutation_results', (answer) => answer.request_id === request_id));
        }
      }
      const effects = new Map<string, Set<string>>();
      let told = 0;
      for (const result of (await Promise.all(answers)).flatMap(({ results }) => results)) {
        const effect = effectOf(result);
        if (effect === null || result.mutation_id === null) continue;
        told++;
        const known = effects.get(result.mutation_id) ?? new Set();
        effects.set(result.mutation_id, known.add(effect));
      }
      repeated += told - effects.size;
      // Law 2: one outcome, and at most one event.
      expect([...effects.values()].filter((each) => each.size !== 1)).toEqual([]);
      const log = await nodes[0].query<{ sequence: string; mutation_id: string }>(
        'SELECT sequence, mutation_id FROM events WHERE stream_id = $1 ORDER BY sequence',
        [userId],
      );
      expect(new Set(log.map(({ mutation_id: id }) => id)).size).toBe(log.length);
      expect(log.filter(({ mutation_id: id }) => !effects.has(id))).toEqual([]);
      // Law 4: the numbers have no gap, and whoever reads, on either node, reads them in their order.
      expect(log.map(({ sequence }) => Number(sequence))).toEqual(log.map((_, index) => index + 1));
      for (const connection of connections) {
        connection.send({ request_id: 'all', type: 'get_changes_since', stream_id: userId, last_sequence: 0 });
        const { events } = await connection.next('changes', ({ request_id }) => request_id === 'all');
        expect(events.map(({ mutation_id: id }) => id)).toEqual(log.map(({ mutation_id: id }) => id));
        const live = connection.all('changes').filter(({ request_id }) => request_id === undefined);
        const heard = live.flatMap((news) => news.events.map(({ sequence }) => sequence));
        expect(heard).toEqual(heard.toSorted((a, b) => a - b));
        expect(new Set(heard).size).toBe(heard.length);
      }
      await Promise.all(connections.map((connection) => connection.close()));
    }),
    { numRuns: 40 },
  );
  // Law 6, for all of the stories: replaying the log gives the projection.
  await expectSound(nodes[0]);
  expect(repeated).toBeGreaterThan(20);
});

// ---- law 9

interface Asked {
  readonly stream: string;
  readonly document: string;
  readonly conflict: string;
}

/** What a stranger asks over the streaming dialect; `own` is the stranger's own stream. */
function streamingRequests({ stream, document, conflict }: Asked, own: string): object[] {
  const about = [stream, own].flatMap((stream_id) => {
    const make = mutations(stream_id);
    const mutate = [
      make.update(document, 1, [{ op: 'replace', path: '/n', value: 2 }]),
      make.delete(document, 1),
      make.restore(document),
      make.undo(document, { version: 2 }),
      make.redo(document),
      make.revert(document, 1),
    ].map((mutation) => ({ type: 'mutate', mutations: [mutation] }));
    return [
      ...mutate,
      { type: 'get_history', stream_id, document_id: document },
      { type: 'get_document_at', stream_id, document_id: document, version: 1 },
      { type: 'get_document_at', stream_id, document_id: document, timestamp: new Date(0).toISOString() },
      { type: 'get_documents', stream_id, document_ids: [document] },
      { type: 'get_conflict', stream_id, conflict_id: conflict },
      { type: 'dismiss_conflict', stream_id, conflict_id: conflict },
      { type: 'list_conflicts', stream_id, document_id: document },
      { type: 'search', stream_id, contains: { n: 1 } },
    ];
  });
  const whole = ['get_snapshot', 'get_digest'].map((type) => ({ type, stream_id: stream }));
  return [
    ...about,
    ...whole,
    { type: 'get_document_digests', stream_id: stream, buckets: [0] },
    { type: 'subscribe', stream_ids: [stream] },
    { type: 'unsubscribe', stream_ids: [stream] },
    { type: 'get_changes_since', stream_id: stream, last_sequence: 0 },
    { type: 'get_stream_at', stream_id: stream, sequence: 1 },
    { type: 'ack_changes', stream_id: stream, up_to_sequence: 1 },
    { type: 'mutate', mutations: [mutations(stream).create({ n: 1 }, document)] },
  ];
}

const classicRequests = ({ stream, document }: Asked): object[] => [
  { type: 'request_sync', document_ids: [document] },
  { type: 'delete_document', document_id: document },
  { type: 'delete_document', document_id: document, revision_id: '1-0000000000000000' },
  { type: 'create_document', document: { id: document, user_id: stream, title: 'x', content: {} } },
  ...[undefined, '2-0000000000000000', '9-0000000000000000'].map((revision_id) => ({
    type: 'update_document',
    patch: { document_id: document, revision_id, patch: [{ op: 'replace', path: '/n', value: 3 }] },
  })),
];

interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

describe('what a stranger asks for', () => {
  let owned: Asked;
  let stranger: { readonly id: string; readonly token: string };
  let streaming: StreamingClient;
  let classic: ClassicClient;
  let routes: (readonly [string, string])[];

  beforeAll(async () => {
    const owner = await register();
    stranger = await register();
    const [node] = nodes;
    const make = mutations(owner.id);
    const [one, other] = await Promise.all(
      [1, 2].map(() => openStreaming(node.wsUrl, owner.id, randomUUID(), owner.token)),
    );
    const create = make.create({ n: 1 });
    const results = async (client: StreamingClient | undefined, mutation: object) => {
      client?.send({ type: 'mutate', mutations: [mutation] });
      return (await client?.next('mutation_results'))?.results[0];
    };
    await results(one, create);
    await results(one, make.update(create.document_id, 1, [{ op: 'replace', path: '/n', value: 2 }]));
    const lost = await results(other, make.update(create.document_id, 1, [{ op: 'replace', path: '/n', value: 3 }]));
    owned = { stream: owner.id, document: create.document_id, conflict: lost?.conflict_id ?? '' };
    expect(lost?.status).toBe('conflicted');
    streaming = await openStreaming(node.wsUrl, stranger.id, randomUUID(), stranger.token);
    classic = await openClassic(node.wsUrl, stranger.id, stranger.token);
    const description = (await (await fetch(`${node.url}/docs/json`)).json()) as OpenApi;
    routes = Object.entries(description.paths).flatMap(([path, methods]) =>
      path.includes('{') ? Object.keys(methods).map((method) => [method.toUpperCase(), path] as const) : [],
    );
    expect(routes.length).toBeGreaterThan(8);
  });

  afterAll(() => Promise.all([streaming.close(), classic.close()]));

  async function register(): Promise<{ id: string; token: string }> {
    const account = { email: `${randomUUID()}@example.com`, password: 'correct horse battery' };
    const headers = { 'content-type': 'application/json' };
    const init = { method: 'POST', headers, body: JSON.stringify(account) };
    const body = (await (await fetch(`${nodes[0].url}/api/auth/register`, init)).json()) as Record<string, string>;
    return { id: body['user_id'] ?? '', token: body['auth_token'] ?? '' };
  }

  /** An answer with the ids that were asked for taken out. */
  const blank = (text: string, asked: Asked): string =>
    [asked.stream, asked.document, asked.conflict].reduce((left, id) => left.replaceAll(id, '?'), text);

  const unknown = fc.record({ stream: fc.uuid(), document: fc.uuid(), conflict: fc.uuid() });

  test('is answered over the streaming dialect like what there is not', async () => {
    const ask = async (asked: Asked): Promise<string[]> => {
      const requests = streamingRequests(asked, stranger.id);
      requests.forEach((request, index) => streaming.send({ ...request, request_id: `${index}` }));
      await streaming.roundTrip();
      const answers = await Promise.all(
        requests.map((_, index) =>
          streaming.until(`answer ${index}`, () => {
            const at = streaming.frames.findIndex((each) => 'request_id' in each && each.request_id === `${index}`);
            return at < 0 ? undefined : streaming.frames.splice(at, 1)[0];
          }),
        ),
      );
      return answers.map((answer) =>
        blank(JSON.stringify(answer), asked).replaceAll(/"mutation_id":"[^"]+"/g, '"mutation_id":"?"'),
      );
    };
    const told = await ask(owned);
    await fc.assert(
      fc.asyncProperty(unknown, async (asked) => {
        expect(await ask(asked)).toEqual(told);
      }),
      { numRuns: 10 },
    );
  });

  test('is answered over the classic dialect like what there is not', async () => {
    const ask = async (asked: Asked): Promise<string[]> => {
      const before = classic.frames.length;
      for (const request of classicRequests(asked)) classic.send(request);
      // A read is answered once the connection's own writes are.
      classic.send({ type: 'request_sync', document_ids: [asked.document] });
      const answers = () => classic.frames.slice(before);
      await classic.until('the answer to the last request', () =>
        answers().filter(({ type }) => type === 'sync_complete').length === 2 ? true : undefined,
      );
      return answers().map((answer) => blank(JSON.stringify(answer), asked));
    };
    const told = await ask(owned);
    expect(told.length).toBeGreaterThan(5);
    await fc.assert(
      fc.asyncProperty(unknown, async (asked) => {
        expect(await ask(asked)).toEqual(told);
      }),
      { numRuns: 10 },
    );
  });

  test('is answered over every route of HTTP like what there is not', async () => {
    const bodies = fc.constantFrom<object | null>(
      null,
      { title: 'x', content: { n: 9 } },
      { patch: [{ op: 'replace', path: '/n', value: 9 }], base_version: 1 },
      { strategy: 'manual' },
    );
    const queries = fc.constantFrom('', '?version=1', '?from=1&to=2', '?limit=5');
    const ask = async (method: string, path: string, rest: { body: object | null; query: string }, asked: Asked) => {
      const id = path.includes('/streams/')
        ? asked.stream
        : path.includes('/conflicts/')
          ? asked.conflict
          : asked.document;
      const url = `${nodes[0].url}${path.replaceAll(/\{(\w+)\}/g, (_, name) => (name === 'version' ? '1' : id))}${rest.query}`;
      const response = await fetch(url, {
        method,
        headers: { authorization: `Bearer ${stranger.token}`, 'content-type': 'application/json' },
        ...(rest.body && method !== 'GET' && { body: JSON.stringify(rest.body) }),
      });
      return `${response.status} ${blank(await response.text(), asked)}`;
    };
    await fc.assert(
      fc.asyncProperty(unknown, bodies, queries, async (asked, body, query) => {
        for (const [method, path] of routes) {
          const theirs = await ask(method, path, { body, query }, owned);
          expect(`${method} ${path} ${theirs}`).toBe(
            `${method} ${path} ${await ask(method, path, { body, query }, asked)}`,
          );
          expect(theirs.startsWith('2')).toBe(false);
        }
      }),
      { numRuns: 25 },
    );
  });
});
