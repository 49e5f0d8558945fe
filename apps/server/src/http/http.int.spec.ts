/** The HTTP routes, on a whole server with a real PostgreSQL. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { DataSource } from 'typeorm';
import { createTestDatabase, type TestDatabase } from '../../../../testing/test-database.js';
import { createServer, type RunningServer } from '../bootstrap.js';
import { createLogger } from '../logging/logger.js';
import { readSettings, withDatabase, type Environment } from '../settings/settings.js';

const PASSWORD = 'correct horse battery';
const NO_LIMIT = '1000000';

let database: TestDatabase;
let server: RunningServer;

async function start(environment: Environment = {}): Promise<RunningServer> {
  const settings = readSettings({
    DATABASE_URL: database.url,
    BIND_ADDRESS: '127.0.0.1:0',
    LOG_LEVEL: 'silent',
    AUTH_REQUESTS_PER_MINUTE: NO_LIMIT,
    ...environment,
  });
  return createServer(withDatabase(settings, database.url));
}

beforeAll(async () => {
  database = await createTestDatabase();
  server = await start({ DEMO_MODE: 'true' });
});

afterAll(async () => {
  await server.close();
  await database.drop();
});

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

async function call(path: string, init: RequestInit = {}, to: RunningServer = server): Promise<Answer> {
  const response = await fetch(`${to.url}${path}`, init);
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) };
}

function post(path: string, body: unknown, to?: RunningServer): Promise<Answer> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return call(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: text }, to);
}

const get = (path: string, token: string): Promise<Answer> =>
  call(path, { headers: { authorization: `Bearer ${token}` } });

async function registered(): Promise<{ user_id: string; auth_token: string }> {
  const { body } = await post('/api/auth/register', { email: `${randomUUID()}@example.org`, password: PASSWORD });
  return body as { user_id: string; auth_token: string };
}

/** Rows as the commit pipeline writes them. */
async function store(
  userId: string,
  documents: readonly { id?: string; title: string; deleted?: boolean; padding?: number }[],
): Promise<string[]> {
  const dataSource = server.app.get(DataSource);
  const ids = documents.map(({ id }) => id ?? randomUUID());
  for (const [index, { title, deleted, padding }] of documents.entries()) {
    const content = { text: title, padding: 'x'.repeat(padding ?? 0) };
    await dataSource.query(
      `INSERT INTO documents (stream_id, id, user_id, title, content, version, revision_id, vector_clock, last_sequence,
                              characters, created_at, updated_at, deleted_at)
       VALUES ($1, $2, $1, $3, $4, 1, '1-0123456789abcdef', '{"node":1}', $5, $6, '2026-01-02T03:04:05.678Z',
               '2026-01-02T03:04:05.678Z', $7)`,
      [userId, ids[index], title, content, index + 1, JSON.stringify(content).length, deleted ? new Date() : null],
    );
  }
  return ids;
}

const errorWith = (code: string): object => ({
  error: { code, message: expect.any(String) as string, remedy: expect.any(String) as string },
});

