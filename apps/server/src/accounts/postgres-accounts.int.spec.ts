import { randomUUID } from 'node:crypto';
import { LIMITS, SyncError, userIdSchema, type UserId } from '@json-database-sync/domain';
import type { DataSource } from 'typeorm';
import { createTestDatabase, type TestDatabase } from '../../../../testing/test-database.js';
import { openDataSource } from '../database/data-source.js';
import { prepareDatabase } from '../database/prepare-database.js';
import { AccountStore } from './account-store.js';
import { PostgresAccounts } from './postgres-accounts.js';
import { SecretHasher } from './secret-hasher.js';

const newUserId = (): UserId => userIdSchema.parse(randomUUID());
const PASSWORD = 'correct horse battery';

let database: TestDatabase;
let dataSource: DataSource;
let demo: PostgresAccounts;
let strict: PostgresAccounts;

beforeAll(async () => {
  database = await createTestDatabase();
  const settings = { databaseUrl: database.url, databasePoolSize: 20, databaseConnectTimeoutMs: 10_000 };
  await prepareDatabase(settings);
  dataSource = await openDataSource(settings);
  demo = accountsWith(true);
  strict = accountsWith(false);
});

afterAll(async () => {
  await dataSource.destroy();
  await database.drop();
});

/** With a hasher of its own: it remembers nothing of what another has seen. */
function accountsWith(demoMode: boolean): PostgresAccounts {
  return new PostgresAccounts(new AccountStore(dataSource), new SecretHasher(), { demoMode });
}

async function codeOf(attempt: Promise<unknown>): Promise<string> {
  try {
    await attempt;
  } catch (error) {
    if (error instanceof SyncError) return error.code;
    throw error;
  }
  return 'accepted';
}

async function rowsOf(userId: UserId): Promise<Record<string, string>> {
  const [row] = await dataSource.query<Record<string, string>[]>(
    `SELECT (SELECT count(*) FROM users WHERE id = $1) AS users,
            (SELECT count(*) FROM streams WHERE id = $1 AND kind = 'personal' AND name = 'Personal') AS streams,
            (SELECT count(*) FROM stream_members WHERE stream_id = $1 AND user_id = $1 AND role = 'owner') AS owners`,
    [userId],
  );
  return row ?? {};
}

const COMPLETE = { users: '1', streams: '1', owners: '1' };
const NOTHING = { users: '0', streams: '0', owners: '0' };

