/** The Node addon: another addon's threads write into a client of the SDK by the same C ABI. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { TEST_FOLDER_PREFIX, removeTestFolder } from '../../../testing/test-folders.js';
import { FFI, ROOT, make, type Build } from './native-build.js';

const run = promisify(execFile);
const EXAMPLE = join(FFI, 'examples/node-addon');
const IN_TEST = join(FFI, 'test/addon');

/** What a program in Node runs under, where its addons were built with a sanitizer and Node itself was not. */
interface Watch {
  readonly flags: readonly string[];
  /** A library of the compiler's that has to be there before Node. */
  readonly runtime?: string;
  readonly options?: Readonly<Record<string, string>>;
}
const WATCHES: Readonly<Record<Build, Watch>> = {
  release: { flags: [] },
  asan: {
    flags: ['-fsanitize=address,undefined', '-fno-sanitize-recover=all'],
    runtime: 'libasan.so',
    options: {
      ASAN_OPTIONS: 'detect_leaks=1',
      LSAN_OPTIONS: `suppressions=${join(IN_TEST, 'leaks-of-node.txt')}:print_suppressions=0`,
      UBSAN_OPTIONS: 'print_stacktrace=1',
    },
  },
  tsan: {
    flags: ['-fsanitize=thread'],
    runtime: 'libtsan.so',
    options: { TSAN_OPTIONS: `exitcode=66:suppressions=${join(IN_TEST, 'races-of-node.txt')}:print_suppressions=0` },
  },
};

/** As anybody would compile an addon, with the headers that npm brings. */
async function compile(source: string, output: string, extra: readonly string[]): Promise<void> {
  const modules = join(ROOT, 'node_modules');
  const headers = [join(modules, 'node-addon-api'), join(modules, 'node-api-headers/include')];
  const flags = ['-std=c++17', '-shared', '-fPIC', '-pthread', '-Wall', '-Wextra', '-Werror', '-DNAPI_VERSION=8'];
  const places = ['-I', join(FFI, 'include'), ...headers.flatMap((each) => ['-isystem', each])];
  await run('g++', [...flags, ...extra, '-DNAPI_CPP_EXCEPTIONS', ...places, source, '-o', output]);
}

async function environmentOf(build: Build): Promise<NodeJS.ProcessEnv> {
  const { runtime, options } = WATCHES[build];
  if (runtime === undefined) return process.env;
  const { stdout } = await run('g++', [`-print-file-name=${runtime}`]);
  return { ...process.env, ...options, ADDON_BUILD: build, LD_PRELOAD: stdout.trim() };
}

export function addonSuite(): void {
  test('the table of the addon has every function of the header but those that make engines', async () => {
    const header = await readFile(join(FFI, 'include/sync_engine.h'), 'utf8');
    const table = await readFile(join(FFI, 'include/sync_engine_api.hpp'), 'utf8');
    const declared = [...header.matchAll(/^SYNC_ENGINE_API [^;]*?\bsync_engine_(\w+)\(/gm)].map(
      ([, name = '']) => name,
    );
    const listed = [...table.matchAll(/X\((\w+)\) *\\?$/gm)].map(([, name]) => name);
    const making = ['create', 'create_with_options', 'options_init'];
    expect(listed.filter((name) => name !== 'X')).toEqual(declared.filter((name) => !making.includes(name)));
  });

  describe.each<{ build: Build }>([{ build: 'release' }, { build: 'asan' }, { build: 'tsan' }])(
    'the Node addon, built with $build',
    ({ build }) => addonTests(build),
  );
}

function addonTests(build: Build): void {
  let folder: string;
  let sensor: string;
  let env: NodeJS.ProcessEnv;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), TEST_FOLDER_PREFIX));
    sensor = join(folder, 'sensor.node');
    env = await environmentOf(build);
    await make('addon', build);
    await compile(join(EXAMPLE, 'sensor.cpp'), sensor, WATCHES[build].flags);
  }, 300_000);
  afterAll(() => removeTestFolder(folder));

  /** What a sanitizer finds makes the program fail, or is on stderr. */
  async function node(...args: string[]): Promise<string> {
    const redirected = build === 'release' ? [] : ['--require', join(IN_TEST, 'build-of-addon.cjs')];
    const { stdout, stderr } = await run(process.execPath, [...redirected, ...args], {
      cwd: EXAMPLE,
      timeout: 50_000,
      env,
    });
    expect(stderr).toBe('');
    return stdout;
  }

  test("another addon's thread writes and hears, and is refused on the JavaScript's own thread", async () => {
    const printed = await node('main.cjs', sensor, join(folder, 'readings.sqlite3'), '200');
    expect(JSON.parse(printed)).toEqual({
      onThisThread: 'would_deadlock',
      heard: true,
      failure: '',
      readings: 200,
      mine: 'From JavaScript',
    });
  });

  test('detaching while the thread is at work ends it, and the client goes on', async () => {
    const script = `
  const { SyncClient } = require('@json-database-sync/client');
  const { attach } = require('@json-database-sync/ffi');
  const sensor = require(${JSON.stringify(sensor)});
  (async () => {
    const client = await SyncClient.open({ database: ${JSON.stringify(join(folder, 'detached.sqlite3'))} });
    const engine = attach(client, { threadedCallbacks: true });
    const first = new Promise((resolve) => client.on('change', resolve));
    sensor.start(engine.api, engine.handle, 1_000_000);
    // Waiting for the thread is what keeps this process alive.
    const finished = sensor.finished();
    await first;
    engine.detach();
    const { failure } = await finished;
    await client.documents.create({ content: {} });
    console.log(JSON.stringify({ failure, written: client.documents.count() > 1 }));
    await client.close();
  })();`;
    expect(JSON.parse(await node('-e', script))).toEqual({
      failure: expect.stringMatching(/ended|destroyed/) as string,
      written: true,
    });
  });

  test('an engine that nobody detached does not keep the process alive', async () => {
    const script = `
  const { SyncClient } = require('@json-database-sync/client');
  const { attach } = require('@json-database-sync/ffi');
  SyncClient.open({ database: ':memory:' }).then(async (client) => {
    attach(client);
    await client.close();
    console.log('done');
  });`;
    expect(await node('-e', script)).toBe('done\n');
  });

  // What two threads of JavaScript hand each other by atomics looks like races of Node's own to the thread sanitizer.
  if (build === 'tsan') return;
  test('a worker thread that is terminated while another thread calls into it ends the calls, not the program', async () => {
    const work = `
  const { parentPort } = require('node:worker_threads');
  const { SyncClient } = require('@json-database-sync/client');
  const { attach } = require('@json-database-sync/ffi');
  SyncClient.open({ database: ${JSON.stringify(join(folder, 'worker.sqlite3'))} }).then((client) => {
    const engine = attach(client, { threadedCallbacks: true });
    // Neither an engine nor a thread of somebody else's keeps it alive.
    setInterval(() => undefined, 1_000);
    client.on('change', () => parentPort.postMessage('written'));
    require(${JSON.stringify(sensor)}).start(engine.api, engine.handle, 1_000_000);
  });`;
    const script = `
  const { Worker } = require('node:worker_threads');
  const { once } = require('node:events');
  const sensor = require(${JSON.stringify(sensor)});
  (async () => {
    const worker = new Worker(${JSON.stringify(work)}, { eval: true });
    await once(worker, 'message');
    await worker.terminate();
    console.log(JSON.stringify(await sensor.finished()));
  })();`;
    expect(JSON.parse(await node('-e', script))).toEqual({
      heard: expect.any(Number) as number,
      failure: expect.stringMatching(/ended|destroyed/) as string,
    });
  });
}
