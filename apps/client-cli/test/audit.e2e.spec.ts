/** The audit trail by command: told, exported, verified with and without a server, and what is left after Ctrl-C. */
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { auditEntrySchema, type AuditEntry } from '@json-database-sync/domain';
import { makePlace, runCli, startCli, TestServer, type Ended, type Place } from './running-cli.js';

let server: TestServer;
let place: Place & { remove(): Promise<void> };
let user: string;

beforeAll(async () => {
  server = await TestServer.start();
}, 60_000);
let users = 0;
beforeEach(async () => {
  place = await makePlace(server.url);
  user = `550e8400-e29b-41d4-a716-4466554405${String(++users).padStart(2, '0')}`;
});
afterEach(() => place.remove());
afterAll(() => server.stop());

function cli(...args: string[]): Promise<Ended> {
  return runCli(place, '--user-id', user, ...args);
}

/** Created, completed, the completion undone, deleted: four events of one document, after one of another. */
async function history(): Promise<string> {
  await cli('add', 'Taxes', '--tag', 'home');
  const added = await cli('add', 'Buy milk', '--json');
  const { documents } = JSON.parse(added.stdout) as { documents: { id: string }[] };
  const id = documents[0]?.id ?? '';
  for (const command of ['done', 'undo', 'rm']) expect(await cli(command, id)).toMatchObject({ code: 0 });
  return id;
}

const entriesIn = ({ stdout }: Ended): AuditEntry[] =>
  stdout
    .trimEnd()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => auditEntrySchema.parse(JSON.parse(line)));

const sequencesIn = (ended: Ended) => entriesIn(ended).map(({ sequence }) => sequence);

const errorIn = ({ stderr }: Ended) => (JSON.parse(stderr) as { error: { code: string; message: string } }).error;

it('tells the trail to people and to scripts, and narrows it down', async () => {
  const id = await history();
  const told = await cli('audit');
  expect(told).toMatchObject({ code: 0, stderr: '' });
  const lines = told.stdout.trimEnd().split('\n');
  expect(lines).toHaveLength(5);
  expect(lines[3]).toMatch(new RegExp(`^#4 .* update .*${id.slice(-8)} v3 .*undo of v2  /status$`));

  const all = await cli('audit', '--json');
  expect(sequencesIn(all)).toEqual([1, 2, 3, 4, 5]);
  const { created_at: time = '' } = entriesIn(all)[2] ?? {};
  expect(sequencesIn(await cli('audit', '--json', '--document', id.slice(-8)))).toEqual([2, 3, 4, 5]);
  expect(sequencesIn(await cli('audit', '--json', '--kind', 'undo'))).toEqual([4]);
  expect(sequencesIn(await cli('audit', '--json', '--since', time))).toEqual([3, 4, 5]);
  expect(sequencesIn(await cli('audit', '--json', '--until', time, '--user', user))).toEqual([1, 2]);
  const cut = await cli('audit', '--json', '--after', '1', '--limit', '2');
  expect(sequencesIn(cut)).toEqual([2, 3]);
  expect(cut.stderr).toContain('--after 3');
  expect(await cli('audit', '--kind', 'revert')).toMatchObject({ code: 0, stdout: '' });
});

it('exports a file that is verified with no server and no database', async () => {
  await history();
  expect(await cli('audit', 'export', '--out', 'log.jsonl')).toMatchObject({ code: 0, stdout: '' });
  const alone = await makePlace('ws://127.0.0.1:9/ws');
  const file = join(place.folder, 'log.jsonl');
  try {
    const right = await runCli(alone, 'audit', 'verify', file, '--json');
    expect(right).toMatchObject({ code: 0, stderr: '' });
    const report = JSON.parse(right.stdout) as { head: string };
    expect(report).toMatchObject({ stream_id: user, first: 1, last: 5, anchored: true, fault: null });
    const noted = await runCli(alone, 'audit', 'verify', file, '--head', report.head.toUpperCase());
    expect(noted).toMatchObject({ code: 0, stderr: '' });
    expect(noted.stdout).toContain('the noted head is that of event 5');
    expect(await readdir(alone.folder)).toEqual([]);

    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace('"completed"', '"cancelled"'));
    const forged = await runCli(alone, 'audit', 'verify', file, '--json');
    expect(forged).toMatchObject({ code: 1 });
    expect(JSON.parse(forged.stdout)).toMatchObject({ last: 2, fault: { sequence: 3, version: 2 } });
    expect(errorIn(forged)).toMatchObject({ code: 'broken_chain' });
    await writeFile(file, text.slice(0, -200));
    expect((await runCli(alone, 'audit', 'verify', file)).stderr).toMatch(/error broken_chain: Event 5 cannot be read/);
    await writeFile(file, text.split('\n').slice(0, 3).join('\n'));
    expect((await runCli(alone, 'audit', 'verify', file)).stderr).toMatch(/error broken_chain: Event 3 is missing/);
    await writeFile(file, 'something else\n');
    expect(await runCli(alone, 'audit', 'verify', file)).toMatchObject({ code: 2 });
  } finally {
    await alone.remove();
  }
});

