import { randomUUID } from 'node:crypto';
import {
  clientIdSchema,
  documentIdSchema,
  mutationIdSchema,
  streamIdSchema,
  userIdSchema,
  type DocumentCommand,
  type DocumentId,
  type JsonValue,
} from '@json-database-sync/domain';
import { MIGRATIONS } from '@json-database-sync/migrations';
import fc from 'fast-check';
import { Pool, type PoolClient } from 'pg';
import { DataSource } from 'typeorm';
import { expectSound } from '../../test/soundness.js';
import { startTestServer, type TestServer } from '../../test/test-server.js';
import { readChain } from '../audit/chain-reader.js';
import { verifyStreams } from '../audit/verify-streams.js';
import { DocumentHistory } from '../event-store/document-history.js';
import { EventStore } from '../event-store/event-store.js';
import { TimeTravel } from '../event-store/time-travel.js';
import { CommitPipeline } from '../pipeline/commit-pipeline.js';
import { countEvents, findNumberingFaults, readEvents, readEventsOf } from '../projections/log-reader.js';
import { moveToPack } from './pack-document.js';
import { packOldEvents } from './packer.js';

let server: TestServer;
/** A second node on the same database. */
let other: TestServer;

const userId = userIdSchema.parse(randomUUID());
const clientId = clientIdSchema.parse(randomUUID());
const streamId = streamIdSchema.parse(userId);

type Change = DocumentCommand extends infer C
  ? C extends unknown
    ? Omit<C, 'streamId' | 'documentId'>
    : never
  : never;

const create: Change = { kind: 'create', title: 'one', content: { n: 0, list: ['a', { 'ä/~': '€ 😀' }] } };
const update = (n: number, title?: string): Change => ({
  kind: 'update',
  baseVersion: null,
  knowsOwnChanges: true,
  patch: [{ op: 'replace', path: '/n', value: n }],
  ...(title !== undefined && { title }),
});
const remove: Change = { kind: 'delete', baseVersion: null, knowsOwnChanges: true };
const restore: Change = { kind: 'restore' };
const updates = (count: number): Change[] => Array.from({ length: count }, (_, n) => update(n + 1));

async function make(node: TestServer, documentId: DocumentId, changes: readonly Change[]): Promise<void> {
  const pipeline = node.app.get(CommitPipeline);
  await Promise.all(
    changes.map((change) => {
      const author = { userId, clientId, mutationId: mutationIdSchema.parse(randomUUID()) };
      return pipeline.submit({ ...change, streamId, documentId }, author);
    }),
  );
}

const newId = (): DocumentId => documentIdSchema.parse(randomUUID());
const later = (): Date => new Date(Date.now() + 60_000);

async function onConnection<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
  const pool = new Pool({ connectionString: server.databaseUrl, max: 1 });
  try {
    const client = await pool.connect();
    try {
      return await work(client);
    } finally {
      client.release();
    }
  } finally {
    await pool.end();
  }
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

const packedEvents = async (): Promise<number> => {
  const [row] = await server.query<{ count: number }>('SELECT count(*)::int AS count FROM packed_events');
  return row?.count ?? 0;
};

beforeAll(async () => {
  server = await startTestServer();
  other = await startTestServer({ databaseUrl: server.databaseUrl });
});

beforeEach(async () => {
  for (const table of ['events', 'event_packs', 'documents', 'mutations', 'keyframes', 'streams', 'users']) {
    await server.query(`TRUNCATE ${table} CASCADE`);
  }
  await server.query('INSERT INTO users (id) VALUES ($1)', [userId]);
  await server.query(`INSERT INTO streams (id, kind, name) VALUES ($1, 'personal', 'Personal')`, [streamId]);
});

afterAll(async () => {
  await other.stop();
  await server.stop();
});

