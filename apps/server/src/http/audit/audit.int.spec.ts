/** The audit trail over HTTP, on a whole server: filters, pages, both exports, and what outsiders are told. */
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import {
  AuditFileVerifier,
  auditHeaderSchema,
  auditPageSchema,
  clientIdSchema,
  documentIdSchema,
  mutationIdSchema,
  streamIdSchema,
  userIdSchema,
  type AuditEntry,
  type AuditReport,
  type DocumentCommand,
  type DocumentId,
  type StreamId,
  type UserId,
} from '@json-database-sync/domain';
import { startTestServer, type TestServer } from '../../../test/test-server.js';
import { waitFor } from '../../../../../testing/wait-for.js';
import { AuditLog, SCANNED } from '../../audit/audit-log.js';
import { CommitPipeline } from '../../pipeline/commit-pipeline.js';

const NOBODYS = '99999999-0000-4000-8000-000000000009';

let server: TestServer;
let alice: Account;
let bob: Account;
let eve: Account;
/** A collection of Alice's that Bob may read. */
let stream: StreamId;
let list: DocumentId;
let note: DocumentId;
let times: string[];

interface Account {
  readonly userId: UserId;
  readonly token: string;
}

beforeAll(async () => {
  server = await startTestServer();
  [alice, bob, eve] = [await register(), await register(), await register()];
  stream = await collection();
  [list, note] = [documentIdSchema.parse(randomUUID()), documentIdSchema.parse(randomUUID())];
  const update = { kind: 'update', baseVersion: null, knowsOwnChanges: true } as const;
  await commit(alice, list, { kind: 'create', title: 'List', content: { a: 1, 'x/y': [1, 2], '=f()': 'secret' } });
  await commit(bob, note, { kind: 'create', title: 'Note', content: 'text' });
  await commit(bob, list, { ...update, title: 'Liste', patch: [{ op: 'replace', path: '/=f()', value: '=1+1' }] });
  await commit(alice, list, {
    ...update,
    patch: [
      { op: 'test', path: '/a', value: 1 },
      { op: 'move', from: '/a', path: '/b' },
      { op: 'remove', path: '/x~1y/0' },
    ],
  });
  await commit(alice, list, { kind: 'undo', version: 2, force: false });
  await commit(bob, note, { kind: 'delete', baseVersion: null, knowsOwnChanges: true });
  await commit(alice, note, { kind: 'restore' });
  // Each event a minute after the one before it, since the test is about times and cannot wait for them. The chain is
  // mended elsewhere: what is verified below is another stream.
  await server.query(
    `UPDATE events SET created_at = '2026-01-01T00:00:00Z'::timestamptz + sequence * interval '1 minute' WHERE stream_id = $1`,
    [stream],
  );
  times = [0, 1, 2, 3, 4, 5, 6, 7].map((minute) => new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString());
});

afterAll(() => server.stop());

async function register(): Promise<Account> {
  const account = { email: `${randomUUID()}@example.com`, password: 'correct horse battery' };
  const response = await fetch(`${server.url}/api/auth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(account),
  });
  const body = (await response.json()) as { user_id: string; auth_token: string };
  return { userId: userIdSchema.parse(body.user_id), token: body.auth_token };
}

async function collection(): Promise<StreamId> {
  const id = streamIdSchema.parse(randomUUID());
  await server.query(`INSERT INTO streams (id, kind, name) VALUES ($1, 'collection', 'shared')`, [id]);
  const members = [
    [alice, 'owner'],
    [bob, 'viewer'],
  ] as const;
  for (const [{ userId }, role] of members) {
    await server.query('INSERT INTO stream_members (stream_id, user_id, role) VALUES ($1, $2, $3)', [id, userId, role]);
  }
  return id;
}

type WithoutKey<C> = C extends DocumentCommand ? Omit<C, 'streamId' | 'documentId'> : never;

async function commit(
  { userId }: Account,
  documentId: DocumentId,
  change: WithoutKey<DocumentCommand>,
  streamId = stream,
): Promise<void> {
  const author = {
    userId,
    clientId: clientIdSchema.parse(randomUUID()),
    mutationId: mutationIdSchema.parse(randomUUID()),
  };
  await server.app.get(CommitPipeline).submit({ ...change, streamId, documentId }, author);
}

function ask(path: string, as = alice, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${server.url}/api/streams/${path}`, { headers: { authorization: `Bearer ${as.token}`, ...headers } });
}

