/**
 * The classic dialect over a raw WebSocket: behaviours 1 and 2 of docs/protocol.md, and the session that the original
 * system's read-me shows, typed by hand. The other behaviours are in classic-dialect.int.spec.ts.
 */
import { randomUUID } from 'node:crypto';
import { startTestServer, type TestServer } from '../../test/test-server.js';
import { connectClassic, openClassic } from '../../test/wire-client.js';
import { readSettings } from '../settings/settings.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server.stop());

describe('the session of the original read-me, typed by hand', () => {
  const userId = '550e8400-e29b-41d4-a716-446655440000';
  const documentId = '550e8400-e29b-41d4-a716-446655440001';

  it('authenticates, creates and updates with the short forms', async () => {
    const client = await connectClassic(server.wsUrl);
    client.sendRaw(`{
      "type": "authenticate",
      "user_id": "550e8400-e29b-41d4-a716-446655440000",
      "auth_token": "demo-token"
    }`);
    const welcome = await client.next('auth_success');
    expect(welcome.session_id).not.toBe('');
    expect(welcome.client_id).not.toBe('');

    client.sendRaw(`{
      "type": "create_document",
      "document": {
        "id": "550e8400-e29b-41d4-a716-446655440001",
        "title": "My Document",
        "content": {"text": "Hello, World!"}
      }
    }`);
    const { document } = await client.next('document_created');
    expect(document).toEqual({
      id: documentId,
      user_id: userId,
      title: 'My Document',
      content: { text: 'Hello, World!' },
      // Its hash: the first 16 hex digits of SHA-256 over {"text":"Hello, World!"}.
      revision_id: '1-1903178e9265bcaf',
      version: 1,
      vector_clock: expect.any(Object) as unknown,
      created_at: document.updated_at,
      updated_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as unknown,
      deleted_at: null,
    });

    client.sendRaw(`{
      "type": "update_document",
      "patch": {
        "document_id": "550e8400-e29b-41d4-a716-446655440001",
        "patch": [
          {"op": "replace", "path": "/text", "value": "Updated text"}
        ]
      }
    }`);
    const updated = (await client.next('sync_document')).document;
    expect(updated).toMatchObject({ id: documentId, content: { text: 'Updated text' }, version: 2, deleted_at: null });
    expect(updated.revision_id).toMatch(/^2-[0-9a-f]{16}$/);
    expect(client.rest()).toEqual([]);
    await client.close();
  });
});

describe('behaviour 1: who speaks must have authenticated', () => {
  it.each([
    ['a request', JSON.stringify({ type: 'request_full_sync' })],
    ['a ping', JSON.stringify({ type: 'ping' })],
    ['an unknown type', JSON.stringify({ type: 'no_such_thing' })],
    ['text that is not JSON', 'hello?'],
    ['a JSON array', '[]'],
    ['an authenticate without a token', JSON.stringify({ type: 'authenticate', user_id: randomUUID() })],
    [
      'an authenticate with an id that is none',
      JSON.stringify({ type: 'authenticate', user_id: 'me', auth_token: 'x' }),
    ],
    ['a frame too large for a stranger', JSON.stringify({ type: 'authenticate', auth_token: 'x'.repeat(20_000) })],
  ])('answers %s with auth_error, then closes', async (_what, frame) => {
    const client = await connectClassic(server.wsUrl);
    client.sendRaw(frame);
    const { reason } = await client.next('auth_error');
    expect(reason).not.toBe('');
    await expect(client.closed).resolves.toMatchObject({ code: 4401 });
    expect(client.rest()).toEqual([]);
  });

  it('carries out nothing that was sent along before the close', async () => {
    const userId = randomUUID();
    const documentId = randomUUID();
    const client = await connectClassic(server.wsUrl);
    const create = { type: 'create_document', document: { id: documentId, title: 't', content: {} } };
    client.send(create);
    client.send({ type: 'authenticate', user_id: userId, auth_token: 'demo-token' });
    client.send(create);
    await client.closed;
    expect(client.frames.map(({ type }) => type)).toEqual(['auth_error']);
    await expect(server.query('SELECT FROM users WHERE id = $1', [userId])).resolves.toHaveLength(0);
    await expect(server.query('SELECT FROM events WHERE document_id = $1', [documentId])).resolves.toHaveLength(0);
  });

  it('answers a bad token with auth_error, then closes', async () => {
    const userId = randomUUID();
    await (await openClassic(server.wsUrl, userId, 'the first token')).close();
    const client = await connectClassic(server.wsUrl);
    client.send({ type: 'authenticate', user_id: userId, auth_token: 'another token' });
    await client.next('auth_error');
    await expect(client.closed).resolves.toMatchObject({ code: 4401 });
  });

  it('judges a second authenticate on a live socket again: a bad one gets auth_error and changes nothing', async () => {
    const userId = randomUUID();
    const client = await openClassic(server.wsUrl, userId);
    client.send({ type: 'authenticate', user_id: userId, auth_token: '' });
    await client.next('auth_error');
    client.send({ type: 'authenticate', user_id: userId });
    await client.next('auth_error');
    client.send({ type: 'create_document', document: { id: randomUUID(), title: 'still me', content: {} } });
    await expect(client.next('document_created')).resolves.toMatchObject({ document: { user_id: userId } });
    await client.close();
  });

  it('lets a second authenticate that is good take over: another user, other news', async () => {
    const [first, second] = [randomUUID(), randomUUID()];
    const client = await openClassic(server.wsUrl, first);
    const other = await openClassic(server.wsUrl, first);
    client.send({ type: 'authenticate', user_id: second, auth_token: 'demo-token', client_id: 'my laptop' });
    await expect(client.next('auth_success')).resolves.toMatchObject({ client_id: 'my laptop' });
    other.send({ type: 'create_document', document: { id: randomUUID(), title: 'of the first', content: {} } });
    await other.next('document_created');
    client.send({ type: 'create_document', document: { id: randomUUID(), title: 'of the second', content: {} } });
    await expect(client.next('document_created')).resolves.toMatchObject({ document: { user_id: second } });
    expect(client.rest()).toEqual([]);
    await Promise.all([client.close(), other.close()]);
  });
});

