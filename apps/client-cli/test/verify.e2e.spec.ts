/** In sync, as a fact, by command: against a real server, with a database file that was spoiled by hand. */
import { join } from 'node:path';
import Database from 'better-sqlite3';
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
  const user = `550e8400-e29b-41d4-a716-4466554409${String(++users).padStart(2, '0')}`;
  return (database, ...args) => runCli(place, '--database', database, '--user-id', user, ...args);
}

const listed = z.object({
  documents: z.array(z.object({ id: z.string(), title: z.string(), updated_at: z.string() })),
  sequence: z.number().optional(),
});

function spoil(database: string, sql: string): void {
  const db = new Database(join(place.folder, 'databases', `${database}.sqlite3`));
  try {
    expect(db.prepare(sql).run().changes).toBe(1);
  } finally {
    db.close();
  }
}

it('says at which sequence, finds what was damaged, puts it right, and the status remembers', async () => {
  const cli = asNewUser();
  for (const title of ['one', 'two', 'three']) expect(await cli('alice', 'add', title)).toMatchObject({ code: 0 });
  await expect(cli('alice', 'verify')).resolves.toEqual({
    code: 0,
    stderr: '',
    stdout: '✓ verified in sync at sequence 3\n',
  });
  expect((await cli('alice', 'status')).stdout).toMatch(/in sync +verified in sync at sequence 3, /);

  spoil('alice', `UPDATE documents SET content = '{"status":"completed"}' WHERE title = 'two'`);
  spoil('alice', `DELETE FROM documents WHERE title = 'three'`);
  const deep = await cli('alice', 'verify', '--deep', '--json');
  expect(deep).toMatchObject({ code: 0, stderr: '' });
  const report = z
    .object({
      verified: z.object({ sequence: z.number() }),
      repaired: z.array(z.object({ id: z.string(), was: z.string() })),
    })
    .parse(JSON.parse(deep.stdout));
  expect(report.verified.sequence).toBe(3);
  expect(report.repaired.map(({ was }) => was).toSorted()).toEqual(['different', 'missing']);
  const titles = listed.parse(JSON.parse((await cli('alice', 'list', '--offline', '--json')).stdout)).documents;
  expect(titles.map(({ title }) => title).toSorted()).toEqual(['one', 'three', 'two']);
  expect((await cli('alice', 'status', '--offline')).stdout).toMatch(/repaired +2 document\(s\)/);
}, 60_000);

it('without the server it cannot be told', async () => {
  const cli = asNewUser();
  expect(await cli('bob', 'verify', '--offline')).toMatchObject({ code: 5, stdout: '' });
});

it('lists what was there at a time: from the local log, and on a new device from the server', async () => {
  const cli = asNewUser();
  for (const title of ['early', 'later']) expect(await cli('alice', 'add', title)).toMatchObject({ code: 0 });
  const [first] = listed
    .parse(JSON.parse((await cli('alice', 'list', '--json', '--search', 'early')).stdout))
    .documents.map((each) => each);
  const at = first?.updated_at ?? '';
  await cli('alice', 'edit', first?.id ?? '', '--title', 'renamed');
  for (const [database, ...options] of [['alice', '--offline'], ['new-device']] as const) {
    const past = await cli(database, 'list', '--at', at, '--json', ...options);
    expect(past).toMatchObject({ code: 0, stderr: '' });
    expect(listed.parse(JSON.parse(past.stdout))).toMatchObject({ sequence: 1, documents: [{ title: 'early' }] });
  }
  expect((await cli('alice', 'list', '--at', at)).stdout).toMatch(/early/);
  expect(await cli('alice', 'list', '--at', 'soon')).toMatchObject({ code: 2 });
  expect(await cli('new-device', 'list', '--at', at, '--offline')).toMatchObject({ code: 4 });
}, 60_000);