async function page(query: string, as = alice, id: string = stream) {
  const response = await ask(`${id}/audit?${query}`, as);
  expect(response.status).toBe(200);
  return auditPageSchema.parse(await response.json());
}

const sequences = ({ entries }: { readonly entries: readonly AuditEntry[] }) => entries.map(({ sequence }) => sequence);

describe('the trail', () => {
  it('tells who did what to which document, and where, but no value', async () => {
    const response = await ask(`${stream}/audit`);
    const text = await response.text();
    expect(text).not.toContain('secret');
    expect(text).not.toContain('Liste');
    const { entries, next_after, head } = auditPageSchema.parse(JSON.parse(text));
    expect(next_after).toBeNull();
    expect(head).toMatchObject({ sequence: 7 });
    expect(entries.map((each) => [each.event_type, each.cause?.kind ?? null, each.version, each.paths])).toEqual([
      ['create', null, 1, []],
      ['create', null, 1, []],
      ['update', null, 2, ['/=f()']],
      ['update', null, 3, ['/a', '/b', '/x~1y/0']],
      ['update', 'undo', 4, ['/=f()']],
      ['delete', null, 2, []],
      ['restore', null, 3, []],
    ]);
    expect(entries[2]).toMatchObject({ user_id: bob.userId, document_id: list, title_changed: true });
    expect(entries[3]).toMatchObject({ title_changed: false });
    expect(entries[6]!.hash).toBe(head.hash);
  });

  it.each<[string, () => string, number[]]>([
    ['a user', () => `user=${bob.userId}`, [2, 3, 6]],
    ['a document', () => `document=${list}`, [1, 3, 4, 5]],
    ['a kind', () => 'kind=update', [3, 4, 5]],
    ['what it was for', () => 'kind=undo', [5]],
    ['the time from', () => `from=${times[5]}`, [5, 6, 7]],
    ['the time up to', () => `to=${times[3]}`, [1, 2]],
    ['a time between', () => `from=${times[2]}&to=${times[4]}`, [2, 3]],
    ['all of them', () => `user=${alice.userId}&document=${list}&kind=update&from=${times[5]}`, [5]],
    ['a document and who', () => `user=${bob.userId}&document=${note}`, [2, 6]],
    ['what there is none of', () => `user=${NOBODYS}`, []],
    ['what comes after', () => 'after=5', [6, 7]],
    ['what comes after the end', () => 'after=999999999', []],
  ])('is narrowed down by %s', async (_, query, expected) => {
    const found = await page(query());
    expect(sequences(found)).toEqual(expected);
    expect(found.next_after).toBeNull();
  });

  it.each(['limit=2', `limit=2&document=%`, 'limit=1&kind=update'])('comes in pages: %s', async (template) => {
    const query = template.replace('%', list);
    const whole = sequences(await page(query.replace(/limit=\d/, 'limit=100')));
    const found: number[] = [];
    let after: number | null = 0;
    while (after !== null) {
      const next = await page(`${query}&after=${after}`);
      expect(next.entries.length).toBeLessThanOrEqual(2);
      found.push(...sequences(next));
      after = next.next_after;
    }
    expect(found).toEqual(whole);
  });

  it.each([
    'limit=0',
    'limit=1001',
    'limit=x',
    'after=-1',
    'after=1.5',
    'user=me',
    'document=1',
    'kind=everything',
    'from=yesterday',
    'to=2026',
    'color=red',
    'limit=1&limit=2',
  ])('refuses ?%s', async (query) => {
    const response = await ask(`${stream}/audit?${query}`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: 'invalid_argument' } });
  });

  it('looks at so many events in one page, and then says where to go on', async () => {
    const id = await collection();
    await server.query(
      `INSERT INTO events (stream_id, sequence, document_id, version, type, user_id, client_id, mutation_id, revision_id,
                           vector_clock, forward_patch, reverse_patch, characters, hash, created_at)
       SELECT $1, n, $1, n, 'update', $2, $2, gen_random_uuid(), n || '-0123456789abcdef', '{}', '[]', '[]', 4,
              sha256(n::text::bytea), now() FROM generate_series(1, $3::int) AS n`,
      [id, alice.userId, SCANNED + 10],
    );
    await server.query('UPDATE streams SET last_sequence = $2 WHERE id = $1', [id, SCANNED + 10]);
    expect(await page(`user=${bob.userId}`, alice, id)).toMatchObject({ entries: [], next_after: SCANNED });
    expect(await page(`user=${bob.userId}&after=${SCANNED}`, alice, id)).toMatchObject({
      entries: [],
      next_after: null,
    });
    const late = await page(`user=${alice.userId}&limit=20&after=${SCANNED}`, alice, id);
    expect(sequences(late)).toEqual(Array.from({ length: 10 }, (_, n) => SCANNED + n + 1));
  });
});

