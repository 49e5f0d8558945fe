import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { DEFINITIONS, environmentSchema } from './definitions.js';
import { readSettings, SettingsError, withDatabase, type Environment } from './settings.js';

const problemsOf = (environment: Environment): string[] => {
  try {
    readSettings(environment);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems.map((problem) => problem.message);
    throw error;
  }
  return [];
};

describe('settings', () => {
  it('has a default for everything', () => {
    expect(readSettings({})).toEqual({
      databaseUrl: null,
      bind: { host: '0.0.0.0', port: 8080 },
      dataDir: { path: './data', explicit: false },
      demoMode: true,
      monitoring: false,
      logLevel: 'info',
      logFormat: 'json',
      color: false,
      databasePoolSize: 10,
      databaseConnectTimeoutMs: 10_000,
      documentCacheCharacters: 64_000_000,
      waitingCommandsMax: 20_000,
      historyPackAfterHours: 24,
      shutdownTimeoutMs: 15_000,
      authRequestsPerMinute: 30,
      trustedProxies: 0,
      production: false,
    });
  });

  it('reads what is set', () => {
    const settings = readSettings({
      DATABASE_URL: 'postgresql://me:s%40cret@db.example:5432/sync?sslmode=require',
      BIND_ADDRESS: '[::1]:9000',
      DATA_DIR: '/srv/data',
      MONITORING: 'true',
      LOG_LEVEL: 'DEBUG',
      LOG_FORMAT: 'pretty',
      DATABASE_POOL_SIZE: '40',
    });
    expect(settings).toMatchObject({
      databaseUrl: 'postgresql://me:s%40cret@db.example:5432/sync?sslmode=require',
      bind: { host: '::1', port: 9000 },
      dataDir: { path: '/srv/data', explicit: true },
      monitoring: true,
      logLevel: 'debug',
      logFormat: 'pretty',
      databasePoolSize: 40,
    });
  });

  it.each<[string, Environment, boolean]>([
    ['on with nothing configured', {}, true],
    ['off with a database of one’s own', { DATABASE_URL: 'postgres://localhost/sync' }, false],
    ['off in production', { NODE_ENV: 'production' }, false],
    ['on where it is asked for', { DATABASE_URL: 'postgres://localhost/sync', DEMO_MODE: 'true' }, true],
    ['on in production where it is asked for', { NODE_ENV: 'production', DEMO_MODE: 'yes' }, true],
    ['off where that is asked for', { DEMO_MODE: 'false' }, false],
    ['its default where it is set to nothing', { NODE_ENV: 'production', DEMO_MODE: '' }, false],
  ])('demo mode is %s', (_, environment, expected) => {
    expect(readSettings(environment).demoMode).toBe(expected);
  });

  it('is pretty and coloured for a person, unless colours are not wanted', () => {
    expect(readSettings({}, true)).toMatchObject({ logFormat: 'pretty', color: true });
    expect(readSettings({ NO_COLOR: '1' }, true)).toMatchObject({ logFormat: 'pretty', color: false });
    expect(readSettings({ LOG_FORMAT: 'json' }, true)).toMatchObject({ logFormat: 'json' });
  });

  it('cannot be changed', () => {
    const settings = withDatabase(readSettings({}), 'postgres://localhost/sync');
    expect(Object.isFrozen(settings) && Object.isFrozen(settings.bind) && Object.isFrozen(settings.dataDir)).toBe(true);
  });

  it('reports every mistake, one line each, with what is allowed', () => {
    const problems = problemsOf({
      BIND_ADDRESS: '8080',
      DEMO_MODE: 'maybe',
      LOG_LEVEL: 'loud',
      DATABASE_POOL_SIZE: '0',
    });
    expect(problems).toEqual([
      'the setting BIND_ADDRESS cannot be used: its value is not host:port. Allowed: host:port or [IPv6]:port.',
      'the setting DEMO_MODE cannot be used: its value is neither on nor off. Allowed: true or false.',
      'the setting LOG_LEVEL cannot be used: its value is none of the known values. Allowed: trace, debug, info, warn, error, fatal, silent.',
      'the setting DATABASE_POOL_SIZE cannot be used: its value is too small. Allowed: 2 to 500.',
    ]);
  });

  it.each([
    '',
    ' ',
    'mysql://u:hunter2@h/d',
    'hunter2',
    'postgres://u:hunter2%zz@h/d',
    'postgres://u:hunter2@h:99999/d',
  ])('refuses a database URL without repeating it: %j', (url) => {
    const problems = problemsOf({ DATABASE_URL: url });
    expect(problems).toEqual([expect.stringMatching(/^the setting DATABASE_URL cannot be used: its value /)]);
    expect(problems.join()).not.toContain('hunter2');
  });

  it.each([
    'localhost',
    ':8080',
    '0.0.0.0:',
    '0.0.0.0:65536',
    '::1:8080',
    'http://localhost:8080',
    '1.2.3.4:-1',
    'a b:1',
  ])('refuses the address %j', (value) => {
    expect(problemsOf({ BIND_ADDRESS: value })).toHaveLength(1);
  });

  it.each(['-1', '1.5', '1e3', 'ten', '501', '99999999999999999999'])('refuses %j as a pool size', (value) => {
    expect(problemsOf({ DATABASE_POOL_SIZE: value })).toHaveLength(1);
  });
});

describe('the table of settings in docs/operations.md', () => {
  const page = readFileSync(resolve(__dirname, '../../../../docs/operations.md'), 'utf8');
  const rows = [...page.matchAll(/^\| `([A-Z_]+)` \| (.*?) \| (.*?) \|/gm)].map(([, name, fallback, allowed]) => ({
    name,
    fallback: fallback?.replaceAll('`', ''),
    allowed: allowed?.replaceAll('`', ''),
  }));

  it('names the same variables, defaults and values as the code', () => {
    expect(rows).toEqual(
      Object.entries(DEFINITIONS).map(([name, { shown, allowed }]) => ({ name, fallback: shown, allowed })),
    );
  });

  it('lists all that is read', () => {
    expect(Object.keys(environmentSchema.shape)).toEqual(Object.keys(DEFINITIONS));
  });
});
