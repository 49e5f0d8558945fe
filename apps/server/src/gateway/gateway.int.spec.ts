/** What holds for the endpoint as a whole: how it shuts down, and how it defends itself against guessing. */
import { randomUUID } from 'node:crypto';
import { mutations } from '../../test/mutations.js';
import { startTestServer } from '../../test/test-server.js';
import { connectClassic, connectStreaming, openClassic, openStreaming } from '../../test/wire-client.js';

describe('a server that shuts down', () => {
  it('answers what is in flight, then closes every socket with 1001; what it acknowledged is there', async () => {
    const server = await startTestServer();
    const userId = randomUUID();
    const make = mutations(userId);
    const writer = await openStreaming(server.wsUrl, userId, randomUUID());
    const idle = await openClassic(server.wsUrl, userId);
    const stranger = await connectClassic(server.wsUrl);
    const frames = 40;
    for (let i = 0; i < frames; i++) {
      writer.send({ type: 'mutate', mutations: Array.from({ length: 10 }, () => make.create({ i })) });
    }
    await writer.next('mutation_results');
    const closed = server.close();
    for (const client of [writer, idle, stranger]) await expect(client.closed).resolves.toMatchObject({ code: 1001 });
    await expect(closed).resolves.toBe(true);

    const acknowledged = writer.all('mutation_results').flatMap(({ results }) => results);
    const applied = acknowledged.filter(({ status }) => status === 'applied');
    expect(applied.length).toBeGreaterThan(0);
    const rows = await server.query<{ mutation_id: string }>('SELECT mutation_id FROM events');
    const stored = new Set(rows.map((row) => row.mutation_id));
    expect(applied.filter(({ mutation_id }) => !stored.has(mutation_id ?? ''))).toEqual([]);
    // Nothing was carried out that was not answered.
    expect(stored.size).toBe(applied.length);
    await expect(connectStreaming(server.wsUrl)).rejects.toThrow();
    await server.stop();
  });
});

describe('guessing', () => {
  it('has to wait after sixty failures from one address, and is told so', async () => {
    const server = await startTestServer();
    const userId = randomUUID();
    const reasons: string[] = [];
    for (let i = 0; i <= 60; i++) {
      const guesser = await connectStreaming(server.wsUrl);
      guesser.send({ type: 'authenticate', protocol: 2, client_id: randomUUID(), user_id: userId, auth_token: '' });
      reasons.push((await guesser.next('auth_error')).code);
      await guesser.closed;
    }
    expect(reasons).toEqual([...Array.from({ length: 60 }, () => 'invalid_auth'), 'rate_limit_exceeded']);
    await server.stop();
  });
});