/** What every reader of the log says of it. */
async function readings(ids: readonly DocumentId[], newest: number): Promise<JsonValue> {
  const store = server.app.get(EventStore);
  const history = server.app.get(DocumentHistory);
  const travel = server.app.get(TimeTravel);
  const runner = server.app.get(DataSource).createQueryRunner();
  try {
    const found: unknown[] = [
      await all(readEvents(runner)),
      await countEvents(runner),
      await countEvents(runner, streamId),
      await findNumberingFaults(runner),
      await all(readChain(runner, streamId)),
      await history.sequenceAt(streamId, '9999-01-01T00:00:00.000Z'),
      await history.sequenceAt(streamId, '2000-01-01T00:00:00.000Z'),
    ];
    for (let after = 0; after <= newest; after += 3) found.push(await store.changesSince(streamId, after, 10));
    for (const documentId of ids) {
      const key = { streamId, documentId };
      const version = (await store.document(streamId, documentId))?.state.version ?? 0;
      found.push(await all(readEventsOf(runner, key)));
      for (let at = 1; at <= version; at += 5) {
        found.push(await store.history(streamId, documentId, at, 4));
        found.push(await history.events(key, { first: at, last: at + 6 }));
        found.push(await travel.atVersion(key, at));
        found.push(await store.eventsAfterVersion([{ ...key, version: at }]));
      }
      found.push(await store.history(streamId, documentId, 2_147_483_647, 20));
      for (let sequence = 0; sequence <= newest; sequence += 11) {
        found.push(await store.eventsAround(streamId, [documentId], sequence));
        const versions = await history.versionsAtSequence(streamId, [{ id: documentId, version }], sequence);
        found.push([...versions]);
      }
    }
    return JSON.parse(JSON.stringify(found)) as JsonValue;
  } finally {
    await runner.release();
  }
}

describe('the log, whatever is packed of it', () => {
  const ids = [newId(), newId(), newId()] as const;

  it('reads the same to every reader', async () => {
    await make(server, ids[0], [create, ...updates(25), remove, restore, ...updates(12)]);
    await make(server, ids[1], [create, update(1, 'a "title"\n\u0001 – ü'), update(2, ''), ...updates(20)]);
    await make(server, ids[1], [
      { kind: 'undo', version: null, force: false },
      { kind: 'redo', version: null, force: false },
    ]);
    await make(server, ids[0], [{ kind: 'revert', toVersion: 3 }, ...updates(5)]);
    await make(server, ids[2], [create]);
    const head = await server.app.get(EventStore).lastSequence(streamId);
    const versions = [46, 25, 1];
    const before = await readings(ids, head);
    await server.query('CREATE TABLE kept AS SELECT * FROM events');
    const columns = `stream_id, sequence, document_id, version, type, schema_version, user_id, client_id, mutation_id, revision_id,
      vector_clock::text, forward_patch::text, reverse_patch::text, title_from, title_to, cause_kind, cause_version, hash, created_at`;
    const cuts = fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(fc.tuple(cuts, cuts), fc.boolean(), async (sizes, grow) => {
        await server.query('TRUNCATE events, event_packs');
        await server.query('INSERT INTO events SELECT * FROM kept');
        await onConnection(async (client) => {
          for (const [index, steps] of sizes.entries()) {
            let packed = 0;
            for (const step of steps) {
              const last = Math.min(packed + step, (versions[index] ?? 1) - 1);
              if (last === packed) break;
              const documentId = ids[index] ?? ids[0];
              const grown = grow && packed > 0 ? packed : null;
              await moveToPack(client, { streamId, documentId }, { first: packed + 1, last, grown });
              packed = last;
            }
          }
        });
        expect(await readings(ids, head)).toEqual(before);
        const differing = await server.query(
          `(SELECT ${columns} FROM kept EXCEPT SELECT ${columns} FROM events_of_stream($1, 0, 100000))
           UNION ALL (SELECT ${columns} FROM events_of_stream($1, 0, 100000) EXCEPT SELECT ${columns} FROM kept)`,
          [streamId],
        );
        expect(differing).toEqual([]);
      }),
      { numRuns: 12 },
    );
    await server.query('DROP TABLE kept');
    await expectSound(server);
  }, 120_000);

  it('looks only into the packs of the range', async () => {
    await make(server, ids[0], [create, ...updates(399)]);
    await packOldEvents(server.app.get(DataSource), { before: later(), rests: false });
    const explained = async (call: string, values: unknown[]): Promise<string> => {
      const rows = await server.query<{ 'QUERY PLAN': string }>(
        `EXPLAIN (ANALYZE, COSTS OFF) SELECT * FROM ${call}`,
        values,
      );
      return rows.map((row) => row['QUERY PLAN']).join('\n');
    };
    // As if there were many more documents, whose packs lie elsewhere.
    await server.query(
      `INSERT INTO event_packs
       SELECT p.stream_id, gen_random_uuid(), p.first_version, p.last_version, p.first_sequence + n * 400,
              p.last_sequence + n * 400, p.characters, p.sequences, p.types, p.schema_versions, p.user_ids, p.client_ids,
              p.vector_clocks, p.patches, p.marks
         FROM event_packs p CROSS JOIN generate_series(1, 200) n`,
    );
    await server.query('ANALYZE event_packs');
    // Inlined, with the range as a condition of an index on both sides, and one pack of four taken up.
    const byVersion = await explained('events_of_document($1, $2, 200, 210)', [streamId, ids[0]]);
    expect(byVersion).toMatch(/on event_packs p .*rows=1[. ]/);
    expect(byVersion).toMatch(/Index Cond: .*last_version >= 200/);
    const bySequence = await explained('events_of_stream($1, 200, 210)', [streamId]);
    expect(bySequence).toMatch(/on event_packs p .*rows=1[. ]/);
    expect(bySequence).toMatch(/Index Cond: .*last_sequence >= .*first_sequence <= /);
  });

  it('is rows again after the migration is taken back', async () => {
    await make(server, ids[0], [create, ...updates(60)]);
    await packOldEvents(server.app.get(DataSource), { before: later(), rests: false });
    expect(await packedEvents()).toBe(60);
    const migration = MIGRATIONS.map((Migration) => new Migration()).find(({ name }) => name.startsWith('EventPacks'));
    const runner = server.app.get(DataSource).createQueryRunner();
    try {
      await migration?.down(runner);
      const [rows] = await server.query('SELECT count(*)::int AS count FROM events');
      expect(rows).toEqual({ count: 61 });
      await migration?.up(runner);
    } finally {
      await runner.release();
    }
    expect(await packedEvents()).toBe(0);
    await expectSound(server);
  });
});

