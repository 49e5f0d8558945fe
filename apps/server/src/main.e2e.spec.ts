/** The server as a process: how it starts, what it says when it cannot, and how it ends. Needs `tsc -b` first. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { WebSocket } from 'ws';
import { startProcess, type TestProcess } from '../../../testing/processes.js';
import { createTestDatabase, type TestDatabase } from '../../../testing/test-database.js';
import { waitFor } from '../../../testing/wait-for.js';
import { DEFINITIONS } from './settings/definitions.js';

const MAIN = resolve(__dirname, '../dist/main.js');

let database: TestDatabase;
let folder: string;

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(() => database.drop());

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sync-main-'));
  // As root, PostgreSQL runs as another user, who has to be let in; otherwise the server takes a folder elsewhere.
  await chmod(folder, 0o755);
});

afterEach(() => rm(folder, { recursive: true, force: true }));

function start(environment: Record<string, string | undefined>): TestProcess {
  const none = Object.fromEntries(Object.keys(DEFINITIONS).map((name) => [name, undefined]));
  const env = { ...none, BIND_ADDRESS: '127.0.0.1:0', LOG_FORMAT: 'pretty', ...environment };
  return startProcess(process.execPath, [MAIN], { env, cwd: folder });
}

async function urlOf(server: TestProcess): Promise<string> {
  const [, address] = await server.waitForOutput(/ready at ws:\/\/(\S+)\/ws/, { timeoutMs: 60_000 });
  return `http://${address}`;
}

async function embeddedPostgresPid(): Promise<number> {
  const text = await readFile(join(folder, 'data', 'postgresql', 'postmaster.pid'), 'utf8');
  return Number(text.split('\n', 1)[0]);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('with nothing configured', () => {
  it('starts with a PostgreSQL of its own, says what to try next, and stops cleanly on Ctrl-C', async () => {
    const first = start({});
    const url = await urlOf(first);
    await first.waitForOutput(/npm run cli/);
    expect(first.stdout()).toMatch(/demo mode +on/);
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
    const login = await fetch(`${url}/api/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ user_id: randomUUID(), auth_token: 'demo-token' }),
    });
    expect(login.status).toBe(200);

    const postgres = await embeddedPostgresPid();
    expect(isAlive(postgres)).toBe(true);
    first.signal('SIGINT');
    expect(await first.exit).toEqual({ code: 0, signal: null });
    expect(isAlive(postgres)).toBe(false);
    expect(first.stderr()).toBe('');

    const second = start({ NODE_ENV: 'production', LOG_FORMAT: 'json' });
    await second.waitForOutput(/"msg":"listening on 127\.0\.0\.1 port \d+"/);
    second.signal('SIGTERM');
    expect(await second.exit).toEqual({ code: 0, signal: null });
    expect(second.stdout()).not.toMatch(/migrated/);
    for (const line of second.stdout().trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('level');
  });

  it('ends with one clear line when its PostgreSQL dies', async () => {
    const server = start({});
    await urlOf(server);
    process.kill(await embeddedPostgresPid(), 'SIGKILL');
    expect(await server.exit).toEqual({ code: 1, signal: null });
    expect(server.stdout()).toMatch(/FATAL: the embedded PostgreSQL has ended: it was ended by SIGKILL/);
    const again = start({});
    expect((await fetch(`${await urlOf(again)}/health/ready`)).status).toBe(200);
    again.signal('SIGINT');
    expect((await again.exit).code).toBe(0);
  });
});

describe('with a database of one’s own', () => {
  it('starts twice at one moment, with demo mode off', async () => {
    const servers = [start({ DATABASE_URL: database.url }), start({ DATABASE_URL: database.url })];
    for (const server of servers) {
      expect((await fetch(`${await urlOf(server)}/health/ready`)).status).toBe(200);
      expect(server.stdout()).toMatch(/demo mode +off/);
    }
    for (const server of servers) server.signal('SIGTERM');
    expect(await Promise.all(servers.map(({ exit }) => exit))).toEqual(Array(2).fill({ code: 0, signal: null }));
  });

  it('prints who comes and what they send when it is asked to, and logs no secret', async () => {
    const server = start({ DATABASE_URL: database.url, DEMO_MODE: 'true', MONITORING: 'true', LOG_LEVEL: 'trace' });
    const url = await urlOf(server);
    const email = `${randomUUID()}@example.org`;
    const body = JSON.stringify({ email, password: 'correct horse battery' });
    const answer = await fetch(`${url}/api/auth/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    const { user_id, auth_token } = (await answer.json()) as { user_id: string; auth_token: string };
    await fetch(`${url}/api/documents`, { headers: { authorization: `Bearer ${auth_token}` } });

    const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`);
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'authenticate', user_id, auth_token }));
    const document = { id: randomUUID(), title: 'Groceries', content: { text: 'Milk' } };
    socket.send(JSON.stringify({ type: 'create_document', document }));
    await server.waitForOutput(/commit +#1 create document .*\{"text":"Milk"\}/);
    expect(server.stdout()).toMatch(/welcome .* classic/);
    expect(server.stdout()).toMatch(/receive <- .* create_document \d+ B/);

    const closed = once(socket, 'close');
    server.signal('SIGINT');
    expect((await closed)[0]).toBe(1001);
    expect((await server.exit).code).toBe(0);
    const output = server.stdout() + server.stderr();
    expect(output).toContain('POST /api/auth/register -> 201');
    for (const secret of [auth_token, 'correct horse battery', email]) expect(output).not.toContain(secret);
  });

  it('ends at once on a second Ctrl-C while a request is still coming in', async () => {
    const server = start({ DATABASE_URL: database.url, SHUTDOWN_TIMEOUT_MS: '600000' });
    await holdRequest(await urlOf(server));
    server.signal('SIGINT');
    await server.waitForOutput(/SIGINT: stopping/);
    let exit: unknown;
    void server.exit.then((ended) => (exit = ended));
    await waitFor('the second Ctrl-C to end it', () => {
      server.signal('SIGINT');
      return exit;
    });
    expect(exit).toEqual({ code: 130, signal: null });
  });

  it('cuts what does not finish in time, and says so', async () => {
    const server = start({ DATABASE_URL: database.url, SHUTDOWN_TIMEOUT_MS: '100' });
    await holdRequest(await urlOf(server));
    server.signal('SIGTERM');
    expect(await server.exit).toEqual({ code: 1, signal: null });
    expect(server.stdout()).toMatch(/did not finish in time \(SHUTDOWN_TIMEOUT_MS\)/);
  });
});

/** A request whose body never ends; settled once the server has begun to read it. */
async function holdRequest(url: string): Promise<void> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  const head =
    'POST /api/auth/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\nexpect: 100-continue\r\n\r\n';
  socket.write(head);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  expect(answer.toString()).toMatch(/^HTTP\/1\.1 100 /);
}

