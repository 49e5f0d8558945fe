/** Undo and looking back by command: two devices of one user, and what scripts are told. */
import { z } from 'zod';
import { makePlace, runCli, TestServer, type Ended, type Place } from './running-cli.js';

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
function asNewUser(): (database: string, ...args: string[]) => Promise<Ended> {
  const user = `550e8400-e29b-41d4-a716-4466554404${String(++users).padStart(2, '0')}`;
  return (database, ...args) => runCli(place, '--database', database, '--user-id', user, '--json', ...args);
}

const written = z.object({ documents: z.array(z.object({ id: z.string(), content: z.json(), version: z.number() })) });
const cause = z.strictObject({ kind: z.string(), version: z.number() }).nullable();
const change = z.object({ version: z.number(), this_device: z.boolean(), cause, pending: z.boolean() });
const blamed = z.object({ fields: z.array(z.object({ path: z.string(), change: change.nullable() })) });
const previewed = z.object({
  cause,
  changes: z.boolean(),
  patch: z.array(z.object({ op: z.string(), path: z.string() })),
  overlaps: z.array(
    z.strictObject({ version: z.number(), user_id: z.string(), paths: z.array(z.string()), title: z.boolean() }),
  ),
  needs_force: z.boolean(),
});
const failed = z.object({ error: z.object({ code: z.string() }) });

function json<T>(schema: z.ZodType<T>, text: string): T {
  return schema.parse(JSON.parse(text));
}

/** Version 1 by alice; 2: alice raises the priority; 3: bob completes it. */
async function sharedTask(cli: ReturnType<typeof asNewUser>): Promise<string> {
  const added = await cli('alice', 'add', 'Buy milk');
  const id = json(written, added.stdout).documents[0]?.id ?? '';
  expect(await cli('alice', 'edit', id, '--priority', 'high')).toMatchObject({ code: 0 });
  expect(await cli('bob', 'done', id)).toMatchObject({ code: 0 });
  return id;
}

async function contentAfter(ended: Promise<Ended>): Promise<unknown> {
  const { code, stdout, stderr } = await ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return json(written, stdout).documents[0]?.content;
}

describe('undo by command', () => {
  it('takes back one change and leaves the later ones; redo and revert', async () => {
    const cli = asNewUser();
    const id = await sharedTask(cli);
    const undone = { priority: 'medium', status: 'completed' };
    expect(await contentAfter(cli('alice', 'undo', id, '--version', 'v2'))).toMatchObject(undone);
    expect(await contentAfter(cli('bob', 'redo', id))).toMatchObject({ priority: 'high', status: 'completed' });
    expect(await contentAfter(cli('bob', 'revert', id, '1'))).toMatchObject({ priority: 'medium', status: 'pending' });
    const history = await cli('alice', 'history', id);
    const { changes } = json(z.object({ changes: z.array(change) }), history.stdout);
    expect(changes.map((each) => each.cause)).toEqual([
      { kind: 'revert', version: 1 },
      { kind: 'redo', version: 4 },
      { kind: 'undo', version: 2 },
      null,
      null,
      null,
    ]);
  });

  it('says what is in the way, and does it with --force', async () => {
    const cli = asNewUser();
    const id = await sharedTask(cli);
    expect(await cli('bob', 'edit', id, '--priority', 'low')).toMatchObject({ code: 0 });
    const preview = json(previewed, (await cli('alice', 'undo', id, '--version', '2', '--preview')).stdout);
    expect(preview).toMatchObject({
      changes: true,
      needs_force: true,
      overlaps: [{ version: 4, paths: ['/priority'] }],
    });
    const refused = await cli('alice', 'undo', id, '--version', '2');
    expect(refused.code).toBe(4);
    expect(json(failed, refused.stderr).error.code).toBe('undo_overlap');
    expect(await contentAfter(cli('alice', 'undo', id, '--version', '2', '--force'))).toMatchObject({
      priority: 'medium',
    });
    expect(await contentAfter(cli('alice', 'redo', id))).toMatchObject({ priority: 'low' });
    expect((await cli('alice', 'undo', id, '--version', '1')).code).toBe(4);
    expect((await cli('alice', 'undo', id, '--version', 'first')).code).toBe(2);
  });

  it('works offline, and is told as pending until it is sent', async () => {
    const cli = asNewUser();
    const id = await sharedTask(cli);
    const offline = await cli('bob', 'undo', id, '--offline');
    expect(json(written, offline.stdout).documents[0]?.content).toMatchObject({ status: 'pending', priority: 'high' });
    const why = json(
      z.object({ confirmed_version: z.number(), pending: z.array(change), last_conflict: z.null() }),
      (await cli('bob', 'why', id, '--offline')).stdout,
    );
    expect(why).toMatchObject({
      confirmed_version: 3,
      pending: [{ cause: { kind: 'undo', version: 3 }, pending: true }],
    });
    expect(await cli('bob', 'status')).toMatchObject({ code: 0 });
    const shown = json(
      z.object({ document: z.object({ version: z.number() }) }),
      (await cli('alice', 'show', id)).stdout,
    );
    expect(shown.document.version).toBe(4);
  });
});

describe('looking back by command', () => {
  it('shows any version, what is between two, and who wrote what, from the server where the log is not here', async () => {
    const cli = asNewUser();
    const id = await sharedTask(cli);
    // Carol's database begins with a snapshot: the past is the server's.
    const shown = z.object({ document: z.object({ version: z.number(), priority: z.string(), status: z.string() }) });
    expect(json(shown, (await cli('carol', 'show', id, '--at', '1')).stdout).document).toMatchObject({
      version: 1,
      priority: 'medium',
    });
    expect((await cli('carol', 'show', id, '--at', '2001-01-01')).code).toBe(3);
    const patch = z.object({ patch: z.array(z.object({ path: z.string() })) });
    const { patch: between } = json(patch, (await cli('carol', 'diff', id, '1', '2')).stdout);
    expect(between.map(({ path }) => path)).toEqual(['/priority']);
    const { patch: untilNow } = json(patch, (await cli('carol', 'diff', id, '2')).stdout);
    expect(untilNow.map(({ path }) => path)).toEqual(['/status']);
    const { fields } = json(blamed, (await cli('carol', 'blame', id)).stdout);
    const versions = new Map(fields.map(({ path, change: by }) => [path, by?.version]));
    expect(Object.fromEntries(versions)).toMatchObject({ '/priority': 2, '/status': 3, '/title': 1 });
    expect((await cli('carol', 'show', id, '--at', '1', '--offline')).code).toBe(4);
  });
});