it('verifies what the server has, against a head that was noted', async () => {
  await history();
  const right = await cli('audit', 'verify', '--json');
  expect(right).toMatchObject({ code: 0, stderr: '' });
  const { head } = JSON.parse(right.stdout) as { head: string };
  await cli('add', 'One more');
  const grown = await cli('audit', 'verify', '--head', head);
  expect(grown).toMatchObject({ code: 0 });
  expect(grown.stdout).toContain('verified 6 events');
  expect(grown.stdout).toContain('the noted head is that of event 5');
  const wrong = await cli('audit', 'verify', '--head', 'f'.repeat(64), '--json');
  expect(wrong).toMatchObject({ code: 1 });
  expect(errorIn(wrong).message).toContain('noted head');
});

it('exports onto standard output, from an event on, or as CSV', async () => {
  const id = await history();
  const rest = await cli('audit', 'export', '--after', '3');
  expect(rest).toMatchObject({ code: 0, stderr: '' });
  const [header = '', ...lines] = rest.stdout.trimEnd().split('\n');
  expect(JSON.parse(header)).toMatchObject({ after_sequence: 3, head_sequence: 5, filter: null });
  expect(lines).toHaveLength(2);
  await writeFile(join(place.folder, 'rest.jsonl'), rest.stdout);
  expect((await cli('audit', 'verify', 'rest.jsonl')).stdout).toContain('verified 2 events');

  const csv = await cli('audit', 'export', '--format', 'csv', '--document', id);
  const rows = csv.stdout.trimEnd().split('\r\n');
  expect(rows[0]).toMatch(/^sequence,created_at,event_type,/);
  expect(rows.slice(1).map((row) => row.split(',')[0])).toEqual(['2', '3', '4', '5']);
  expect(csv.stdout).not.toContain('milk');
  const chosen = await cli('audit', 'export', '--kind', 'update', '--out', 'chosen.jsonl');
  expect(chosen).toMatchObject({ code: 0 });
  const refused = await cli('audit', 'verify', 'chosen.jsonl');
  expect(refused).toMatchObject({ code: 2 });
  expect(refused.stderr).toContain('filter');
});

it.each([
  [['audit', '--kind', 'all'], 2],
  [['audit', '--user', 'me'], 2],
  [['audit', '--since', 'soon'], 2],
  [['audit', 'everything'], 2],
  [['audit', 'export', '--format', 'xml'], 2],
  [['audit', 'verify', '--head', 'abc'], 2],
  [['audit', 'verify', 'nothing.jsonl'], 2],
  [['audit', 'verify', 'x', '--stream', '99999999-0000-4000-8000-000000000009'], 2],
  [['audit', '--offline'], 2],
  [['audit', '--document', 'beef'], 3],
  [['audit', '--stream', '99999999-0000-4000-8000-000000000009'], 4],
  [['audit', 'export', '--out', 'no/such/folder/log.jsonl'], 1],
])('refuses %j with %i', async (args, code) => {
  const refused = await cli(...args, '--json');
  expect(refused).toMatchObject({ code, stdout: '' });
  expect(errorIn(refused).code).not.toBe('unexpected');
});

describe('an export that does not come to its end', () => {
  let slow: Server;
  let response: ServerResponse;
  let asked: Promise<unknown>;

  /** A server that begins an export and never ends it. */
  beforeEach(async () => {
    slow = createServer((_request, answer) => {
      answer.writeHead(200).write(`${'x'.repeat(1_000)}\n`);
      response = answer;
      slow.emit('asked');
    }).listen(0, '127.0.0.1');
    asked = once(slow, 'asked');
    await once(slow, 'listening');
    await writeFile(join(place.folder, 'log.jsonl'), 'the one of before');
  });
  afterEach(() => slow.close());

  const args = () => {
    const url = `ws://127.0.0.1:${(slow.address() as AddressInfo).port}/ws`;
    return ['--user-id', user, '--server', url, 'audit', 'export', '--out', 'log.jsonl'];
  };

  it.each(['SIGINT', 'SIGTERM'] as const)('leaves the file of before, and nothing else, at %s', async (signal) => {
    const run = startCli(place, ...args());
    await asked;
    run.signal(signal);
    expect(await run.exit).toMatchObject({ code: 1 });
    expect(run.stderr()).toContain('interrupted');
    expect(await readdir(place.folder)).toEqual(['log.jsonl']);
    expect(await readFile(join(place.folder, 'log.jsonl'), 'utf8')).toBe('the one of before');
  });

  it('does the same where the server is lost', async () => {
    const run = startCli(place, ...args());
    await asked;
    response.destroy();
    expect(await run.exit).toMatchObject({ code: 1 });
    expect(run.stderr()).toContain('connection_lost');
    expect(await readdir(place.folder)).toEqual(['log.jsonl']);
  });
});
