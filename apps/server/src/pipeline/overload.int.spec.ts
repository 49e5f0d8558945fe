/** More changes than the line holds: those past its bound are told to come back, and nothing that was taken is dropped. */
import { randomUUID } from 'node:crypto';
import { Pool } from 'pg';
import { mutations } from '../../test/mutations.js';
import { expectSound } from '../../test/soundness.js';
import { countRows, startTestServer, type TestServer } from '../../test/test-server.js';
import { openStreaming } from '../../test/wire-client.js';

const BOUND = 30;
const SENT = 100;

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ environment: { WAITING_COMMANDS_MAX: String(BOUND) } });
});

afterAll(() => server.stop());

it('answers `overloaded` past the bound, with a hint; what was taken is stored, and the others are when they come back', async () => {
  const userId = randomUUID();
  const client = await openStreaming(server.wsUrl, userId, randomUUID());
  const make = mutations(userId);
  const writes = Array.from({ length: SENT }, (_, n) => make.create({ n }));
  const outside = new Pool({ connectionString: server.databaseUrl, max: 1 });
  // Somebody holds the stream's row: what is taken has to wait for it.
  const holder = await outside.connect();
  await holder.query('BEGIN');
  await holder.query('SELECT FROM streams WHERE id = $1 FOR UPDATE', [userId]);
  client.send({ type: 'mutate', mutations: [make.create({ first: true })] });
  client.send({ type: 'mutate', mutations: writes });
  // Read after both frames: the line is full by now, and the second frame has been judged.
  await client.roundTrip();
  expect(client.all('mutation_results')).toEqual([]);
  await holder.query('COMMIT');
  holder.release();
  await outside.end();

  await client.next('mutation_results', ({ results }) => results.length === 1 && results[0]?.status === 'applied');
  const { results } = await client.next('mutation_results');
  const taken = results.filter(({ status }) => status === 'applied');
  const refused = results.filter(({ status }) => status === 'rejected');
  expect([taken.length + refused.length, refused.length > 0, taken.length > 0]).toEqual([SENT, true, true]);
  for (const { error } of refused) {
    expect(error).toMatchObject({ code: 'overloaded', retryable: true, details: { retry_after_ms: 1_000 } });
  }
  await expect(countRows(server, 'documents')).resolves.toBe(1 + taken.length);

  // They come back, a few at a time, as they were.
  const again = writes.filter(({ mutation_id }) => refused.some((result) => result.mutation_id === mutation_id));
  for (let at = 0; at < again.length; at += BOUND / 2) {
    client.send({ type: 'mutate', mutations: again.slice(at, at + BOUND / 2) });
    const answer = await client.next('mutation_results');
    expect(new Set(answer.results.map(({ status }) => status))).toEqual(new Set(['applied']));
  }
  await expect(countRows(server, 'documents')).resolves.toBe(1 + SENT);
  await expectSound(server);
  await client.close();
});
