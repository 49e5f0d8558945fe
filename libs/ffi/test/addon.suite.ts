/** The Node addon: another addon's threads write into a client of the SDK by the same C ABI. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { TEST_FOLDER_PREFIX, removeTestFolder } from '../../../testing/test-folders.js';
import { FFI, ROOT } from './native-build.js';

export function addonSuite(): void {
  describe('the Node addon', () => {
    const run = promisify(execFile);
    const EXAMPLE = join(FFI, 'examples/node-addon');
    let folder: string;
    let sensor: string;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), TEST_FOLDER_PREFIX));
      await run('npm', ['run', '--silent', 'ffi:addon'], { cwd: ROOT });
      sensor = await addon(join(EXAMPLE, 'sensor.cpp'), 'sensor.node');
    }, 300_000);
    afterAll(() => removeTestFolder(folder));

    /** As anybody would compile an addon, with the headers that npm brings. */
    async function addon(source: string, name: string): Promise<string> {
      const modules = join(ROOT, 'node_modules');
      const headers = [join(modules, 'node-addon-api'), join(modules, 'node-api-headers/include')];
      const flags = ['-std=c++17', '-shared', '-fPIC', '-pthread', '-Wall', '-Wextra', '-Werror', '-DNAPI_VERSION=8'];
      const places = ['-I', join(FFI, 'include'), ...headers.flatMap((each) => ['-isystem', each])];
      const output = join(folder, name);
      await run('g++', [...flags, '-DNAPI_CPP_EXCEPTIONS', ...places, source, '-o', output]);
      return output;
    }

    const node = (...args: string[]) => run(process.execPath, args, { cwd: EXAMPLE, timeout: 50_000 });

    test("another addon's thread writes and hears, and is refused on the JavaScript's own thread", async () => {
      const { stdout } = await node('main.cjs', sensor, join(folder, 'readings.sqlite3'), '200');
      expect(JSON.parse(stdout)).toEqual({
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
      const { stdout } = await node('-e', script);
      expect(JSON.parse(stdout)).toEqual({
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
      expect((await node('-e', script)).stdout).toBe('done\n');
    });

    test('the table has every function of the header but those that make engines', async () => {
      const header = await readFile(join(FFI, 'include/sync_engine.h'), 'utf8');
      const table = await readFile(join(FFI, 'include/sync_engine_api.hpp'), 'utf8');
      const declared = [...header.matchAll(/^SYNC_ENGINE_API [^;]*?\bsync_engine_(\w+)\(/gm)].map(
        ([, name = '']) => name,
      );
      const listed = [...table.matchAll(/X\((\w+)\) *\\?$/gm)].map(([, name]) => name);
      const making = ['create', 'create_with_options', 'options_init'];
      expect(listed.filter((name) => name !== 'X')).toEqual(declared.filter((name) => !making.includes(name)));
    });
  });
}
