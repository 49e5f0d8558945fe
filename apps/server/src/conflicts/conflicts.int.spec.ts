/** Strategies and the ledger on a whole server: over HTTP, the streaming dialect and the classic one. */
import { randomUUID } from 'node:crypto';
import { Injectable, Module } from '@nestjs/common';
import type { ConflictSides, JsonValue, Resolution } from '@json-database-sync/domain';
import { mutations, type MutationMaker } from '../../test/mutations.js';
import { startTestServer, type TestServer } from '../../test/test-server.js';
import { openClassic, openStreaming, type StreamingClient } from '../../test/wire-client.js';
import { ConflictResolver, type Resolver } from './conflict-resolvers.js';

@Injectable()
@ConflictResolver('sum')
class Sum implements Resolver {
  resolve({ base, current, incoming }: ConflictSides): Resolution | null {
    const n = (side: { content: JsonValue }): number => (side.content as { n: number }).n;
    if (n(incoming) === 13) throw new Error('not that one');
    if (n(incoming) === 0) return null;
    return { content: { ...(current.content as object), n: n(current) + n(incoming) - n(base) } };
  }
}

@Module({ providers: [Sum] })
class ResolversOfATest {}

let server: TestServer;
let userId: string;
let token: string;
let mine: StreamingClient;
let theirs: StreamingClient;
let make: MutationMaker;

beforeAll(async () => {
  server = await startTestServer({ modules: [ResolversOfATest] });
});

afterAll(() => server.stop());

beforeEach(async () => {
  ({ userId, token } = await register());
  mine = await openStreaming(server.wsUrl, userId, randomUUID(), token);
  theirs = await openStreaming(server.wsUrl, userId, randomUUID(), token);
  make = mutations(userId);
});

afterEach(() => Promise.all([mine.close(), theirs.close()]));

