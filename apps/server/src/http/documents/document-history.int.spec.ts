/** A document's past over HTTP, on a whole server: versions, times, history and differences. */
import { randomUUID } from 'node:crypto';
import {
  changeEventSchema,
  documentIdSchema,
  mutationIdSchema,
  clientIdSchema,
  personalStreamOf,
  userIdSchema,
  wireDocumentSchema,
  applyPatch,
  jsonPatchSchema,
  type UserId,
} from '@json-database-sync/domain';
import { startTestServer, type TestServer } from '../../../test/test-server.js';
import { CommitPipeline } from '../../pipeline/commit-pipeline.js';

let server: TestServer;
let token: string;
let userId: UserId;
/** Created, renamed and changed, deleted, restored, changed: five versions. */
let id: string;

beforeAll(async () => {
  server = await startTestServer();
  ({ token, userId } = await register());
  id = await fiveVersions();
});

afterAll(() => server.stop());

async function register() {
  const account = { email: `${randomUUID()}@example.com`, password: 'correct horse battery' };
  const response = await fetch(`${server.url}/api/auth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(account),
  });
  const body = (await response.json()) as { user_id: string; auth_token: string };
  return { userId: userIdSchema.parse(body.user_id), token: body.auth_token };
}

async function fiveVersions(): Promise<string> {
  const head = { streamId: personalStreamOf(userId), documentId: documentIdSchema.parse(randomUUID()) };
  const change = { ...head, kind: 'update', baseVersion: null, knowsOwnChanges: true } as const;
  const author = () => ({
    userId,
    clientId: clientIdSchema.parse(randomUUID()),
    mutationId: mutationIdSchema.parse(randomUUID()),
  });
  for (const command of [
    { ...head, kind: 'create', title: 'one', content: { n: 1, 'a/b': [1, 2] } },
    { ...change, title: 'two', patch: [{ op: 'replace', path: '/n', value: 2 }] },
    { ...head, kind: 'delete', baseVersion: null, knowsOwnChanges: true },
    { ...head, kind: 'restore' },
    { ...change, patch: [{ op: 'remove', path: '/a~1b/0' }] },
  ] as const) {
    await server.app.get(CommitPipeline).submit(command, author());
  }
  return head.documentId;
}

async function get(path: string, as = token): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${server.url}/api/documents/${path}`, { headers: { authorization: `Bearer ${as}` } });
  return { status: response.status, body: await response.json() };
}

const document = async (path: string) => wireDocumentSchema.parse((await get(path)).body);

const refusal = (status: number, code: string) => ({ status, body: { error: { code } } });

describe('a version of a document', () => {
  it('is what it was then, deleted or not', async () => {
    await expect(document(`${id}/versions/1`)).resolves.toMatchObject({
      version: 1,
      title: 'one',
      content: { n: 1, 'a/b': [1, 2] },
      deleted_at: null,
    });
    const deleted = await document(`${id}/versions/3`);
    expect(deleted).toMatchObject({ version: 3, title: 'two', content: { n: 2 } });
    expect(deleted.deleted_at).toBe(deleted.updated_at);
    await expect(document(`${id}/versions/5`)).resolves.toEqual(await document(id));
  });

  it('is refused where there is none, or it is none', async () => {
    await expect(get(`${id}/versions/6`)).resolves.toMatchObject(refusal(404, 'document_not_found'));
    await expect(get(`${randomUUID()}/versions/1`)).resolves.toMatchObject(refusal(404, 'document_not_found'));
    await expect(get('nothing/versions/1')).resolves.toMatchObject(refusal(404, 'document_not_found'));
    for (const wrong of ['0', '-1', '1.5', '99999999999', 'last']) {
      await expect(get(`${id}/versions/${wrong}`)).resolves.toMatchObject(refusal(400, 'invalid_argument'));
    }
  });

  it('is nobody else’s to see', async () => {
    const stranger = await register();
    for (const path of ['versions/1', 'at?time=2100-01-01T00:00:00Z', 'history', 'diff?from=1']) {
      await expect(get(`${id}/${path}`, stranger.token)).resolves.toMatchObject(refusal(404, 'document_not_found'));
      await expect(get(`${id}/${path}`, 'wrong')).resolves.toMatchObject({ status: 401 });
    }
  });

  it('is found by a time', async () => {
    const now = await document(id);
    await expect(document(`${id}/at?time=${now.updated_at}`)).resolves.toEqual(now);
    await expect(document(`${id}/at?time=2100-01-01T00:00:00Z`)).resolves.toEqual(now);
    await expect(get(`${id}/at?time=2000-01-01T00:00:00Z`)).resolves.toMatchObject(refusal(404, 'document_not_found'));
    for (const wrong of ['at', 'at?time=yesterday', 'at?time=2000-01-01']) {
      await expect(get(`${id}/${wrong}`)).resolves.toMatchObject(refusal(400, 'invalid_argument'));
    }
  });
});

describe('the history of a document', () => {
  it('comes newest first, in pages, as change events', async () => {
    const seen = [];
    let cursor: number | null = null;
    do {
      const { body } = await get(`${id}/history?limit=2${cursor === null ? '' : `&cursor=${cursor}`}`);
      const page = body as { events: unknown[]; next_cursor: number | null };
      expect(page.events.length).toBeLessThanOrEqual(2);
      seen.push(...page.events.map((event) => changeEventSchema.parse(event)));
      cursor = page.next_cursor;
    } while (cursor !== null);
    expect(seen.map(({ version, event_type }) => [version, event_type])).toEqual([
      [5, 'update'],
      [4, 'restore'],
      [3, 'delete'],
      [2, 'update'],
      [1, 'create'],
    ]);
    await expect(get(`${id}/history?limit=0`)).resolves.toMatchObject(refusal(400, 'invalid_argument'));
    await expect(get(`${id}/history?colour=red`)).resolves.toMatchObject(refusal(400, 'invalid_argument'));
    await expect(get(`${randomUUID()}/history`)).resolves.toMatchObject(refusal(404, 'document_not_found'));
  });
});

describe('the difference between two versions', () => {
  it('is a patch from the one to the other, either way, and what became of the title', async () => {
    for (const [from, to] of [
      [1, 5],
      [5, 1],
      [1, 2],
    ] as const) {
      const { body } = await get(`${id}/diff?from=${from}&to=${to}`);
      const before = await document(`${id}/versions/${from}`);
      const after = await document(`${id}/versions/${to}`);
      const { patch, ...rest } = body as { patch: unknown };
      expect(applyPatch(before.content, jsonPatchSchema.parse(patch))).toEqual(after.content);
      expect(rest).toEqual({ from, to, title: { from: before.title, to: after.title }, deleted: null });
    }
    await expect(get(`${id}/diff?from=2&to=3`)).resolves.toEqual({
      status: 200,
      body: { from: 2, to: 3, patch: [], title: null, deleted: { from: false, to: true } },
    });
    await expect(get(`${id}/diff?from=4`)).resolves.toMatchObject({
      body: { from: 4, to: 5, patch: [{ op: 'remove', path: '/a~1b/0' }], title: null, deleted: null },
    });
  });

  it('is refused for a version that there is not', async () => {
    await expect(get(`${id}/diff?from=1&to=6`)).resolves.toMatchObject(refusal(404, 'document_not_found'));
    await expect(get(`${id}/diff`)).resolves.toMatchObject(refusal(400, 'invalid_argument'));
  });
});