describe('demo mode', () => {
  it('lets demo-token in as any user id, and makes that user with a personal stream', async () => {
    const userId = newUserId();
    expect(await demo.authenticate({ token: 'demo-token', userId })).toEqual({ userId });
    expect(await demo.authenticate({ token: 'demo-token', userId })).toEqual({ userId });
    expect(await rowsOf(userId)).toEqual(COMPLETE);
  });

  it('makes an unknown user of any other token, keeps that token as Argon2id, and lets in nobody else', async () => {
    const userId = newUserId();
    expect(await demo.authenticate({ token: 'x', userId })).toEqual({ userId });
    const credentials = await dataSource.query<unknown[]>('SELECT kind, hash FROM credentials WHERE user_id = $1', [
      userId,
    ]);
    expect(credentials).toEqual([{ kind: 'token', hash: expect.stringMatching(/^\$argon2id\$/) as string }]);
    expect(await rowsOf(userId)).toEqual(COMPLETE);
    expect(await demo.authenticate({ token: 'x', userId })).toEqual({ userId });
    expect(await codeOf(demo.authenticate({ token: 'y', userId }))).toBe('invalid_auth');
    expect(await codeOf(demo.authenticate({ token: 'x ', userId }))).toBe('invalid_auth');
  });

  it('refuses another token for a user who came with demo-token', async () => {
    const userId = newUserId();
    await demo.authenticate({ token: 'demo-token', userId });
    expect(await codeOf(demo.authenticate({ token: 'mine', userId }))).toBe('invalid_auth');
  });

  it('refuses an empty token, one that is too long, and demo-token without a user id', async () => {
    const userId = newUserId();
    expect(await codeOf(demo.authenticate({ token: '', userId }))).toBe('invalid_auth');
    const long = 'x'.repeat(LIMITS.tokenCharacters + 1);
    expect(await codeOf(demo.authenticate({ token: long, userId }))).toBe('invalid_auth');
    expect(await codeOf(demo.authenticate({ token: 'demo-token' }))).toBe('invalid_auth');
    expect(await rowsOf(userId)).toEqual(NOTHING);
  });

  it.each(['demo-token', 'a-token-of-my-own'])(
    'lets all in that make one user at one moment with %s',
    async (token) => {
      const userId = newUserId();
      const several = Array.from({ length: 12 }, () => accountsWith(true).authenticate({ token, userId }));
      expect(await Promise.all(several)).toEqual(Array.from({ length: 12 }, () => ({ userId })));
      expect(await rowsOf(userId)).toEqual(COMPLETE);
    },
  );

  it('gives a user to one of two tokens that come at one moment', async () => {
    const userId = newUserId();
    const tokens = ['first', 'second'];
    const answers = await Promise.all(
      tokens.map((token) => codeOf(accountsWith(true).authenticate({ token, userId }))),
    );
    expect(answers.toSorted()).toEqual(['accepted', 'invalid_auth']);
    const winner = tokens[answers.indexOf('accepted')] ?? '';
    expect(await demo.authenticate({ token: winner, userId })).toEqual({ userId });
  });

  it('opens no account that somebody has registered', async () => {
    const { userId } = await demo.register({ email: 'demo-safe@example.org', password: PASSWORD });
    expect(await codeOf(demo.authenticate({ token: 'demo-token', userId }))).toBe('invalid_auth');
    expect(await codeOf(demo.authenticate({ token: PASSWORD, userId }))).toBe('invalid_auth');
    expect(await codeOf(demo.authenticate({ token: 'anything', userId }))).toBe('invalid_auth');
  });

  it('makes no user of an id that a collection has', async () => {
    const userId = newUserId();
    await dataSource.query(`INSERT INTO streams (id, kind, name) VALUES ($1, 'collection', 'Team')`, [userId]);
    for (const token of ['demo-token', 'other']) {
      expect(await codeOf(demo.authenticate({ token, userId }))).toBe('invalid_auth');
    }
    expect(await rowsOf(userId)).toEqual(NOTHING);
  });

  it('switched off, makes nobody, and keeps its own users’ tokens good', async () => {
    const stranger = newUserId();
    for (const token of ['demo-token', 'whatever']) {
      expect(await codeOf(strict.authenticate({ token, userId: stranger }))).toBe('invalid_auth');
    }
    expect(await rowsOf(stranger)).toEqual(NOTHING);

    const guest = newUserId();
    await demo.authenticate({ token: 'demo-token', userId: guest });
    expect(await codeOf(strict.authenticate({ token: 'demo-token', userId: guest }))).toBe('invalid_auth');

    const owner = newUserId();
    await demo.authenticate({ token: 'their own', userId: owner });
    expect(await strict.authenticate({ token: 'their own', userId: owner })).toEqual({ userId: owner });
  });
});