async function register(): Promise<{ userId: string; token: string }> {
  const account = { email: `${randomUUID()}@example.com`, password: 'correct horse battery' };
  const response = await fetch(`${server.url}/api/auth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(account),
  });
  const body = (await response.json()) as { user_id: string; auth_token: string };
  return { userId: body.user_id, token: body.auth_token };
}

/** What one route or another answers. */
interface Body {
  readonly content: JsonValue;
  readonly streams: readonly unknown[];
  readonly conflicts: readonly unknown[];
  readonly next_cursor: string | null;
  readonly conflict: { readonly status: string };
  readonly status: string;
}

async function call(method: string, path: string, body?: object, as = token) {
  const response = await fetch(`${server.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${as}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Body };
}

const settleBy = (strategy: string) => call('PUT', `/api/streams/${userId}/strategy`, { strategy });
const replace = (path: string, value: JsonValue) => ({ op: 'replace', path, value }) as const;

async function mutate(by: StreamingClient, mutation: object) {
  by.send({ type: 'mutate', mutations: [mutation] });
  const [result] = (await by.next('mutation_results')).results;
  return result!;
}

async function ask(message: object) {
  mine.send({ request_id: 'r', ...message });
  return mine.until('the answer', () => {
    const at = mine.frames.findLast((frame) => 'request_id' in frame && frame.request_id === 'r');
    return at;
  });
}

/** A document at version 2, after they have changed `n`; what follows by me is based on version 1. */
async function changedByThem(content: JsonValue = { n: 1, text: 'one' }): Promise<string> {
  const created = make.create(content);
  await mutate(mine, created);
  await mutate(theirs, make.update(created.document_id, 1, [replace('/n', 2)]));
  return created.document_id;
}

async function lost(): Promise<{ id: string; documentId: string }> {
  const documentId = await changedByThem();
  const result = await mutate(mine, make.update(documentId, 1, [replace('/text', 'mine'), replace('/n', 10)]));
  expect(result).toMatchObject({ status: 'conflicted' });
  return { id: result.conflict_id!, documentId };
}

const contentOf = async (id: string) => (await call('GET', `/api/documents/${id}`)).body.content;

describe('the strategy of a stream', () => {
  it('is server_wins until an owner sets it, and is told on connecting', async () => {
    expect((await call('GET', '/api/streams')).body.streams).toMatchObject([
      { stream_id: userId, role: 'owner', strategy: 'server_wins' },
    ]);
    await expect(settleBy('client_wins')).resolves.toMatchObject({ status: 200, body: { strategy: 'client_wins' } });
    const again = await openStreaming(server.wsUrl, userId, randomUUID(), token);
    expect(again.all('auth_success')[0]?.streams).toMatchObject([{ strategy: 'client_wins' }]);
    await again.close();
  });

  it.each(['mine', 'resolver:nobody', ''])('cannot be "%s"', async (strategy) => {
    await expect(settleBy(strategy)).resolves.toMatchObject({ status: 400 });
  });

  it('is set by nobody else, for whom the stream does not exist', async () => {
    const stranger = await register();
    const body = { strategy: 'manual' };
    const theirsAnswer = await call('PUT', `/api/streams/${userId}/strategy`, body, stranger.token);
    const unknown = await call('PUT', `/api/streams/${randomUUID()}/strategy`, body, stranger.token);
    expect(theirsAnswer).toEqual(unknown);
    expect(theirsAnswer.status).toBe(403);
  });

  it('client_wins takes what comes in', async () => {
    await settleBy('client_wins');
    const id = await changedByThem();
    await expect(mutate(mine, make.update(id, 1, [replace('/n', 10)]))).resolves.toMatchObject({ status: 'merged' });
    await expect(contentOf(id)).resolves.toEqual({ n: 10, text: 'one' });
  });

  it('client_wins brings a document back that was deleted meanwhile', async () => {
    await settleBy('client_wins');
    const id = await changedByThem();
    await mutate(theirs, make.delete(id, 2));
    await expect(mutate(mine, make.update(id, 1, [replace('/n', 10)]))).resolves.toMatchObject({ status: 'merged' });
    await expect(contentOf(id)).resolves.toEqual({ n: 10, text: 'one' });
  });

  it('manual commits nothing where it overlaps', async () => {
    await settleBy('manual');
    const id = await changedByThem();
    const result = await mutate(mine, make.update(id, 1, [replace('/text', 'mine'), replace('/n', 10)]));
    expect(result).toMatchObject({ status: 'conflicted', version: 2, dropped: [{ index: 0 }, { index: 1 }] });
    await expect(contentOf(id)).resolves.toEqual({ n: 2, text: 'one' });
  });

  it('a resolver decides, and where it fails or leaves it the server does', async () => {
    await settleBy('resolver:sum');
    const id = await changedByThem();
    await expect(mutate(mine, make.update(id, 1, [replace('/n', 11)]))).resolves.toMatchObject({ status: 'merged' });
    await expect(contentOf(id)).resolves.toEqual({ n: 12, text: 'one' });
    for (const n of [13, 0]) {
      const other = await changedByThem();
      const result = await mutate(mine, make.update(other, 1, [replace('/n', n)]));
      expect(result).toMatchObject({ status: 'conflicted', dropped: [{ index: 0 }] });
    }
  });
});

describe('a classic client', () => {
  it.each([
    ['server_wins', 'server_wins', 2],
    ['client_wins', 'client_wins', 10],
    ['manual', { manual: { server_document: { content: { n: 2, text: 'one' } }, client_patch: { patch: [{}] } } }, 2],
  ])('is told of %s', async (strategy, told, n) => {
    await settleBy(strategy);
    const id = await changedByThem();
    const classic = await openClassic(server.wsUrl, userId, token);
    const patch = { document_id: id, revision_id: '2-0123456789abcdef', patch: [replace('/n', 10)] };
    classic.send({ type: 'update_document', patch });
    const conflict = await classic.next('conflict_detected');
    expect(conflict.resolution_strategy).toEqual(typeof told === 'string' ? told : expect.objectContaining({}));
    expect(conflict).toMatchObject({ resolution_strategy: told });
    await expect(contentOf(id)).resolves.toEqual({ n, text: 'one' });
    await classic.close();
  });
});

describe('the ledger', () => {
  it('shows both sides of a loss and what bringing it back gives', async () => {
    const { id, documentId } = await lost();
    const shown = await call('GET', `/api/conflicts/${id}`);
    expect(shown).toMatchObject({
      status: 200,
      body: {
        conflict: { id, document_id: documentId, status: 'open', base_version: 1, server_version: 2 },
        base: { content: { n: 1, text: 'one' } },
        current: { content: { n: 2, text: 'mine' }, version: 3 },
        would_be: { content: { n: 10, text: 'mine' }, patch: [replace('/n', 10)] },
      },
    });
    await expect(ask({ type: 'get_conflict', stream_id: userId, conflict_id: id })).resolves.toMatchObject({
      type: 'conflict',
      ...shown.body,
    });
  });

  it('is brought back over HTTP, once', async () => {
    const { id, documentId } = await lost();
    await expect(call('POST', `/api/conflicts/${id}/apply`)).resolves.toMatchObject({
      status: 200,
      body: { status: 'applied', version: 4 },
    });
    await expect(contentOf(documentId)).resolves.toEqual({ n: 10, text: 'mine' });
    expect((await call('GET', `/api/conflicts/${id}`)).body.conflict.status).toBe('applied');
    await expect(call('POST', `/api/conflicts/${id}/apply`)).resolves.toMatchObject({ status: 409 });
    // What was brought back cannot be dismissed.
    expect((await call('POST', `/api/conflicts/${id}/dismiss`)).body.status).toBe('applied');
  });

  it('is brought back by a mutation that names it, in the same commit; not by one that loses', async () => {
    const { id, documentId } = await lost();
    const losing = { ...make.update(documentId, 1, [replace('/n', 10)]), applies_conflict: id };
    await expect(mutate(theirs, { ...losing, patch: [replace('/text', 'no')] })).resolves.toMatchObject({
      status: 'conflicted',
    });
    expect((await call('GET', `/api/conflicts/${id}`)).body.conflict.status).toBe('open');
    const winning = { ...make.update(documentId, 3, [replace('/n', 10)]), applies_conflict: id };
    await expect(mutate(mine, winning)).resolves.toMatchObject({ status: 'applied' });
    expect((await call('GET', `/api/conflicts/${id}`)).body.conflict).toMatchObject({
      status: 'applied',
      resolved_by_mutation: winning.mutation_id,
    });
    // Whoever does not know of it yet brings nothing back; the same mutation sent again is answered as before.
    const again = { ...make.update(documentId, 4, [replace('/n', 10)]), applies_conflict: id };
    await expect(mutate(theirs, again)).resolves.toMatchObject({
      status: 'rejected',
      error: { code: 'version_mismatch' },
    });
    await expect(mutate(mine, winning)).resolves.toMatchObject({ status: 'duplicate', original_status: 'applied' });
  });

  it('is brought back by the first of two changes that come at once', async () => {
    const { id, documentId } = await lost();
    const twice = [3, 3].map((base) => ({
      ...make.update(documentId, base, [replace('/n', 10)]),
      applies_conflict: id,
    }));
    const results = await Promise.all(twice.map((mutation) => mutate(mine, mutation)));
    expect(results).toMatchObject([{ status: 'applied' }, { error: { code: 'version_mismatch' } }]);
  });

  it('brings back a deletion that lost', async () => {
    const documentId = await changedByThem();
    const result = await mutate(mine, make.delete(documentId, 1));
    expect(result.status).toBe('conflicted');
    await expect(call('POST', `/api/conflicts/${result.conflict_id}/apply`)).resolves.toMatchObject({ status: 200 });
    await expect(call('GET', `/api/documents/${documentId}`)).resolves.toMatchObject({ status: 404 });
  });

  it('is listed in pages, newest first, by document and status', async () => {
    const first = await lost();
    const second = await lost();
    const page = (await call('GET', '/api/conflicts?limit=1')).body;
    expect(page).toMatchObject({ conflicts: [{ id: second.id }], next_cursor: second.id });
    const rest = (await call('GET', `/api/conflicts?limit=1&cursor=${page.next_cursor}`)).body;
    expect(rest).toMatchObject({ conflicts: [{ id: first.id }], next_cursor: null });
    const byDocument = await ask({ type: 'list_conflicts', stream_id: userId, document_id: first.documentId });
    expect(byDocument).toMatchObject({ type: 'conflicts', conflicts: [{ id: first.id }], cursor: null });
  });

  it('is dismissed', async () => {
    const { id } = await lost();
    const message = { type: 'dismiss_conflict', stream_id: userId, conflict_id: id };
    await expect(ask(message)).resolves.toMatchObject({ type: 'conflict_dismissed', status: 'dismissed' });
    expect((await call('GET', '/api/conflicts?status=open')).body.conflicts).toEqual([]);
    expect((await call('GET', '/api/conflicts?status=dismissed')).body.conflicts).toMatchObject([{ id }]);
  });

  it('answers of other people’s conflicts as of unknown ones', async () => {
    const { id } = await lost();
    const stranger = await register();
    for (const [method, path] of [
      ['GET', ''],
      ['POST', '/dismiss'],
      ['POST', '/apply'],
    ] as const) {
      const known = await call(method, `/api/conflicts/${id}${path}`, undefined, stranger.token);
      const unknown = await call(method, `/api/conflicts/${randomUUID()}${path}`, undefined, stranger.token);
      expect(known).toEqual(unknown);
      expect(known.status).toBe(404);
    }
    const other = await openStreaming(server.wsUrl, stranger.userId, randomUUID(), stranger.token);
    other.send({ type: 'get_conflict', stream_id: userId, conflict_id: id });
    await expect(other.next('error')).resolves.toMatchObject({ code: 'forbidden' });
    await other.close();
    expect((await call('GET', `/api/conflicts/${id}`)).body.conflict.status).toBe('open');
  });
});