describe('what it says when it cannot start', () => {
  async function lastWords(environment: Record<string, string>): Promise<string[]> {
    const server = start(environment);
    expect(await server.exit).toEqual({ code: 1, signal: null });
    const lines = server.stderr().trimEnd().split('\n');
    for (const line of lines) expect(line).toMatch(/^json-database-sync: (?!a bug)/);
    return lines;
  }
  const urlWith = (change: (url: URL) => void): string => {
    const url = new URL(database.url);
    change(url);
    return url.href;
  };

  it('names every bad setting, a line each', async () => {
    expect(
      await lastWords({ BIND_ADDRESS: 'nonsense', DATABASE_URL: 'mysql://me:hunter2@host/db', LOG_LEVEL: 'loud' }),
    ).toEqual([
      expect.stringContaining(
        'the setting DATABASE_URL cannot be used: its value is not the URL of a PostgreSQL. Allowed: postgresql://',
      ),
      expect.stringContaining('the setting BIND_ADDRESS cannot be used'),
      expect.stringContaining('the setting LOG_LEVEL cannot be used'),
    ]);
  });

  it('names a port that is taken, and leaves no PostgreSQL behind', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    try {
      expect(await lastWords({ BIND_ADDRESS: `127.0.0.1:${port}` })).toEqual([
        `json-database-sync: the server cannot listen on 127.0.0.1:${port}: the port is taken by another process. ` +
          'Stop what is using it, or set BIND_ADDRESS to another host:port.',
      ]);
      await expect(embeddedPostgresPid()).rejects.toThrow('ENOENT');
    } finally {
      taken.close();
    }
  });

  it.each<[string, () => Record<string, string>, RegExp]>([
    [
      'no such address',
      () => ({ DATABASE_URL: database.url, BIND_ADDRESS: '192.0.2.1:8080' }),
      /this machine does not have that address/,
    ],
    [
      'nobody at the port',
      () => ({ DATABASE_URL: urlWith((url) => (url.port = '1')) }),
      /nothing accepts connections at .*:1\b/,
    ],
    [
      'an unknown host',
      () => ({ DATABASE_URL: urlWith((url) => (url.hostname = 'nowhere.invalid')) }),
      /cannot be resolved/,
    ],
    [
      'a wrong password',
      () => ({ DATABASE_URL: urlWith((url) => (url.password = 'hunter2')) }),
      /does not let the user/,
    ],
    [
      'a missing database',
      () => ({ DATABASE_URL: urlWith((url) => (url.pathname = '/nothing')) }),
      /there is no database nothing/,
    ],
    [
      'a data folder that cannot be',
      () => ({ DATA_DIR: join(folder, 'file', 'data') }),
      /data folder .* cannot be used/,
    ],
  ])('says in one line: %s', async (_, environment, expected) => {
    await writeFile(join(folder, 'file'), 'in the way');
    const lines = await lastWords(environment());
    expect(lines).toEqual([expect.stringMatching(expected)]);
    expect(lines.join()).not.toContain('hunter2');
  });
});
