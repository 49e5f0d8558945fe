/** `npm run audit:verify` as a process, on a log that a server wrote and somebody else changed. Needs `tsc -b` first. */
import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { startProcess, type ProcessExit } from '../../../testing/processes.js';
import { createTestDatabase } from '../../../testing/test-database.js';
import { mutations } from '../test/mutations.js';
import { startTestServer, type TestServer } from '../test/test-server.js';
import { openStreaming } from '../test/wire-client.js';

const AUDIT_VERIFY = resolve(__dirname, '../dist/audit-verify.js');

let server: TestServer;

beforeEach(async () => {
  server = await startTestServer();
});

afterEach(() => server.stop());

interface Outcome extends ProcessExit {
  readonly stdout: string;
  readonly stderr: string;
}

async function verify(args: readonly string[] = [], url = server.databaseUrl): Promise<Outcome> {
  const run = startProcess(process.execPath, [AUDIT_VERIFY, ...args], { env: { DATABASE_URL: url } });
  return { ...(await run.exit), stdout: run.stdout(), stderr: run.stderr() };
}

/** Two documents, three events: the second document's creation stands between the first one's two. */
async function writtenStream(): Promise<{ streamId: string; first: string }> {
  const streamId = randomUUID();
  const client = await openStreaming(server.wsUrl, streamId, randomUUID());
  const make = mutations(streamId);
  const create = make.create({ salary: 1_000 });
  const first = create.document_id;
  const update = make.update(first, 1, [{ op: 'replace', path: '/salary', value: 2_000 }]);
  client.send({ type: 'mutate', mutations: [create, make.create({}), update] });
  await client.next('mutation_results');
  await client.close();
  return { streamId, first };
}

it('finds every chain right, then names the first event that was changed behind its back', async () => {
  const { streamId, first } = await writtenStream();
  await writtenStream();
  const right = await verify();
  expect(right).toMatchObject({ code: 0, stderr: '' });
  expect(right.stdout).toContain('verified 6 events in 2 streams');

  await server.query(`UPDATE events SET forward_patch = $2 WHERE stream_id = $1 AND sequence = 3`, [
    streamId,
    JSON.stringify([{ op: 'replace', path: '/salary', value: 9_000 }]),
  ]);
  const broken = await verify();
  expect(broken).toMatchObject({ code: 1, stderr: '' });
  expect(broken.stdout).toContain(
    `stream ${streamId}: event 3 (version 2 of document ${first}) is not what was committed`,
  );
  expect(broken.stdout).toContain('1 of the streams are broken');
});

it('tells the head of one stream, and knows it again', async () => {
  const { streamId } = await writtenStream();
  const told = await verify(['--stream', streamId]);
  const [, head = ''] = new RegExp(`head of stream ${streamId} at event 3: ([0-9a-f]{64})`).exec(told.stdout) ?? [];
  expect(head).not.toBe('');
  await expect(verify(['--stream', streamId, '--head', head])).resolves.toMatchObject({
    code: 0,
    stdout: expect.stringContaining('the noted head is that of event 3') as string,
  });

  const forger = await writtenStream();
  await expect(verify(['--stream', forger.streamId, '--head', head])).resolves.toMatchObject({
    code: 1,
    stdout: expect.stringContaining('the noted head') as string,
  });
});

it('says of a shortened log where it begins', async () => {
  const { streamId } = await writtenStream();
  await server.query('DELETE FROM events WHERE stream_id = $1 AND sequence = 1', [streamId]);
  await expect(verify()).resolves.toMatchObject({
    code: 0,
    stdout: expect.stringContaining(`stream ${streamId} begins with event 2`) as string,
  });
});

it('says in one line that there is no such stream, or no schema yet', async () => {
  await expect(verify(['--stream', randomUUID()])).resolves.toMatchObject({
    code: 1,
    stdout: expect.stringContaining('there is no stream') as string,
  });
  const empty = await createTestDatabase();
  try {
    const outcome = await verify([], empty.url);
    expect(outcome).toMatchObject({ code: 1, stdout: '' });
    expect(outcome.stderr).toMatch(/^json-database-sync: the database cannot be used: its schema/);
  } finally {
    await empty.drop();
  }
});

it.each([[['--repair']], [['--stream', 'x']], [['--stream', randomUUID(), '--head', 'x']], [['--head', 'x']]])(
  'refuses %j',
  async (args) => {
    const outcome = await verify(args);
    expect(outcome).toMatchObject({ code: 2, stdout: '' });
    expect(outcome.stderr).toContain('Usage:');
  },
);