describe('whoever is no member', () => {
  it.each(['audit', 'audit/export', 'audit/export?format=csv', 'audit?user=me'])(
    'is told of /%s as of no stream',
    async (path) => {
      const [theirs, nobodys, noId] = await Promise.all(
        [stream, NOBODYS, 'x'].map(async (id) => {
          const response = await ask(`${id}/${path}`, eve);
          return { status: response.status, body: await response.text() };
        }),
      );
      expect(theirs).toEqual(nobodys);
      expect(theirs).toEqual(noId);
      expect(theirs!.status).toBe(path.endsWith('me') ? 400 : 403);
    },
  );

  it('who has no token is not let in', async () => {
    const response = await fetch(`${server.url}/api/streams/${stream}/audit`);
    expect(response.status).toBe(401);
  });

  it('but a viewer is a member', async () => {
    expect(sequences(await page('', bob))).toHaveLength(7);
  });
});

describe('whose demo token it is', () => {
  it('says X-User-Id', async () => {
    const userId = randomUUID();
    const demo = { userId: userIdSchema.parse(userId), token: 'demo-token' };
    const named = await ask(`${userId}/audit`, demo, { 'x-user-id': userId });
    expect(named.status).toBe(200);
    expect((await ask(`${userId}/audit`, demo)).status).toBe(401);
    expect((await ask(`${userId}/audit`, demo, { 'x-user-id': 'me' })).status).toBe(401);
    // A registered user's token is that user's, whatever the header says.
    expect((await ask(`${stream}/audit`, alice, { 'x-user-id': bob.userId })).status).toBe(401);
    expect((await ask(`${stream}/audit`, alice, { 'x-user-id': alice.userId })).status).toBe(200);
  });

  it('may not be guessed without end', async () => {
    const guess = () => ask(`${NOBODYS}/audit`, { ...alice, token: 'demo-token' }, { 'x-user-id': alice.userId });
    const statuses = new Set<number>();
    for (let attempt = 0; attempt < 62; attempt++) statuses.add((await guess()).status);
    expect([...statuses]).toEqual([401, 429]);
  });
});

function verified(text: string): AuditReport {
  const [header = '', ...lines] = text.trimEnd().split('\n');
  const sha256 = (data: string | Uint8Array) => createHash('sha256').update(data).digest();
  const verifier = AuditFileVerifier.begin(header, sha256);
  for (const line of lines) if (!verifier.line(line)) break;
  return verifier.end();
}

