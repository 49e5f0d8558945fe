import { CliFailure } from '../cli-failure.js';
import { DEMO_USER_ID, readSettings } from './settings.js';

describe('settings', () => {
  it('open the demo user on this machine by default', () => {
    expect(readSettings({}, {}, '/home/me')).toEqual({
      database: 'alice',
      databasePath: '/home/me/databases/alice.sqlite3',
      server: 'ws://localhost:8080/ws',
      token: 'demo-token',
      userId: DEMO_USER_ID,
      offline: false,
      waitMs: 5000,
      json: false,
    });
  });

  it('come from the environment, and options win', () => {
    const env = { SYNC_DATABASE: 'bob', SYNC_SERVER: 'wss://example.org/ws', SYNC_TOKEN: 'secret', SYNC_WAIT: '0.5' };
    expect(readSettings({ database: 'carol' }, env, '/')).toMatchObject({
      database: 'carol',
      server: 'wss://example.org/ws',
      token: 'secret',
      userId: undefined,
      waitMs: 500,
    });
  });

  it.each(['../alice', 'a/b', 'a\\b', '.hidden', 'a..b', 'con', '', 'a\u0000', 'x'.repeat(65), 'a.', 'C:x'])(
    'take no database named %j',
    (database) => {
      expect(() => readSettings({ database }, {}, '/')).toThrow(CliFailure);
    },
  );

  it.each(['http://localhost', 'localhost:8080', 'ws://user:pw@host/', 'ws://', ''])('take no server %j', (server) => {
    expect(() => readSettings({ server }, {}, '/')).toThrow('--server must be a WebSocket address');
  });

  it.each([['-1'], ['soon'], ['1e9'], ['Infinity']])('take no wait of %s', (wait) => {
    expect(() => readSettings({ wait }, {}, '/')).toThrow('--wait');
  });

  it('name every mistake at once, where it is from, and no secret', () => {
    const token = 't0ken'.repeat(300);
    let message = '';
    try {
      readSettings({ userId: 'me', token }, { SYNC_DATABASE: '..' }, '/');
    } catch (error) {
      message = error instanceof CliFailure ? `${error.exitCode} ${error.message}` : String(error);
    }
    expect(message).toMatch(/^2 SYNC_DATABASE .*--token is too long\..*--user-id must be a UUID\.$/);
    expect(message).not.toContain('t0ken');
  });
});