describe('accounts over HTTP', () => {
  it('registers and logs in', async () => {
    const email = `${randomUUID()}@example.org`;
    const first = await post('/api/auth/register', { email, password: PASSWORD });
    expect(first).toMatchObject({ status: 201, body: { user_id: expect.any(String) as string } });
    const { user_id, auth_token } = first.body as Record<string, string>;

    const again = await post('/api/auth/login', { email: email.toUpperCase(), password: PASSWORD });
    expect(again).toMatchObject({ status: 200, body: { user_id, auth_token: expect.any(String) as string } });

    const session = await post('/api/auth/login', { user_id, auth_token });
    expect(session).toMatchObject({
      status: 200,
      body: { session_id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string },
    });
    expect(session.headers.get('cache-control')).toBe('no-store');
  });

  it('takes demo-token with a user id in demo mode', async () => {
    const answer = await post('/api/auth/login', { user_id: randomUUID(), auth_token: 'demo-token' });
    expect(answer).toMatchObject({ status: 200, body: { session_id: expect.any(String) as string } });
  });

  it('answers a wrong password, an unknown address and a wrong token alike', async () => {
    const email = `${randomUUID()}@example.org`;
    await post('/api/auth/register', { email, password: PASSWORD });
    const { user_id } = await registered();
    const answers = [
      await post('/api/auth/login', { email, password: 'wrong password' }),
      await post('/api/auth/login', { email: `${randomUUID()}@example.org`, password: PASSWORD }),
      await post('/api/auth/login', { user_id, auth_token: 'jds_wrong' }),
    ];
    for (const { status, body } of answers) {
      expect(status).toBe(401);
      expect(body).toEqual(answers[0]?.body);
    }
    expect(answers[0]?.body).toEqual(errorWith('invalid_auth'));
  });

  it.each<[string, string, number, string]>([
    ['not JSON', '{"email":', 400, 'invalid_message'],
    ['no object', '[]', 400, 'invalid_argument'],
    ['no fields', '{}', 400, 'invalid_argument'],
    ['a wrong type', '{"email":1,"password":"0123456789"}', 400, 'invalid_argument'],
    ['an unknown field', '{"email":"a@b.example","password":"0123456789","admin":true}', 400, 'invalid_argument'],
    ['a prototype key', '{"email":"a@b.example","password":"0123456789","__proto__":{}}', 400, 'invalid_argument'],
    ['no e-mail address', '{"email":"nobody","password":"0123456789"}', 400, 'invalid_argument'],
    ['a short password', '{"email":"a@b.example","password":"short"}', 400, 'invalid_argument'],
    ['a body that is too large', JSON.stringify({ email: 'x'.repeat(20_000) }), 413, 'message_too_large'],
  ])('refuses to register with %s', async (_, body, status, code) => {
    expect(await post('/api/auth/register', body)).toMatchObject({ status, body: errorWith(code) });
  });

  it('does not repeat a password in an error', async () => {
    const answer = await post('/api/auth/register', { email: 'a@b.example', password: ['hunter2'] });
    expect(answer.status).toBe(400);
    expect(JSON.stringify(answer.body)).not.toContain('hunter2');
  });

  it('refuses a body that is not declared as JSON', async () => {
    const answer = await call('/api/auth/login', {
      method: 'POST',
      body: '{"email":"a@b.example","password":"0123456789"}',
    });
    expect(answer).toMatchObject({ status: 400, body: errorWith('invalid_argument') });
  });

  it('makes somebody who tries too often wait', async () => {
    const strict = await start({ AUTH_REQUESTS_PER_MINUTE: '2' });
    try {
      const attempts: Answer[] = [];
      for (let i = 0; i < 3; i++) attempts.push(await post('/api/auth/login', {}, strict));
      expect(attempts.map(({ status }) => status)).toEqual([400, 400, 429]);
      expect(attempts[2]?.body).toEqual(errorWith('rate_limit_exceeded'));
      expect(attempts[2]?.headers.get('retry-after')).toMatch(/^\d+$/);
      expect((await call('/health', {}, strict)).status).toBe(200);
    } finally {
      await strict.close();
    }
  });
});

