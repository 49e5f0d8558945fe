/** `npm run history:pack` as a process. Needs `tsc -b` first. */
import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import {
  clientIdSchema,
  documentIdSchema,
  mutationIdSchema,
  streamIdSchema,
  userIdSchema,
} from '@json-database-sync/domain';
import { startProcess, type ProcessExit } from '../../../testing/processes.js';
import { expectSound } from '../test/soundness.js';
import { startTestServer, type TestServer } from '../test/test-server.js';
import { CommitPipeline } from './pipeline/commit-pipeline.js';

const PACK = resolve(__dirname, '../dist/pack.js');

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server.stop());

async function pack(...args: string[]): Promise<ProcessExit & { stdout: string; stderr: string }> {
  const run = startProcess(process.execPath, [PACK, ...args], { env: { DATABASE_URL: server.databaseUrl } });
  return { ...(await run.exit), stdout: run.stdout(), stderr: run.stderr() };
}

async function writeEvents(count: number): Promise<void> {
  const userId = userIdSchema.parse(randomUUID());
  const streamId = streamIdSchema.parse(userId);
  const documentId = documentIdSchema.parse(randomUUID());
  await server.query('INSERT INTO users (id) VALUES ($1)', [userId]);
  await server.query(`INSERT INTO streams (id, kind, name) VALUES ($1, 'personal', 'Personal')`, [streamId]);
  for (let n = 0; n < count; n += 1) {
    const author = {
      userId,
      clientId: clientIdSchema.parse(randomUUID()),
      mutationId: mutationIdSchema.parse(randomUUID()),
    };
    const change =
      n === 0
        ? { kind: 'create' as const, title: 'one', content: { n } }
        : {
            kind: 'update' as const,
            baseVersion: null,
            knowsOwnChanges: true,
            patch: [{ op: 'replace' as const, path: '/n', value: n }],
          };
    await server.app.get(CommitPipeline).submit({ ...change, streamId, documentId }, author);
  }
}

it('packs what is old enough, beside a running server, and then nothing more', async () => {
  await writeEvents(70);
  expect(await pack()).toEqual({
    code: 0,
    signal: null,
    stdout: 'packed 0 of 70 events; every version and every number stays readable\n',
    stderr: '',
  });
  expect(await pack('--older-than-hours', '0')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^packed 69 of 70 events/) as string,
    stderr: '',
  });
  expect(await pack('--older-than-hours', '0')).toMatchObject({
    stdout: expect.stringMatching(/^packed 0 of 70/) as string,
  });
  await expectSound(server);
});

it.each([[['--older-than-hours', 'x']], [['--older-than-hours', '-1']], [['--all']]])('refuses %j', async (args) => {
  expect(await pack(...args)).toMatchObject({ code: 2, stderr: expect.stringContaining('Usage:') as string });
});
