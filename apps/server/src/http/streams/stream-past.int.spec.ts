/** A whole stream over HTTP, as it is and as it was, on a whole server. */
import { randomUUID } from 'node:crypto';
import {
  clientIdSchema,
  documentIdSchema,
  mutationIdSchema,
  personalStreamOf,
  userIdSchema,
  wireDocumentSchema,
  type DocumentId,
  type UserId,
} from '@json-database-sync/domain';
import { z } from 'zod';
import { startTestServer, type TestServer } from '../../../test/test-server.js';
import { CommitPipeline } from '../../pipeline/commit-pipeline.js';

let server: TestServer;
let token: string;
let userId: UserId;
const ids: DocumentId[] = Array.from({ length: 3 }, () => documentIdSchema.parse(randomUUID())).sort();

beforeAll(async () => {
  server = await startTestServer();
  ({ token, userId } = await register());
  const streamId = personalStreamOf(userId);
  const update = { kind: 'update', baseVersion: null, knowsOwnChanges: true } as const;
  const commands = [
    ...ids.map((documentId, n) => ({ streamId, documentId, kind: 'create', title: `d${n}`, content: { n } }) as const),
    { ...update, streamId, documentId: ids[0]!, patch: [{ op: 'replace', path: '/n', value: 9 }] },
    { streamId, documentId: ids[1]!, kind: 'delete', baseVersion: null, knowsOwnChanges: true },
  ] as const;
  for (const command of commands) {
    await server.app.get(CommitPipeline).submit(command, {
      userId,
      clientId: clientIdSchema.parse(randomUUID()),
      mutationId: mutationIdSchema.parse(randomUUID()),
    });
  }
});

afterAll(() => server.stop());

async function register() {
  const account = { email: `${randomUUID()}@example.com`, password: 'correct horse battery' };
  const response = await fetch(`${server.url}/api/auth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(account),
  });
  const body = z.object({ user_id: userIdSchema, auth_token: z.string() }).parse(await response.json());
  return { userId: body.user_id, token: body.auth_token };
}

const pageSchema = z.strictObject({
  sequence: z.number(),
  documents: z.array(wireDocumentSchema),
  next_cursor: z.string().nullable(),
});

async function ask(query: string, as = token, stream: string = userId): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${server.url}/api/streams/${stream}/documents${query}`, {
    headers: { authorization: `Bearer ${as}` },
  });
  return { status: response.status, body: await response.json() };
}

/** Every page, and what was on each. */
async function pages(query: string): Promise<{ sequence: number; contents: unknown[] }> {
  const contents: unknown[] = [];
  for (let cursor = ''; ;) {
    const { status, body } = await ask(`?limit=1${query}${cursor}`);
    expect(status).toBe(200);
    const page = pageSchema.parse(body);
    expect(page.documents.length).toBeLessThanOrEqual(1);
    contents.push(...page.documents.map(({ content }) => content));
    if (page.next_cursor === null) return { sequence: page.sequence, contents };
    cursor = `&cursor=${encodeURIComponent(page.next_cursor)}`;
  }
}

it('is shown as it is, at a sequence and at a time, page by page', async () => {
  await expect(pages('')).resolves.toEqual({ sequence: 5, contents: [{ n: 9 }, { n: 2 }] });
  await expect(pages('&include_deleted=true')).resolves.toEqual({
    sequence: 5,
    contents: [{ n: 9 }, { n: 1 }, { n: 2 }],
  });
  await expect(pages('&sequence=3')).resolves.toEqual({ sequence: 3, contents: [{ n: 0 }, { n: 1 }, { n: 2 }] });
  await expect(pages('&sequence=1')).resolves.toEqual({ sequence: 1, contents: [{ n: 0 }] });
  await expect(pages('&sequence=0')).resolves.toEqual({ sequence: 0, contents: [] });
  const [second] = await server.query<{ created_at: Date }>(
    'SELECT created_at FROM events WHERE stream_id = $1 AND sequence = 2',
    [userId],
  );
  const at = second?.created_at.toISOString() ?? '';
  const [{ count } = { count: 0 }] = await server.query<{ count: number }>(
    'SELECT count(*)::int AS count FROM events WHERE stream_id = $1 AND created_at <= $2',
    [userId, at],
  );
  const bySequence = await pages(`&sequence=${count}`);
  await expect(pages(`&at=${at}`)).resolves.toEqual(bySequence);
  await expect(pages('&at=2001-01-01T00:00:00Z')).resolves.toEqual({ sequence: 0, contents: [] });
});

it("another user's stream answers like one that does not exist", async () => {
  const stranger = await register();
  const theirs = await ask('?sequence=1', stranger.token);
  expect(theirs.status).toBe(403);
  for (const stream of [randomUUID(), 'no-uuid'])
    expect(await ask('?sequence=1', stranger.token, stream)).toEqual(theirs);
  expect((await ask('', 'no token')).status).toBe(401);
});

it.each([
  ['?sequence=6', 'version_mismatch'],
  ['?sequence=1&at=2026-01-01T00:00:00Z', 'invalid_argument'],
  ['?sequence=-1', 'invalid_argument'],
  ['?at=soon', 'invalid_argument'],
  ['?limit=0', 'invalid_argument'],
  ['?limit=201', 'invalid_argument'],
  ['?cursor=x', 'invalid_message'],
  ['?colour=red', 'invalid_argument'],
])('%s is refused as %s', async (query, code) => {
  const { status, body } = await ask(query);
  expect(status).toBeGreaterThanOrEqual(400);
  expect(status).toBeLessThan(500);
  expect(body).toMatchObject({ error: { code } });
});