describe('packing', () => {
  it('leaves what is young, what is too little, and the newest event of each document', async () => {
    const [much, little] = [newId(), newId()];
    await make(server, much, [create, ...updates(300)]);
    await make(server, little, [create, ...updates(20)]);
    const dataSource = server.app.get(DataSource);
    await expect(packOldEvents(dataSource, { before: new Date(0), rests: false })).resolves.toMatchObject({
      events: 0,
    });
    const report = await packOldEvents(dataSource, { before: later(), rests: false });
    expect(report).toEqual({ events: 300, finished: true });
    const rows = await server.query('SELECT document_id, version FROM events ORDER BY document_id = $1 DESC, version', [
      much,
    ]);
    expect(rows.slice(0, 2)).toEqual([
      { document_id: much, version: 301 },
      { document_id: little, version: 1 },
    ]);
    const packs = await server.query('SELECT first_version AS first, last_version AS last FROM event_packs ORDER BY 1');
    expect(packs).toEqual([
      { first: 1, last: 128 },
      { first: 129, last: 256 },
      { first: 257, last: 300 },
    ]);
    // The last pack grows when enough has come.
    await make(server, much, updates(40));
    await packOldEvents(dataSource, { before: later(), rests: false });
    const [, , third] = await server.query(
      'SELECT first_version AS first, last_version AS last FROM event_packs ORDER BY 1',
    );
    expect(third).toEqual({ first: 257, last: 340 });
    await expectSound(server);
  });

  it('refuses what was decided on a version that is packed', async () => {
    const id = newId();
    await make(other, id, [create, update(1)]);
    await make(server, id, updates(60));
    await packOldEvents(server.app.get(DataSource), { before: later(), rests: false });
    expect(await packedEvents()).toBe(61);
    // The other node still has version 2 in its memory.
    await make(other, id, [update(77)]);
    const document = await server.app.get(EventStore).document(streamId, id);
    expect(document?.state).toMatchObject({ version: 63, content: { n: 77 } });
    await expectSound(server);
  });

  it('goes on beside two nodes that write and pack at once', async () => {
    const ids = Array.from({ length: 6 }, newId);
    for (const id of ids) await make(server, id, [create]);
    const nodes = [server, other];
    const stop = { now: false };
    const packers = nodes.map(async (node) => {
      const options = { before: later(), rests: false, stopped: () => stop.now };
      while (!stop.now) await packOldEvents(node.app.get(DataSource), options);
    });
    try {
      for (let round = 0; round < 8; round += 1) {
        await Promise.all(ids.flatMap((id) => nodes.map((node) => make(node, id, updates(20)))));
      }
    } finally {
      stop.now = true;
      await Promise.all(packers);
    }
    await packOldEvents(server.app.get(DataSource), { before: later(), rests: false });
    expect(await packedEvents()).toBeGreaterThanOrEqual(6 * 256);
    const head = await server.app.get(EventStore).lastSequence(streamId);
    expect(head).toBe(6 * (1 + 8 * 2 * 20));
    await expectSound(server);
  }, 120_000);

  it('leaves a log with a hole as it is, and tells of it', async () => {
    const id = newId();
    await make(server, id, [create, ...updates(80)]);
    const [hole] = await server.query('DELETE FROM events WHERE version = 20 RETURNING version');
    expect(hole).toEqual({ version: 20 });
    await packOldEvents(server.app.get(DataSource), { before: later(), rests: false });
    expect(await packedEvents()).toBe(0);
  });
});