describe('behaviour 2: demo mode', () => {
  it('lets demo-token in with any user id, and creates that user on first sight', async () => {
    const userId = randomUUID();
    await (await openClassic(server.wsUrl, userId)).close();
    await (await openClassic(server.wsUrl, userId)).close();
    await expect(server.query('SELECT id FROM users WHERE id = $1', [userId])).resolves.toEqual([{ id: userId }]);
  });

  it('creates an unknown user with the token that it came with, hashed with Argon2id', async () => {
    const userId = randomUUID();
    await (await openClassic(server.wsUrl, userId, 'my own secret')).close();
    const rows = await server.query<{ hash: string }>('SELECT hash FROM credentials WHERE user_id = $1', [userId]);
    expect(rows).toHaveLength(1);
    expect(rows[0]?.hash).toMatch(/^\$argon2id\$/);
    expect(rows[0]?.hash).not.toContain('my own secret');
    await (await openClassic(server.wsUrl, userId, 'my own secret')).close();
  });

  it('takes no empty token, and creates nobody for it', async () => {
    const userId = randomUUID();
    await expect(openClassic(server.wsUrl, userId, '')).rejects.toThrow('4401');
    await expect(server.query('SELECT FROM users WHERE id = $1', [userId])).resolves.toHaveLength(0);
  });

  it('refuses a known user with another token, whichever way the user became known', async () => {
    const [demo, owner] = [randomUUID(), randomUUID()];
    await (await openClassic(server.wsUrl, demo)).close();
    await (await openClassic(server.wsUrl, owner, 'owned')).close();
    await expect(openClassic(server.wsUrl, demo, 'guess')).rejects.toThrow('4401');
    await expect(openClassic(server.wsUrl, owner, 'guess')).rejects.toThrow('4401');
  });

  it.each(['demo-token', 'a token of its own'])(
    'lets connections that create one user at once all in (%s)',
    async (token) => {
      const userId = randomUUID();
      const clients = await Promise.all(Array.from({ length: 8 }, () => openClassic(server.wsUrl, userId, token)));
      await expect(server.query('SELECT id FROM users WHERE id = $1', [userId])).resolves.toHaveLength(1);
      await Promise.all(clients.map((client) => client.close()));
    },
  );

  it('is off unless configured on: then neither token creates a user', async () => {
    const strict = await startTestServer({ environment: { DEMO_MODE: 'false' } });
    try {
      await expect(openClassic(strict.wsUrl, randomUUID())).rejects.toThrow('4401');
      await expect(openClassic(strict.wsUrl, randomUUID(), 'my own')).rejects.toThrow('4401');
      await expect(strict.query('SELECT FROM users')).resolves.toHaveLength(0);
    } finally {
      await strict.stop();
    }
  });

  it('is never on by default where NODE_ENV is production', () => {
    expect(readSettings({ NODE_ENV: 'production' }).demoMode).toBe(false);
    expect(readSettings({ DATABASE_URL: 'postgresql://localhost/x' }).demoMode).toBe(false);
    expect(readSettings({ NODE_ENV: 'production', DEMO_MODE: 'true' }).demoMode).toBe(true);
  });
});
