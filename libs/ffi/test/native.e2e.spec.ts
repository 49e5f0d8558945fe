/**
 * The C ABI, tested in C++ against a real server, with the sanitizers watching; then what is built for users. One spec file, so
 * that no two builds are in one folder at a time.
 */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { TestServer } from '../../../apps/client-cli/test/running-cli.js';
import { TEST_FOLDER_PREFIX, removeTestFolder } from '../../../testing/test-folders.js';
import { addonSuite } from './addon.suite.js';
import { cyclesSuite } from './cycles.suite.js';
import { headerSuite } from './header.suite.js';
import { buildHost, make } from './native-build.js';
import { nativeCases, runNative, type NativeProgram, type NativeRun } from './native-tests.js';
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

/** Of the program's own, and of every child that it forks: what is lost for certain or perhaps, and what is read or written wrongly. */
const VALGRIND: NativeProgram = {
  build: 'release',
  under: [
    ...['valgrind', '--quiet', '--leak-check=full', '--show-leak-kinds=definite,indirect,possible'],
    ...['--errors-for-leak-kinds=definite,indirect,possible', '--error-exitcode=99'],
    `--suppressions=${resolve(__dirname, 'valgrind.supp')}`,
  ],
};

const programs: { name: string; program: NativeProgram; cases: readonly string[] }[] = [
  { name: 'built with asan', program: { build: 'asan' }, cases: all },
  { name: 'built with tsan', program: { build: 'tsan' }, cases: all.filter((name) => name !== BEYOND_TSAN) },
];
// `npm run ffi:valgrind`. Not every machine has it; the leak sanitizer looks for the same everywhere.
if (process.env['FFI_VALGRIND'] === '1') programs.push({ name: 'under valgrind', program: VALGRIND, cases: all });

describe.each(programs)('$name', ({ program, cases }) => {
  let run: NativeRun;
  beforeAll(async () => {
    await make('test', program.build);
    run = await runNative(program, server, folder, cases);
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