describe('an event that was changed inside a pack', () => {
  const faults = async () => (await all(verifyStreams(server.app.get(DataSource)))).map(({ fault }) => fault);

  it.each([
    ['its patch', `UPDATE event_packs SET patches = replace(patches, '"value":41}', '"value":14}')`, 42],
    ['its mutation', `UPDATE event_packs SET marks = overlay(marks PLACING decode('ff', 'hex') FROM 62 * 29 + 3)`, 30],
    ['its hash', `UPDATE event_packs SET marks = overlay(marks PLACING '\\x00000000' FROM 62 * 9 + 25)`, 10],
    ['its time', `UPDATE event_packs SET marks = overlay(marks PLACING '\\x00' FROM 62 * 19 + 61)`, 20],
  ])('is named: %s', async (_, tamper, sequence) => {
    const id = newId();
    await make(server, id, [create, ...updates(60)]);
    await packOldEvents(server.app.get(DataSource), { before: later(), rests: false });
    expect(await faults()).toEqual([null]);
    await server.query(tamper);
    expect(await faults()).toEqual([expect.objectContaining({ sequence, documentId: id, version: sequence })]);
  });
});

describe('retention', () => {
  it('takes the oldest events out, wherever they lie', async () => {
    const [one, two] = [newId(), newId()];
    await make(server, one, [create]);
    await make(server, two, [create]);
    for (let round = 0; round < 50; round += 1) {
      await make(server, one, [update(round)]);
      await make(server, two, [update(round)]);
    }
    await packOldEvents(server.app.get(DataSource), { before: later(), rests: false });
    const rest = (await server.app.get(EventStore).changesSince(streamId, 33, 1000)).map(({ sequence }) => sequence);
    const [removed] = await server.query<{ count: string }>('SELECT remove_events($1, 33) AS count', [streamId]);
    expect(removed?.count).toBe('33');
    const store = server.app.get(EventStore);
    expect((await store.changesSince(streamId, 33, 1000)).map(({ sequence }) => sequence)).toEqual(rest);
    // A cursor from before is behind the log: what comes next does not follow on it.
    expect((await store.changesSince(streamId, 10, 5)).map(({ sequence }) => sequence)).toEqual([34, 35, 36, 37, 38]);
    await packOldEvents(server.app.get(DataSource), { before: later(), rests: false });
    expect((await store.changesSince(streamId, 10, 1000)).map(({ sequence }) => sequence)).toEqual(rest);
    // Not what the tests of the whole database expect: it goes.
    await server.query('TRUNCATE events, event_packs');
  });
});
