/**
 * The C ABI, tested in C++ against a real server, with the sanitizers watching; then what is built for users. One spec file, so
 * that no two builds are in one folder at a time.
 */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestServer } from '../../../apps/client-cli/test/running-cli.js';
import { TEST_FOLDER_PREFIX, removeTestFolder } from '../../../testing/test-folders.js';
import { addonSuite } from './addon.suite.js';
import { cyclesSuite } from './cycles.suite.js';
import { headerSuite } from './header.suite.js';
import { buildHost, make, type Build } from './native-build.js';
import { nativeCases, runNative, type NativeRun } from './native-tests.js';
import { packageSuite } from './package.suite.js';

const BUILDING_MS = 300_000;

let server: TestServer;
let folder: string;

beforeAll(async () => {
  [server, folder] = await Promise.all([TestServer.start(), mkdtemp(join(tmpdir(), TEST_FOLDER_PREFIX)), buildHost()]);
}, BUILDING_MS);
afterAll(async () => {
  await server.stop();
  await removeTestFolder(folder);
});

const all = nativeCases();
/** The thread sanitizer's own runtime does not start threads in a child of a program that had some. */
const BEYOND_TSAN = 'host: after a fork the child can have engines of its own';

describe.each<{ build: Build; cases: readonly string[] }>([
  { build: 'asan', cases: all },
  { build: 'tsan', cases: all.filter((name) => name !== BEYOND_TSAN) },
])('built with $build', ({ build, cases }) => {
  let run: NativeRun;
  beforeAll(async () => {
    await make('test', build);
    run = await runNative(build, server, folder, cases);
  }, BUILDING_MS);

  test.each(cases)('%s', (name) => {
    expect(run.failed.get(name)).toBeUndefined();
    expect([name, run.passed.has(name), run.passed.has(name) ? '' : run.stderr]).toEqual([name, true, '']);
  });

  test('nothing was found by the sanitizer, and every case of the program is known here', () => {
    expect(run.stderr.replace(/^sync_engine host: .*$/gm, '').trim()).toBe('');
    expect({ code: run.code, signal: run.signal }).toEqual({ code: 0, signal: null });
    expect([...run.passed].toSorted()).toEqual(cases.toSorted());
  });
});

headerSuite();
cyclesSuite();
addonSuite();
packageSuite();