describe('registered accounts', () => {
  it('registers and logs in, however the address is typed, and keeps neither password nor token', async () => {
    const registered = await strict.register({ email: ' Ada@Example.org ', password: PASSWORD });
    expect(await rowsOf(registered.userId)).toEqual(COMPLETE);
    expect(registered.token).toMatch(/^jds_[\w-]{43}$/);
    expect(await strict.authenticate({ token: registered.token })).toEqual({ userId: registered.userId });

    const loggedIn = await strict.logIn({ email: 'aDA@example.ORG', password: PASSWORD });
    expect(loggedIn.userId).toBe(registered.userId);
    expect(loggedIn.token).not.toBe(registered.token);
    expect(await strict.authenticate(loggedIn)).toEqual({ userId: registered.userId });

    const [stored] = await dataSource.query<{ text: string }[]>(
      `SELECT concat((SELECT string_agg(u::text, '') FROM users u), (SELECT string_agg(c::text, '') FROM credentials c),
                     (SELECT string_agg(t::text, '') FROM api_tokens t)) AS text`,
    );
    expect(stored?.text).toContain('ada@example.org');
    for (const secret of [PASSWORD, registered.token, loggedIn.token]) expect(stored?.text).not.toContain(secret);
  });

  it('takes a password in either Unicode form', async () => {
    await strict.register({ email: 'forms@example.org', password: 'caf\u00e9 noir noir' });
    const { userId } = await strict.logIn({ email: 'forms@example.org', password: 'cafe\u0301 noir noir' });
    expect(userId).toBeDefined();
  });

  it('gives an address to one of several that register it at one moment', async () => {
    const attempts = Array.from({ length: 6 }, () =>
      codeOf(strict.register({ email: 'race@example.org', password: PASSWORD })),
    );
    expect((await Promise.all(attempts)).toSorted()).toEqual([
      'accepted',
      ...Array<string>(5).fill('invalid_argument'),
    ]);
  });

  it.each([
    ['no address', { email: 'nobody', password: PASSWORD }],
    ['an address that is too long', { email: `${'a'.repeat(LIMITS.emailCharacters)}@example.org`, password: PASSWORD }],
    ['a NUL in the address', { email: 'nul\u0000@example.org', password: PASSWORD }],
    ['a short password', { email: 'weak@example.org', password: 'x'.repeat(LIMITS.passwordCharactersMin - 1) }],
    ['a huge password', { email: 'huge@example.org', password: 'x'.repeat(LIMITS.passwordCharactersMax + 1) }],
  ])('refuses to register %s', async (_, input) => {
    expect(await codeOf(strict.register(input))).toBe('invalid_argument');
  });

  it('refuses a wrong password and an unknown address alike', async () => {
    await strict.register({ email: 'alike@example.org', password: PASSWORD });
    const wrong = strict.logIn({ email: 'alike@example.org', password: 'not the password' });
    const unknown = strict.logIn({ email: 'unknown@example.org', password: PASSWORD });
    const [first, second] = await Promise.allSettled([wrong, unknown]);
    expect(first).toMatchObject({ status: 'rejected', reason: { code: 'invalid_auth' } });
    expect(second).toEqual(first);
  });

  it('takes a token for its owner only, and no longer once it is revoked', async () => {
    const ada = await strict.register({ email: 'owner@example.org', password: PASSWORD });
    const bob = await strict.register({ email: 'other@example.org', password: PASSWORD });
    expect(await strict.authenticate({ token: ada.token, userId: ada.userId })).toEqual({ userId: ada.userId });
    expect(await codeOf(strict.authenticate({ token: ada.token, userId: bob.userId }))).toBe('invalid_auth');
    expect(await codeOf(demo.authenticate({ token: ada.token, userId: newUserId() }))).toBe('invalid_auth');
    await dataSource.query('UPDATE api_tokens SET revoked_at = now() WHERE user_id = $1', [ada.userId]);
    expect(await codeOf(strict.authenticate({ token: ada.token }))).toBe('invalid_auth');
    expect(await codeOf(demo.authenticate({ token: ada.token, userId: ada.userId }))).toBe('invalid_auth');
  });

  it('forgets a proof when the credential is changed', async () => {
    const userId = newUserId();
    await demo.authenticate({ token: 'old', userId });
    expect(await codeOf(demo.authenticate({ token: 'old', userId }))).toBe('accepted');
    await dataSource.query('UPDATE credentials SET hash = $2 WHERE user_id = $1', [
      userId,
      await new SecretHasher().hash('new'),
    ]);
    expect(await codeOf(demo.authenticate({ token: 'old', userId }))).toBe('invalid_auth');
    expect(await codeOf(demo.authenticate({ token: 'new', userId }))).toBe('accepted');
  });
});
