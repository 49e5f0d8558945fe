/** The package as its users get it: built into an empty folder, and used from there by programs that know nothing else. */
import { execFile } from 'node:child_process';
import { access, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { makePlace, runCli, TestServer } from '../../../apps/client-cli/test/running-cli.js';
import { blocksOf, runShell } from '../../../testing/examples.js';
import { startProcess, type TestProcess } from '../../../testing/processes.js';
import { TEST_FOLDER_PREFIX, removeTestFolder } from '../../../testing/test-folders.js';
import { playStory } from './board-story.js';
import { FFI, ROOT } from './native-build.js';

export function packageSuite(): void {
  describe('the package', () => {
    const run = promisify(execFile);
    let server: TestServer;
    let folder: string;
    let prefix: string;

    beforeAll(async () => {
      [server, folder] = await Promise.all([TestServer.start(), mkdtemp(join(tmpdir(), TEST_FOLDER_PREFIX))]);
      prefix = join(folder, 'sync_engine');
      await run('npm', ['run', '--silent', 'ffi:dist', '--', '--to', prefix], { cwd: ROOT });
    }, 300_000);
    afterAll(async () => {
      await server.stop();
      await removeTestFolder(folder);
    });

    /** The flags of the pkg-config file, which says where it is itself. */
    async function flags(...kinds: ('Cflags' | 'Libs')[]): Promise<string[]> {
      const place = join(prefix, 'lib/pkgconfig');
      const text = await readFile(join(place, 'sync_engine.pc'), 'utf8');
      const variables = new Map([['pcfiledir', place]]);
      const expand = (value: string): string =>
        value.replace(/\$\{(\w+)\}/g, (_, name: string) => variables.get(name) ?? '');
      for (const [, name = '', value = ''] of text.matchAll(/^(\w+)=(.*)$/gm)) variables.set(name, expand(value));
      return kinds.flatMap((kind) => expand(new RegExp(`^${kind}: (.*)$`, 'm').exec(text)?.[1] ?? '').split(' '));
    }

    async function build(source: string, name: string): Promise<string> {
      const program = join(folder, name);
      const language = source.endsWith('.c') ? ['gcc', '-std=c99'] : ['g++', '-std=c++17'];
      const [compiler = '', standard = ''] = language;
      const strict = [standard, '-pedantic-errors', '-Wall', '-Wextra', '-Werror', '-pthread'];
      const rpath = `-Wl,-rpath,${join(prefix, 'lib')}`;
      await run(compiler, [
        ...strict,
        ...(await flags('Cflags')),
        source,
        '-o',
        program,
        ...(await flags('Libs')),
        rpath,
      ]);
      return program;
    }

    const example = (name: string): string => join(prefix, 'share/sync_engine/examples', name);
    /** No host is named: it is found beside the library. */
    const clean = { SYNC_ENGINE_HOST: undefined, SYNC_ENGINE_NODE: undefined };
    const start = (program: string, ...args: string[]): TestProcess =>
      startProcess(program, args, { cwd: folder, env: clean });

    async function ended(process: TestProcess): Promise<string> {
      const { code } = await process.exit;
      expect({ code, stderr: process.stderr() }).toEqual({ code: 0, stderr: '' });
      return process.stdout();
    }

    test("the original's snippet compiles as it was written, syncs, and meets the terminal client", async () => {
      const asWritten = await readFile(example('seed.cpp'), 'utf8');
      const seed = await readFile(join(FFI, 'examples/seed.cpp'), 'utf8');
      expect(asWritten).toBe(seed);
      await build(example('seed.cpp'), 'seed-as-written');
      const source = join(folder, 'seed-here.cpp');
      await writeFile(source, asWritten.replace('ws://localhost:8080/ws', server.url));
      const place = await makePlace(server.url);
      try {
        expect(await runCli(place, 'add', 'Buy milk')).toMatchObject({ code: 0 });
        expect(await ended(start(await build(source, 'seed')))).toContain('"title":"Buy milk"');
      } finally {
        await place.remove();
      }
    });

    test('the examples in C and C++ run, with and without a server', async () => {
      const c = await build(example('console.c'), 'console-c');
      expect(await ended(start(c, 'c.sqlite3'))).toMatch(/"litres":2[^]*2 not confirmed yet/);
      expect(await ended(start(c, 'c.sqlite3', server.url))).toMatch(/"litres":2[^]*\n0 not confirmed yet/);
      const cpp = start(await build(example('console.cpp'), 'console-cpp'), 'cpp.sqlite3', server.url);
      cpp.write('Bread\n');
      await cpp.waitForOutput(/local \{.*"title":"Bread"/);
      await cpp.waitForOutput(/remote \{.*"title":"Milk"/);
      cpp.endInput();
      await ended(cpp);
    });

    test('two task boards in C++ and a terminal client converge, one of them offline for a while: as EXAMPLES.md tells it', async () => {
      const own = await TestServer.start();
      const here = (text: string): string => text.replaceAll('ws://localhost:8080/ws', own.url);
      const blocks = blocksOf(await readFile(join(ROOT, 'EXAMPLES.md'), 'utf8'));
      const linesOf = (language: string): string[] =>
        blocks.filter((block) => block.language === language).flatMap(({ lines }) => lines.map(here));
      const client = `'${process.execPath}' '${join(ROOT, 'apps/client-cli/dist/main.js')}'`;
      const prelude = `cli() { ${client} "$@"; }; export SYNC_SERVER=${own.url} SYNC_DATABASE=cli SYNC_WAIT=60`;
      const startHere = (command: string): TestProcess => start('bash', '-c', `exec ${command}`);
      try {
        expect(await runShell([linesOf('native').join('\n')], '', folder)).toEqual(['\n']);
        await playStory(linesOf('boards'), { folder, prelude, start: startHere });
      } finally {
        await own.stop();
      }
    });

    test('the CMake and pkg-config files name what is there, and a project outside of the repository builds with them', async () => {
      const config = await readFile(join(prefix, 'lib/cmake/sync_engine/sync_engine-config.cmake'), 'utf8');
      const named = [...config.matchAll(/"\$\{_sync_engine_prefix\}\/([^"]+)"/g)].map(([, file = '']) => file);
      expect(named).toEqual(['lib/libsync_engine.so.0', 'include']);
      for (const file of named) await access(join(prefix, file));
      const project = example('cmake-project');
      const programs = [await build(join(project, 'main.cpp'), 'by-pkg-config')];
      // A machine need not have CMake to build us, but where it is, the project is built as its users would.
      if (await isInstalled('cmake')) {
        const output = join(folder, 'cmake-build');
        await run('cmake', ['-S', project, '-B', output, `-DCMAKE_PREFIX_PATH=${prefix}`]);
        await run('cmake', ['--build', output]);
        programs.push(join(output, 'uses_sync_engine'));
      }
      for (const program of programs) expect(await ended(start(program, 'project.sqlite3'))).toContain('"litres":1');
    });

    async function isInstalled(command: string): Promise<boolean> {
      const places = (process.env['PATH'] ?? '').split(delimiter).map((place) => access(join(place, command)));
      return (await Promise.allSettled(places)).some(({ status }) => status === 'fulfilled');
    }
  });
}
