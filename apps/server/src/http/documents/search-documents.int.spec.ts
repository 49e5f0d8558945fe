/** Searching documents over HTTP and in PostgreSQL: what is found, by which index, for whom, and how much of it. */
import { randomUUID } from 'node:crypto';
import { canonicalJson, type JsonValue, type StreamId } from '@json-database-sync/domain';
import fc from 'fast-check';
import { DataSource } from 'typeorm';
import { arbitraryJson } from '../../../../../testing/arbitrary-json.js';
import { placesIn } from '../../../../../testing/patch-model.js';
import { createTestDatabase, type TestDatabase } from '../../../../../testing/test-database.js';
import { createServer, type RunningServer } from '../../bootstrap.js';
import {
  containsCondition,
  equalsCondition,
  type DocumentCondition,
} from '../../documents/queries/document-condition.js';
import {
  SearchDocumentsHandler,
  SearchDocumentsQuery,
  searchStatement,
} from '../../documents/queries/search-documents.query.js';
import { readSettings, withDatabase } from '../../settings/settings.js';

let database: TestDatabase;
let server: RunningServer;
let dataSource: DataSource;

beforeAll(async () => {
  database = await createTestDatabase();
  const settings = readSettings({ BIND_ADDRESS: '127.0.0.1:0', LOG_LEVEL: 'silent' });
  server = await createServer(withDatabase(settings, database.url));
  dataSource = server.app.get(DataSource);
});

afterAll(async () => {
  await server.close();
  await database.drop();
});

interface Page {
  readonly documents: readonly { readonly id: string; readonly title: string; readonly deleted_at: string | null }[];
  readonly next_cursor: string | null;
}

async function get(token: string, parameters: Record<string, string>): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${server.url}/api/documents?${new URLSearchParams(parameters).toString()}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  return { status: response.status, body: await response.json() };
}

async function titles(token: string, parameters: Record<string, string>): Promise<string[]> {
  const { status, body } = await get(token, parameters);
  expect(status).toBe(200);
  return (body as Page).documents.map(({ title }) => title).toSorted();
}

