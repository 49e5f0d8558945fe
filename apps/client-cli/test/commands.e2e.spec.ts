/** The commands as scripts use them: what they print, what they exit with, and that two devices agree. */
import { z } from 'zod';
import {
  relayMutations,
  makePlace,
  runCli,
  startCli,
  startShell,
  TestServer,
  type Ended,
  type Place,
} from './running-cli.js';

const documentSchema = z.strictObject({
  id: z.guid(),
  kind: z.enum(['task', 'document']),
  title: z.string(),
  description: z.string().nullable(),
  status: z.string().nullable(),
  priority: z.string().nullable(),
  tags: z.array(z.string()),
  due: z.string().nullable(),
  sync: z.enum(['synced', 'pending', 'conflict']),
  version: z.number(),
  revision_id: z.string().nullable(),
  user_id: z.string().nullable(),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
  deleted_at: z.iso.datetime().nullable(),
  content: z.json(),
});
const syncSchema = z.strictObject({
  state: z.enum(['synced', 'offline', 'unreachable', 'refused', 'late']),
  pending: z.number(),
  reason: z.string().nullable(),
});
const listSchema = z.strictObject({ documents: z.array(documentSchema), total: z.number(), sync: syncSchema });
const showSchema = z.strictObject({ document: documentSchema, sync: syncSchema });
const writeSchema = z.strictObject({
  documents: z.array(documentSchema),
  sync: syncSchema,
  conflicts: z.array(z.strictObject({ id: z.string(), document_id: z.string(), reason: z.string() })),
});
const errorSchema = z.strictObject({
  error: z.strictObject({ code: z.string(), message: z.string(), remedy: z.string(), exit_code: z.number() }),
});

let server: TestServer;
let place: Place & { remove(): Promise<void> };

beforeAll(async () => {
  server = await TestServer.start();
}, 60_000);
beforeEach(async () => {
  place = await makePlace(server.url);
});
afterEach(() => place.remove());
afterAll(() => server.stop());

let users = 0;
/** Every test is a user of its own. */
function asNewUser(): (database: string, ...args: string[]) => Promise<Ended> {
  const user = `550e8400-e29b-41d4-a716-4466554402${String(++users).padStart(2, '0')}`;
  return (database, ...args) => runCli(place, '--database', database, '--user-id', user, ...args);
}

function json<T>(schema: z.ZodType<T>, text: string): T {
  return schema.parse(JSON.parse(text));
}