describe('documents over HTTP', () => {
  it('lists the caller’s live documents, page by page', async () => {
    const { user_id, auth_token } = await registered();
    const stranger = await registered();
    await store(stranger.user_id, [{ title: 'not yours' }]);
    const documents = Array.from({ length: 5 }, (_, i) => ({ title: `number ${i}` }));
    const ids = await store(user_id, documents);
    await store(user_id, [{ title: 'gone', deleted: true }]);

    const seen: string[] = [];
    let cursor = '';
    for (let pages = 1; ; pages++) {
      const { status, body } = await get(`/api/documents?limit=2${cursor}`, auth_token);
      expect(status).toBe(200);
      const page = body as { documents: { id: string }[]; next_cursor: string | null };
      seen.push(...page.documents.map(({ id }) => id));
      if (page.next_cursor === null) {
        expect(pages).toBe(3);
        break;
      }
      cursor = `&cursor=${page.next_cursor}`;
    }
    expect(seen).toEqual(ids.toSorted());
  });

  it('ends a page of large documents early, and loses none', async () => {
    const { user_id, auth_token } = await registered();
    const ids = await store(
      user_id,
      Array.from({ length: 3 }, () => ({ title: 'large', padding: 3 * 1024 * 1024 })),
    );
    const first = (await get('/api/documents', auth_token)).body as {
      documents: { id: string }[];
      next_cursor: string;
    };
    expect(first.documents).toHaveLength(2);
    const second = (await get(`/api/documents?cursor=${first.next_cursor}`, auth_token)).body as typeof first;
    expect(second.next_cursor).toBeNull();
    expect([...first.documents, ...second.documents].map(({ id }) => id)).toEqual(ids.toSorted());
  });

  it('gives one document as it goes over the wire', async () => {
    const { user_id, auth_token } = await registered();
    const [id] = await store(user_id, [{ title: 'Groceries' }]);
    expect(await get(`/api/documents/${id}`, auth_token)).toMatchObject({
      status: 200,
      body: {
        id,
        user_id,
        title: 'Groceries',
        content: { text: 'Groceries', padding: '' },
        revision_id: '1-0123456789abcdef',
        version: 1,
        vector_clock: { node: 1 },
        created_at: '2026-01-02T03:04:05.678Z',
        updated_at: '2026-01-02T03:04:05.678Z',
        deleted_at: null,
      },
    });
  });

  it('answers the same for an unknown, a deleted and somebody else’s document', async () => {
    const { user_id, auth_token } = await registered();
    const stranger = await registered();
    const [foreign] = await store(stranger.user_id, [{ title: 'secret' }]);
    const [gone] = await store(user_id, [{ title: 'gone', deleted: true }]);
    const answers = await Promise.all(
      [randomUUID(), foreign, gone, 'no-id'].map((id) => get(`/api/documents/${id}`, auth_token)),
    );
    for (const { status, body } of answers) {
      expect(status).toBe(404);
      expect(body).toEqual(answers[0]?.body);
    }
    expect(answers[0]?.body).toEqual(errorWith('document_not_found'));
  });

  it.each(['limit=0', 'limit=201', 'limit=ten', 'limit=1&limit=2', 'cursor=nonsense', 'page=2'])(
    'refuses the query %s',
    async (query) => {
      const { auth_token } = await registered();
      expect(await get(`/api/documents?${query}`, auth_token)).toMatchObject({
        status: 400,
        body: errorWith('invalid_argument'),
      });
    },
  );

  it('lets nobody in without a good token', async () => {
    const attempts = [
      await call('/api/documents'),
      await get('/api/documents', 'jds_unknown'),
      await get('/api/documents', 'demo-token'),
      await call('/api/documents', { headers: { authorization: 'Basic YTpi' } }),
      await call(`/api/documents/${randomUUID()}`),
    ];
    for (const { status, headers, body } of attempts) {
      expect({ status, body }).toEqual({ status: 401, body: errorWith('invalid_auth') });
      expect(headers.get('www-authenticate')).toBe('Bearer');
    }
  });
});