describe('an export as JSON lines', () => {
  /** More than a page of the reading. */
  const MANY = 1_200;
  let own: StreamId;

  beforeAll(async () => {
    own = streamIdSchema.parse(alice.userId);
    const ids = Array.from({ length: MANY }, () => documentIdSchema.parse(randomUUID()));
    const content = { b: 'ä\u2028', a: [1.5e300, -0, null], '': { z: true, y: '"\\' } };
    await Promise.all(ids.map((id) => commit(alice, id, { kind: 'create', title: 'Ω', content }, own)));
  });

  it('is the whole log, and can be verified with nothing else', async () => {
    const response = await ask(`${own}/audit/export`);
    expect(response.headers.get('content-type')).toBe('application/x-ndjson; charset=utf-8');
    expect(response.headers.get('content-disposition')).toBe(`attachment; filename="audit-${own}.jsonl"`);
    const text = await response.text();
    expect(verified(text)).toMatchObject({ fault: null, first: 1, last: MANY, anchored: true, streamId: own });
    expect(verified(text.replace('1.5e+300', '1.5e+299')).fault).not.toBeNull();
  });

  it('goes on where an earlier one ended', async () => {
    const whole = await (await ask(`${own}/audit/export`)).text();
    const rest = await (await ask(`${own}/audit/export?after=1000`)).text();
    expect(verified(rest)).toMatchObject({ fault: null, first: 1_001, last: MANY, anchored: true });
    expect(whole.endsWith(rest.slice(rest.indexOf('\n') + 1))).toBe(true);
    const none = await (await ask(`${own}/audit/export?after=9999`)).text();
    expect(verified(none)).toMatchObject({ fault: null, last: MANY, first: MANY + 1 });
  });

  it('of a shortened log says that it has no anchor', async () => {
    const id = await collection();
    const document = documentIdSchema.parse(randomUUID());
    await commit(alice, document, { kind: 'create', title: '', content: 1 }, id);
    await commit(alice, document, { kind: 'delete', baseVersion: null, knowsOwnChanges: true }, id);
    await server.query('DELETE FROM events WHERE stream_id = $1 AND sequence = 1', [id]);
    const text = await (await ask(`${id}/audit/export`)).text();
    expect(verified(text)).toMatchObject({ fault: null, first: 2, last: 2, anchored: false });
  });

  it('with a filter holds what fits, and says what it was chosen by', async () => {
    const text = await (await ask(`${stream}/audit/export?user=${bob.userId}&kind=update`)).text();
    const [header = '', ...lines] = text.trimEnd().split('\n');
    expect(auditHeaderSchema.parse(JSON.parse(header)).filter).toEqual({ user: bob.userId, kind: 'update' });
    expect(lines.map((line) => (JSON.parse(line) as { sequence: number }).sequence)).toEqual([3]);
    expect(() => verified(text)).toThrow(/filter/);
  });

  it('is read no further than its reader takes it', async () => {
    const id = await collection();
    const big = 'x'.repeat(1_000_000);
    for (let n = 0; n < 24; n++) {
      await commit(alice, documentIdSchema.parse(randomUUID()), { kind: 'create', title: '', content: big }, id);
    }
    const pages = jest.spyOn(server.app.get(AuditLog), 'page');
    const url = `${server.url}/api/streams/${id}/audit/export`;
    const request = httpRequest(url, { headers: { authorization: `Bearer ${alice.token}` } });
    const response = await new Promise<IncomingMessage>((resolve) => request.on('response', resolve).end());
    let received = 0;
    response.on('data', (chunk: Buffer) => (received += chunk.length)).pause();
    await waitFor('the first page to be read', () => pages.mock.calls.length > 0);
    // 24 MB make five pages, and what the sockets hold between them is less.
    expect(pages.mock.calls.length).toBeLessThan(5);
    const ended = once(response, 'end');
    response.resume();
    await ended;
    expect(pages.mock.calls).toHaveLength(5);
    expect(received).toBeGreaterThan(24_000_000);
    pages.mockRestore();
  });
});

describe('an export as CSV', () => {
  const parse = (text: string): string[][] =>
    text
      .trimEnd()
      .split('\r\n')
      .map((line) => [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(,|$)/g)].map(([, cell = '']) => cell).slice(0, 14));

  it.each([
    ['format=csv', {}],
    ['', { accept: 'text/csv' }],
  ])('has the trail as rows, by "%s" and %j', async (query, headers) => {
    const response = await ask(`${stream}/audit/export?${query}`, alice, headers);
    expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present');
    const text = await response.text();
    expect(text).not.toContain('secret');
    const [header = [], ...rows] = parse(text);
    expect(header).toEqual(
      'sequence,created_at,event_type,cause,cause_version,document_id,version,user_id,client_id,mutation_id,revision_id,title_changed,paths,hash'.split(
        ',',
      ),
    );
    expect(rows.map(([sequence]) => sequence)).toEqual(['1', '2', '3', '4', '5', '6', '7']);
    expect(rows[3]).toMatchObject({ 1: times[4], 2: 'update', 5: list, 7: alice.userId });
    expect(rows[3]![12]).toBe('"[""/a"",""/b"",""/x~1y/0""]"');
    expect(rows[4]).toMatchObject({ 3: 'undo', 4: '2' });
  });

  it('is narrowed down too', async () => {
    const text = await (await ask(`${stream}/audit/export?format=csv&document=${note}&after=2`)).text();
    expect(parse(text).map(([sequence]) => sequence)).toEqual(['sequence', '6', '7']);
  });
});
