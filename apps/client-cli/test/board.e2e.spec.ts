/** The board on a real terminal, two of them on a real server. */
/* eslint-disable no-control-regex -- what reaches the terminal is what this is about */
import { KEY, makePlace, runCli, TestServer, TestTerminal, type Place } from './running-cli.js';

const SIGTERM = 15;

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

const RESTORED = { code: 0, canonical: true, echo: true };

/** Boards of one user, whom nobody else in this file is. */
function boards(user: string, ...names: string[]): TestTerminal[] {
  return names.map((name) => new TestTerminal(place, ['--user-id', user, '--database', name]));
}

function userNumber(n: number): string {
  return `550e8400-e29b-41d4-a716-4466554400${String(n).padStart(2, '0')}`;
}

describe('two boards', () => {
  it("show each other's changes at once", async () => {
    const [alice, bob] = boards(userNumber(11), 'alice', 'bob') as [TestTerminal, TestTerminal];
    await alice.shows(/alice .*online {2}✓ synced/);
    await bob.shows(/bob .*online {2}✓ synced/);
    alice.type('n', 'Buy milk', KEY.tab, '2 litres', KEY.tab, ' ', KEY.tab, '#home', KEY.enter);
    await alice.shows(/› ○ high +Buy milk +#home +✓/);
    await bob.shows(/○ high +Buy milk +#home +✓/);
    bob.type('x');
    await alice.shows(/● high +Buy milk/);
    alice.type('d', 'y');
    await bob.shows(/No tasks yet/);
    bob.type('t');
    await bob.shows(/Trash 1[^]*Buy milk/);
    bob.type('u');
    await alice.shows(/● high +Buy milk/);
    alice.type(KEY.enter);
    await alice.shows(/description 2 litres/);
    await alice.shows(/v4 +restore .*device [0-9a-f]{8}, user 550e8400/);
    alice.type(KEY.escape);
    await alice.hides(/History/);
    bob.type(KEY.ctrlC);
    expect(await bob.ended()).toEqual(RESTORED);
    alice.type('q');
    expect(await alice.ended()).toEqual(RESTORED);
  });

  it('go offline, keep working, say what a conflict has cost, and bring it back', async () => {
    const [alice, bob] = boards(userNumber(12), 'alice', 'bob') as [TestTerminal, TestTerminal];
    await bob.shows(/bob .*online {2}✓ synced/);
    await alice.shows(/alice .*online {2}✓ synced/);
    alice.type('n', 'Plan', KEY.enter);
    await bob.shows(/Plan/);
    await alice.shows(/› ○ medium Plan +✓/);
    alice.type('o');
    bob.type('o');
    await alice.shows(/○ offline/);
    await bob.shows(/○ offline/);
    alice.type('e', ' A', KEY.enter);
    bob.type('e', ' B', KEY.enter);
    await alice.shows(/Plan A +↑/);
    await bob.shows(/Plan B +↑/);
    await alice.shows(/↑ 1 pending/);
    alice.type('o');
    await alice.shows(/online {2}✓ synced/);
    bob.type('o');
    await bob.shows(/Plan A +⚠/);
    bob.type(KEY.enter);
    await bob.shows(/Changes that lost a conflict[^]*lost: .*Plan B/);
    bob.type('b');
    await bob.hides(/lost a conflict/);
    await alice.shows(/Plan B +✓/);
  });
});

describe('a board', () => {
  it('works on without a server, and sends when it is back', async () => {
    const [board] = boards(userNumber(13), 'alice') as [TestTerminal];
    await board.shows(/online {2}✓ synced/);
    await server.kill();
    await board.shows(/offline, retrying|connecting/);
    board.type('n', 'Made without a server', KEY.enter);
    await board.shows(/› ○ medium Made without a server +↑/);
    await server.restart();
    await board.shows(/Made without a server +✓/);
    const listed = await runCli(place, 'list', '--user-id', userNumber(13), '--database', 'bob');
    expect(listed.stdout).toContain('Made without a server');
  });

  it('shows what a command writes to the same database, also offline', async () => {
    const user = ['--user-id', userNumber(20)];
    const board = new TestTerminal(place, ['--offline', ...user]);
    await board.shows(/No tasks yet/);
    await runCli(place, '--offline', 'add', 'By command', ...user);
    await board.shows(/○ medium By command +↑/);
    board.type('x');
    await board.shows(/● medium By command +↑/);
    expect((await runCli(place, '--offline', 'list', ...user)).stdout).toMatch(/● medium By command/);
    board.type('n', 'Two', KEY.tab, 'first', KEY.altEnter, 'second', KEY.enter);
    await board.shows(/› ○ medium Two/);
    board.type(KEY.enter);
    await board.shows(/description first\n +second\n/);
  });

  it('never lets what others write act on the terminal', async () => {
    const evil = 'evil \u001b]0;owned\u0007\u001b[2J\u009b31m\u001b]52;c;cm0=\u0007\rX';
    const user = ['--user-id', userNumber(14)];
    expect(
      await runCli(place, 'add', evil, '--description', evil, '--tag', evil, '-d', 'mallory', ...user),
    ).toMatchObject({ code: 0 });
    const [board] = boards(userNumber(14), 'alice') as [TestTerminal];
    await board.shows(/evil /);
    board.type(KEY.enter);
    await board.shows(/v1 +create/);
    board.type('e');
    await board.shows(/Edit task/);
    board.type(KEY.escape);
    await board.hides(/Edit task/);
    board.type('q');
    expect(await board.ended()).toEqual(RESTORED);
    expect(board.screen.otherRequests).toEqual([]);
    expect(board.raw).not.toMatch(/owned\u0007|\u009b|\u001b\]/);
    const { stdout } = await runCli(place, 'list', ...user);
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  });

  it('draws any title within the terminal, also when that is resized', async () => {
    const user = ['--user-id', userNumber(15)];
    const title = '日本語のタスク 🎉 👩‍👩‍👧 '.repeat(10).trim();
    await runCli(place, 'add', title, '--tag', '長い', ...user);
    const [board] = boards(userNumber(15), 'alice') as [TestTerminal];
    await board.shows(/› ○ medium 日本語.*… +#長い +✓/);
    board.resize(40, 12);
    await board.shows(/^› ○ M 日本語.*… +✓$/m);
    expect(board.screen.lines.length).toBeLessThanOrEqual(12);
    board.resize(12, 5);
    await board.shows(/^› ○ .*…/m);
    board.resize(120, 30);
    await board.shows(/JSON Database Sync · alice/);
    expect(board.screen.text.match(/JSON Database Sync/g)).toHaveLength(1);
  });

  it('gives the terminal back when it is terminated', async () => {
    const [board] = boards(userNumber(16), 'alice') as [TestTerminal];
    await board.shows(/No tasks yet/);
    expect(board.screen.alternate).toBe(true);
    board.signal(SIGTERM);
    expect(await board.ended()).toEqual(RESTORED);
    expect(board.screen).toMatchObject({ alternate: false, cursorShown: true });
  });

  it('keeps its colours to itself when asked to, also in CI', async () => {
    const board = new TestTerminal(
      place,
      ['--user-id', userNumber(17)],
      { columns: 80, rows: 24 },
      { NO_COLOR: '1', CI: 'true' },
    );
    await board.shows(/online {2}✓ synced/);
    expect(board.raw).not.toMatch(/\u001b\[(3[0-7]|9[0-7]|38|48)/);
  });

  it('tells that the server has turned it away, and does not insist', async () => {
    await runCli(place, 'list', '--user-id', userNumber(18));
    const board = new TestTerminal(place, ['--user-id', userNumber(19)]);
    await board.shows(/invalid_auth: .*another user/);
    await board.shows(/○ offline {2}/);
  });
});