describe('writing and reading', () => {
  it('passes a task through its life, and both devices see it', async () => {
    const cli = asNewUser();
    const added = await cli(
      'alice',
      'add',
      'Buy milk',
      '--priority',
      'high',
      '--tag',
      'home',
      '--due',
      '2026-12-31',
      '--json',
    );
    expect(added).toMatchObject({ code: 0, stderr: '' });
    const [task] = json(writeSchema, added.stdout).documents;
    expect(task).toMatchObject({
      title: 'Buy milk',
      status: 'pending',
      tags: ['home'],
      due: '2026-12-31',
      sync: 'synced',
      version: 1,
    });
    const id = task?.id ?? '';

    const tail = id.slice(-8);
    expect(
      await cli('bob', 'edit', tail, '--add-tag', 'shop', '--status', 'in_progress', '--due', 'none'),
    ).toMatchObject({ code: 0 });
    expect(await cli('bob', 'edit', tail, '--set', 'place.city="Oslo"')).toMatchObject({ code: 0 });
    expect(
      await cli(
        'alice',
        'edit',
        tail,
        '--patch',
        '[{"op":"test","path":"/place/city","value":"Oslo"},{"op":"remove","path":"/place"}]',
      ),
    ).toMatchObject({ code: 0 });
    expect(await cli('alice', 'done', tail)).toMatchObject({ code: 0 });
    const shown = await cli('bob', 'show', id.slice(0, 18), '--json');
    expect(json(showSchema, shown.stdout).document).toMatchObject({
      status: 'completed',
      tags: ['home', 'shop'],
      due: null,
      version: 5,
      content: { title: 'Buy milk', description: '', status: 'completed', priority: 'high', tags: ['home', 'shop'] },
    });

    expect(await cli('bob', 'rm', tail)).toMatchObject({ code: 0 });
    expect(json(listSchema, (await cli('alice', 'list', '--json')).stdout).total).toBe(0);
    expect(json(listSchema, (await cli('alice', 'list', '--deleted', '--json')).stdout).documents).toMatchObject([
      { id },
    ]);
    expect(await cli('alice', 'restore', tail)).toMatchObject({ code: 0 });

    const history = z.object({
      changes: z.array(z.object({ version: z.number(), type: z.string(), this_device: z.boolean() })),
    });
    const { changes } = json(history, (await cli('alice', 'history', tail, '--json')).stdout);
    expect(
      changes.map((change) => `${change.version} ${change.type} ${change.this_device ? 'here' : 'there'}`),
    ).toEqual([
      '7 restore here',
      '6 delete there',
      '5 update here',
      '4 update here',
      '3 update there',
      '2 update there',
      '1 create here',
    ]);
  });

  it('finds and sorts', async () => {
    const cli = asNewUser();
    await cli('alice', 'add', 'Alpha', '--tag', 'work', '--status', 'completed');
    await cli('alice', 'add', 'Beta', '--tag', 'work', '--priority', 'high');
    await cli('alice', 'add', 'Gamma', '--description', 'alphabet');
    const titles = async (...args: string[]): Promise<string[]> =>
      json(listSchema, (await cli('alice', 'list', '--offline', '--json', ...args)).stdout).documents.map(
        (task) => task.title,
      );
    expect(await titles()).toEqual(['Beta', 'Gamma', 'Alpha']);
    expect(await titles('--tag', 'work')).toEqual(['Beta', 'Alpha']);
    expect(await titles('--search', 'alpha')).toEqual(['Gamma', 'Alpha']);
    expect(await titles('--status', 'completed', '--search', 'gamma')).toEqual([]);
    const plain = await cli('alice', 'list', '--offline');
    expect(plain.stdout).toMatch(/^[0-9a-f]{8} {2}○ high {3}Beta {2}#work ↑?✓?\n/);
    expect(plain.stdout).not.toContain('\u001b');
  });
});

describe('exit codes', () => {
  it('2: usage, named with what would be right', async () => {
    const cli = asNewUser();
    for (const args of [
      ['add'],
      ['nonsense'],
      ['list', '--status', 'todo'],
      ['edit', 'abcd'],
      ['list', '--nope'],
      ['show', 'xyz'],
      ['add', 'Water', 'the', 'plants'],
      ['conflicts', 'nonsense'],
      ['audit', 'nonsense'],
      ['status', 'now'],
    ]) {
      const { code, stderr, stdout } = await cli('alice', '--offline', ...args);
      expect({ args, code, stdout }).toEqual({ args, code: 2, stdout: '' });
      expect(stderr).toMatch(/^error invalid_argument: .+\. .+/);
    }
    expect(await runCli(place, '--database', '../x', 'list')).toMatchObject({ code: 2 });
  });

  it('2: without a command and without a terminal, with help instead of a prompt', async () => {
    const { code, stdout, stderr } = await runCli(place);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('Usage: cli');
    expect((await runCli(place, '--help')).code).toBe(0);
  });

  it('3: not found, as JSON when asked', async () => {
    const { code, stderr } = await asNewUser()('alice', 'show', 'beefbeef', '--json');
    expect(code).toBe(3);
    expect(json(errorSchema, stderr).error).toMatchObject({ code: 'document_not_found', exit_code: 3 });
  });

  it('0: what another device changed before is taken in first, and nothing lost against', async () => {
    const cli = asNewUser();
    const added = await cli('alice', 'add', 'Plan', '--json');
    const id = json(writeSchema, added.stdout).documents[0]?.id ?? '';
    await cli('bob', 'list');
    await cli('alice', 'edit', id, '--status', 'in_progress');
    expect((await cli('bob', 'done', id)).code).toBe(0);
    await cli('alice', 'edit', id, '--title', 'Plan B');
    expect((await cli('bob', 'rm', id)).code).toBe(0);
    expect((await cli('alice', 'list')).stdout).not.toContain('Plan');
  });

  it('4: a change that lost, which is kept', async () => {
    const cli = asNewUser();
    const added = await cli('alice', 'add', 'Plan', '--json');
    const id = json(writeSchema, added.stdout).documents[0]?.id ?? '';
    await cli('bob', 'list');
    // Alice is faster by a hair: her change comes in after bob's device has asked for news, and before its own.
    const slow = await relayMutations(server.url, async () => {
      await cli('alice', 'edit', id, '--status', 'in_progress');
      return 'pass';
    });
    const lost = await cli('bob', 'done', id, '--json', '--server', slow.url);
    slow.close();
    expect(lost.code).toBe(4);
    expect(json(writeSchema, lost.stdout).conflicts).toMatchObject([{ document_id: id }]);
    expect(json(errorSchema, lost.stderr).error).toMatchObject({ code: 'version_mismatch', exit_code: 4 });
    const shown = json(showSchema, (await cli('bob', 'show', id, '--json')).stdout);
    expect(shown.document).toMatchObject({ status: 'in_progress', sync: 'conflict' });
    const [conflict] = json(writeSchema, lost.stdout).conflicts;
    const both = await cli('bob', 'conflicts', 'show', conflict?.id ?? '');
    expect(both.stdout).toMatch(/now .*in_progress.*\n.*brought back .*completed/);
    const conflicts = await cli('bob', 'conflicts', '--dismiss', 'all');
    expect(conflicts.stdout).toMatch(/lost: replace \/status "completed"/);
    expect(json(showSchema, (await cli('bob', 'show', id, '--json')).stdout).document.sync).toBe('synced');
  });

  it('0: what was lost is brought back', async () => {
    const cli = asNewUser();
    const added = await cli('alice', 'add', 'Plan', '--json');
    const id = json(writeSchema, added.stdout).documents[0]?.id ?? '';
    await cli('bob', 'list');
    const slow = await relayMutations(server.url, async () => {
      await cli('alice', 'edit', id, '--status', 'in_progress');
      return 'pass';
    });
    const lost = await cli('bob', 'done', id, '--json', '--server', slow.url);
    slow.close();
    const conflictId = json(writeSchema, lost.stdout).conflicts[0]?.id ?? '';
    expect(await cli('bob', 'conflicts', 'apply', conflictId.slice(-8))).toMatchObject({ code: 0 });
    const shown = json(showSchema, (await cli('alice', 'show', id, '--json')).stdout);
    expect(shown.document).toMatchObject({ status: 'completed', sync: 'synced' });
    expect((await cli('bob', 'conflicts')).stdout).toBe('');
    expect(await cli('bob', 'conflicts', 'apply', conflictId)).toMatchObject({ code: 4 });
  });

  it('0: a change that lost earlier is told of, not held against the next one', async () => {
    const cli = asNewUser();
    const added = await cli('alice', 'add', 'Plan', '--json');
    const id = json(writeSchema, added.stdout).documents[0]?.id ?? '';
    await cli('bob', 'list');
    await cli('alice', 'edit', id, '--title', 'Plan A');
    const offline = await cli('bob', '--offline', 'edit', id, '--title', 'Plan B');
    expect(offline).toMatchObject({ code: 0 });
    expect(offline.stderr).toContain('saved locally, will sync later (1 change waits)');
    const next = await cli('bob', 'edit', id, '--title', 'Plan C');
    expect(next).toMatchObject({ code: 0 });
    expect(next.stderr).toContain('1 earlier change(s) lost a conflict');
    expect((await cli('alice', 'list')).stdout).toContain('Plan C');
  });

  it('5: not confirmed in time, and the write is kept', async () => {
    const cli = asNewUser();
    const silent = await relayMutations(server.url, () => Promise.resolve('lose'));
    try {
      const late = await cli('alice', '--server', silent.url, 'add', 'Patience', '--wait', '1');
      expect(late).toMatchObject({ code: 5 });
      expect(late.stdout).toContain('Patience');
      expect(late.stderr).toMatch(/^error timed_out: .*saved locally/);
    } finally {
      silent.close();
    }
    expect((await cli('alice', '--offline', 'list')).stdout).toMatch(/Patience +↑/);
  });

  it('0: without a server everything works, and says so', async () => {
    const cli = asNewUser();
    const nowhere = ['--server', 'ws://127.0.0.1:1/ws'];
    const added = await cli('alice', ...nowhere, 'add', 'Kept');
    expect(added).toMatchObject({ code: 0 });
    expect(added.stderr).toMatch(/^saved locally, will sync later \(1 change waits; .*not reachable/);
    expect(await cli('alice', ...nowhere, 'list')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Kept') as string,
    });
    expect(await cli('bob', 'list', '--json')).toMatchObject({ code: 0 });
    const status = await cli('alice', 'status', '--json', '--wait', '30');
    expect(JSON.parse(status.stdout)).toMatchObject({ pending: 0, caught_up: true, sync: { state: 'synced' } });
    expect((await cli('bob', 'list')).stdout).toContain('Kept');
  });

  it('1: a token that is not accepted, and no word of it', async () => {
    const cli = asNewUser();
    await cli('alice', 'list');
    const { code, stderr } = await cli('alice', '--token', 'wr0ng-t0ken', 'add', 'Mine');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error invalid_auth: .*saved locally/);
    expect(stderr).not.toContain('wr0ng');
  });
});