describe('the rest', () => {
  it.each(['/health', '/health/live', '/health/ready'])('is healthy at %s', async (path) => {
    expect(await call(path)).toMatchObject({ status: 200, body: { status: 'ok' } });
  });

  it('documents its routes, each with a summary', async () => {
    const { body } = await call('/docs/json');
    const { paths, info } = body as {
      info: { title: string; version: string };
      paths: Record<string, Record<string, { summary?: string }>>;
    };
    expect(info.title).toBe('JSON Database Sync');
    const manifest = readFileSync(resolve(__dirname, '../../package.json'), 'utf8');
    expect(JSON.parse(manifest)).toMatchObject({ version: info.version });
    expect(Object.keys(paths).toSorted()).toEqual([
      '/api/auth/login',
      '/api/auth/register',
      '/api/conflicts',
      '/api/conflicts/{id}',
      '/api/conflicts/{id}/apply',
      '/api/conflicts/{id}/dismiss',
      '/api/documents',
      '/api/documents/{id}',
      '/api/documents/{id}/at',
      '/api/documents/{id}/diff',
      '/api/documents/{id}/history',
      '/api/documents/{id}/versions/{version}',
      '/api/streams',
      '/api/streams/{id}/audit',
      '/api/streams/{id}/audit/export',
      '/api/streams/{id}/documents',
      '/api/streams/{id}/strategy',
      '/health',
      '/health/live',
      '/health/ready',
    ]);
    for (const route of Object.values(paths).flatMap((methods) => Object.values(methods)))
      expect(route.summary).toBeTruthy();
    const page = await fetch(`${server.url}/docs`);
    expect(page.headers.get('content-type')).toContain('text/html');
  });

  it('answers an unknown path as JSON, and does not say what it is built with', async () => {
    const answer = await call('/nothing/here');
    expect(answer).toMatchObject({ status: 404, body: errorWith('invalid_message') });
    expect(answer.headers.get('x-powered-by')).toBeNull();
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('gives every request an id, and keeps a harmless one that it came with', async () => {
    expect((await call('/health')).headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    const kept = await call('/health', { headers: { 'x-request-id': 'proxy-17' } });
    expect(kept.headers.get('x-request-id')).toBe('proxy-17');
    const replaced = await call('/health', { headers: { 'x-request-id': 'x"y' } });
    expect(replaced.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('logs a request that failed with its id and its cause, and nothing of what was sent', async () => {
    const own = await createTestDatabase();
    const lines: string[] = [];
    const settings = withDatabase(readSettings({ BIND_ADDRESS: '127.0.0.1:0', LOG_LEVEL: 'trace' }), own.url);
    const logged = await createServer(settings, createLogger(settings, { write: (line) => lines.push(line) }));
    try {
      await logged.app.get(DataSource).query('ALTER TABLE users RENAME TO people');
      const answer = await call(
        '/api/auth/login?token=in-the-query',
        {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            'x-request-id': 'failing-1',
            authorization: 'Bearer in-a-header',
          },
          body: JSON.stringify({ email: 'ada@secret.example', password: PASSWORD }),
        },
        logged,
      );
      expect(answer).toMatchObject({ status: 500, body: errorWith('server_error') });
      expect(JSON.stringify(answer.body)).not.toContain('users');
      const failure = lines.find((line) => line.includes('relation'));
      expect(JSON.parse(failure ?? '{}')).toMatchObject({
        level: 'error',
        req: { id: 'failing-1', method: 'POST', path: '/api/auth/login' },
        err: { type: 'QueryFailedError', code: '42P01' },
      });
      const all = lines.join('');
      for (const secret of ['ada@secret.example', PASSWORD, 'in-the-query', 'in-a-header', 'SELECT']) {
        expect(all).not.toContain(secret);
      }
    } finally {
      await logged.close();
      await own.drop();
    }
  });

  it('says when the database is away, not where it was, and is ready again when it is back', async () => {
    const own = await createTestDatabase();
    const name = new URL(own.url).pathname.slice(1);
    const settings = readSettings({ DATABASE_URL: own.url, BIND_ADDRESS: '127.0.0.1:0', LOG_LEVEL: 'silent' });
    const other = await createServer(withDatabase(settings, own.url));
    const admin = server.app.get(DataSource);
    try {
      expect((await call('/health/ready', {}, other)).status).toBe(200);
      await admin.query(`ALTER DATABASE ${name} WITH ALLOW_CONNECTIONS false`);
      await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name]);
      const away = await call('/health/ready', {}, other);
      expect(away).toMatchObject({ status: 503, body: { status: 'error', details: { database: { status: 'down' } } } });
      expect(JSON.stringify(away.body)).not.toContain(name);
      expect((await call('/health/live', {}, other)).status).toBe(200);
      const login = await post('/api/auth/login', { email: 'a@b.example', password: PASSWORD }, other);
      expect(login).toMatchObject({ status: 500, body: errorWith('server_error') });

      await admin.query(`ALTER DATABASE ${name} WITH ALLOW_CONNECTIONS true`);
      expect((await call('/health/ready', {}, other)).status).toBe(200);
    } finally {
      await other.close();
      await own.drop();
    }
  });
});

describe('closing', () => {
  it('finishes the request in flight, refuses new ones, and is done once', async () => {
    const own = await start();
    const inFlight = post('/api/auth/register', { email: `${randomUUID()}@example.org`, password: PASSWORD }, own);
    // Wait until the request has reached the server: hashing the password then takes longer than closing would.
    await new Promise<void>((resolve) => own.app.getHttpServer().once('request', () => resolve()));
    const [closed, again] = await Promise.all([own.close(), own.close()]);
    expect([closed, again]).toEqual([true, true]);
    expect((await inFlight).status).toBe(201);
    await expect(fetch(`${own.url}/health`)).rejects.toThrow();
  });
});