async function registered(): Promise<{ user_id: string; auth_token: string }> {
  const response = await fetch(`${server.url}/api/auth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: `${randomUUID()}@example.org`, password: 'correct horse battery' }),
  });
  return (await response.json()) as { user_id: string; auth_token: string };
}

const COLUMNS = `stream_id, id, user_id, title, content, version, revision_id, vector_clock, last_sequence, characters,
  created_at, updated_at, deleted_at`;

/** A row as the commit pipeline writes it. */
async function store(streamId: string, title: string, content: JsonValue, deleted = false): Promise<void> {
  await dataSource.query(
    `INSERT INTO documents (${COLUMNS})
     VALUES ($1, gen_random_uuid(), $1, $2, $3::jsonb, 1, '1-0123456789abcdef', '{}', 1, 10, now(), now(),
             CASE WHEN $4 THEN now() END)`,
    [streamId, title, JSON.stringify(content), deleted],
  );
}

describe('over HTTP', () => {
  test('by containment, by path, by both; deleted ones where they are asked for; nobody else’s', async () => {
    const { user_id, auth_token } = await registered();
    const stranger = await registered();
    await store(user_id, 'a', { status: 'open', owner: { name: 'Ada' }, tags: ['x', 'y'] });
    await store(user_id, 'b', { status: 'open', owner: { name: 'Bob', since: 1 }, tags: [] });
    await store(user_id, 'c', { status: 'open', owner: { name: 'Ada' } }, true);
    await store(stranger.user_id, 'theirs', { status: 'open', owner: { name: 'Ada' } });
    const found = (parameters: Record<string, string>) => titles(auth_token, parameters);

    expect(await found({ contains: '{"status":"open"}' })).toEqual(['a', 'b']);
    expect(await found({ contains: '{"tags":["y"]}' })).toEqual(['a']);
    expect(await found({ contains: '{}' })).toEqual(['a', 'b']);
    expect(await found({ path: '/owner/name', equals: '"Ada"' })).toEqual(['a']);
    expect(await found({ path: '/owner', equals: '{"name":"Bob"}' })).toEqual([]);
    expect(await found({ path: '/owner', equals: '{"since":1,"name":"Bob"}' })).toEqual(['b']);
    expect(await found({ path: '/tags/1', equals: '"y"' })).toEqual(['a']);
    expect(await found({ path: '/tags', equals: '[]' })).toEqual(['b']);
    expect(await found({ contains: '{"tags":[]}', path: '/owner/since', equals: '1.0' })).toEqual(['b']);
    expect(await found({ path: '/owner/name', equals: '"Ada"', include_deleted: 'true' })).toEqual(['a', 'c']);
    expect(await found({ include_deleted: 'true' })).toEqual(['a', 'b', 'c']);
    expect(await titles(stranger.auth_token, { contains: '{"status":"open"}' })).toEqual(['theirs']);
  });

  test('page by page', async () => {
    const { user_id, auth_token } = await registered();
    for (let n = 0; n < 5; n++) await store(user_id, `${n}`, { kind: n < 4 ? 'wanted' : 'other' });
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const parameters = { contains: '{"kind":"wanted"}', limit: '3', ...(cursor !== null && { cursor }) };
      const page = (await get(auth_token, parameters)).body as Page;
      seen.push(...page.documents.map(({ title }) => title));
      cursor = page.next_cursor;
    } while (cursor !== null);
    expect(seen.toSorted()).toEqual(['0', '1', '2', '3']);
  });

  test.each<[string, Record<string, string>]>([
    ['what is no JSON', { contains: '{status:open}' }],
    ['NUL', { contains: '"\\u0000"' }],
    ['an unsafe number', { contains: '9007199254740993' }],
    ['too much', { contains: `"${'x'.repeat(4_000)}"` }],
    ['too deep', { contains: '['.repeat(17) + ']'.repeat(17) }],
    ['a path without a value', { path: '/a' }],
    ['a value without a path', { equals: '1' }],
    ['what is no pointer', { path: 'a.b', equals: '1' }],
    ['a path of too many parts', { path: '/a'.repeat(33), equals: '1' }],
    ['a path of too many indexes', { path: '/0'.repeat(5), equals: '1' }],
    ['NUL in a path', { path: '/a\0', equals: '1' }],
    ['a truth that is none', { include_deleted: 'maybe' }],
  ])('%s is refused', async (_, parameters) => {
    const { auth_token } = await registered();
    expect(await get(auth_token, parameters)).toMatchObject({
      status: 400,
      body: { error: { code: 'invalid_argument' } },
    });
  });
});

describe('in PostgreSQL', () => {
  const page = { after: null, limit: 50, includeDeleted: false } as const;

  test('the index on contents serves containment and paths, on a table with enough rows', async () => {
    const stream = randomUUID() as StreamId;
    await dataSource.query(
      `INSERT INTO documents (${COLUMNS})
       SELECT $1, gen_random_uuid(), $1, 'n', jsonb_build_object('n', n, 'owner', jsonb_build_object('id', n % 5000),
                'tags', jsonb_build_array(n % 7, 'tag' || n), 'text', repeat('x', 900)),
              1, '1-0123456789abcdef', '{}', n, 1000, now(), now(), NULL FROM generate_series(1, 20000) n`,
      [stream],
    );
    await dataSource.query('ANALYZE documents');
    const conditions: DocumentCondition[] = [
      containsCondition('{"owner":{"id":77}}'),
      equalsCondition('/owner/id', '77'),
      equalsCondition('/tags/1', '"tag77"'),
    ];
    for (const condition of conditions) {
      const { text, values } = searchStatement(new SearchDocumentsQuery(stream, [condition], page));
      const plan: { 'QUERY PLAN': string }[] = await dataSource.query(`EXPLAIN ${text}`, [...values]);
      expect(plan.map((line) => line['QUERY PLAN']).join('\n')).toContain('Bitmap Index Scan on documents_content');
      const found = await new SearchDocumentsHandler(dataSource).execute(
        new SearchDocumentsQuery(stream, [condition], page),
      );
      expect(found.documents).toHaveLength(condition === conditions[2] ? 1 : 4);
    }
  });

  test('a path finds exactly the documents that have the value there', async () => {
    const stream = randomUUID() as StreamId;
    const search = new SearchDocumentsHandler(dataSource);
    const two = fc.tuple(arbitraryJson, arbitraryJson, fc.nat());
    await fc.assert(
      fc.asyncProperty(two, async ([one, other, choice]) => {
        await dataSource.query('DELETE FROM documents WHERE stream_id = $1', [stream]);
        await store(stream, 'one', one);
        await store(stream, 'other', other);
        const places = placesIn(one);
        const path = places[choice % places.length]!;
        fc.pre(path.split('/').filter((part) => /^\d+$/.test(part)).length <= 4);
        const wanted = at(one, path)!;
        const condition = equalsCondition(path, JSON.stringify(wanted));
        const { documents } = await search.execute(new SearchDocumentsQuery(stream, [condition], page));
        const there = at(other, path);
        const both = there !== undefined && canonicalJson(there) === canonicalJson(wanted);
        expect(documents.map(({ title }) => title).toSorted()).toEqual(both ? ['one', 'other'] : ['one']);
      }),
      { numRuns: 150 },
    );
  });

  test('a search that takes too long is given up, and the connection is as good as before', async () => {
    const own = await createTestDatabase();
    const settings = readSettings({ BIND_ADDRESS: '127.0.0.1:0', LOG_LEVEL: 'silent' });
    const other = await createServer(withDatabase(settings, own.url));
    try {
      const slow = other.app.get(DataSource);
      // A lock that somebody else holds: nothing else is slow for sure.
      const holder = slow.createQueryRunner();
      await holder.startTransaction();
      await holder.query('LOCK TABLE documents IN ACCESS EXCLUSIVE MODE');
      const search = new SearchDocumentsHandler(slow);
      const query = new SearchDocumentsQuery(randomUUID() as StreamId, [containsCondition('{}')], page);
      await expect(search.execute(query)).rejects.toMatchObject({ code: 'timed_out' });
      await holder.rollbackTransaction();
      await holder.release();
      expect(await search.execute(query)).toEqual({ documents: [], next: null });
      expect(await slow.query('SHOW statement_timeout')).toEqual([{ statement_timeout: '0' }]);
    } finally {
      await other.close();
      await own.drop();
    }
  });
});

/** What stands at a pointer, found the slow way: its place among all places. */
function at(json: JsonValue, pointer: string): JsonValue | undefined {
  const members: Record<string, JsonValue> = Object.create(null) as Record<string, JsonValue>;
  const walk = (value: JsonValue, path: string): void => {
    members[path] = value;
    if (typeof value !== 'object' || value === null) return;
    for (const [key, member] of Object.entries(value as Record<string, JsonValue>)) {
      walk(member, `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`);
    }
  };
  walk(json, '');
  return members[pointer];
}