describe('watch', () => {
  it('prints what others change, line by line, until it is told to stop', async () => {
    const cli = asNewUser();
    const user = `550e8400-e29b-41d4-a716-4466554402${String(users).padStart(2, '0')}`;
    const watching = startCli(place, '--database', 'bob', '--user-id', user, 'watch', '--json');
    await watching.waitForOutput(/"state":"online"/);
    await cli('alice', 'add', 'Seen');
    await watching.waitForOutput(/"kind":"created".*"title":"Seen"/);
    watching.signal('SIGINT');
    expect(await watching.exit).toEqual({ code: 0, signal: null });
    const lines = watching
      .stdout()
      .trimEnd()
      .split('\n')
      .map((line) => z.looseObject({ type: z.string(), at: z.iso.datetime() }).parse(JSON.parse(line)));
    const change = lines.find((line) => line.type === 'change');
    expect(change).toMatchObject({ kind: 'created', origin: 'remote' });
    expect(documentSchema.parse(change?.['document'])).toMatchObject({ title: 'Seen' });
  });

  it('ends quietly when its reader goes away', async () => {
    const cli = asNewUser();
    for (let n = 0; n < 3; n++)
      await cli('alice', '--offline', 'add', `Task ${n}`, '--description', 'x'.repeat(50_000));
    const piped = startShell(place, `"$0" "$1" list --json --offline --database alice | head -c 10`);
    expect((await piped.exit).code).toBe(0);
    expect(piped.stderr()).toBe('');
  });
});
