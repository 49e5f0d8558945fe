/** The header as a C compiler sees it, and the shared library as a linker does, against the tables in TypeScript. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { TEST_FOLDER_PREFIX, removeTestFolder } from '../../../testing/test-folders.js';
import { ENUMS } from '../src/abi/enums.js';
import { STRUCTS, layoutOf } from '../src/abi/layouts.js';
import { STATUS } from '../src/abi/status-codes.js';
import { FFI, builtFile, make } from './native-build.js';

export function headerSuite(): void {
  describe('the header and the library', () => {
    const run = promisify(execFile);
    let folder: string;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), TEST_FOLDER_PREFIX));
      await make('native', 'release');
    }, 300_000);
    afterAll(() => removeTestFolder(folder));

    /** Compiles a C program as strictly as can be and gives what it prints. */
    async function printed(body: string): Promise<string[]> {
      const source = join(folder, 'prints.c');
      const program = join(folder, 'prints');
      const text = `#include <sync_engine.h>\n#include <stdio.h>\nint main(void) {\n${body}\n  return 0;\n}\n`;
      await writeFile(source, text);
      const strict = ['-std=c99', '-pedantic-errors', '-Wall', '-Wextra', '-Werror'];
      await run('gcc', [...strict, '-I', join(FFI, 'include'), source, '-o', program]);
      return (await run(program)).stdout.trimEnd().split('\n');
    }

    test('the enums have these names and numbers, and no others', async () => {
      const expected: [string, number][] = Object.entries(STATUS).map(([name, number]) => [
        name === 'ok' ? 'SYNC_ENGINE_OK' : `SYNC_ENGINE_ERROR_${name.toUpperCase()}`,
        number,
      ]);
      for (const { prefix, members } of Object.values(ENUMS)) {
        for (const [name, number] of Object.entries(members)) {
          expected.push([`SYNC_ENGINE_${prefix}_${name.toUpperCase()}`, number]);
        }
      }
      const lines = await printed(expected.map(([name]) => `  printf("%d\\n", (int)${name});`).join('\n'));
      expect(lines.map(Number)).toEqual(expected.map(([, number]) => number));
      const header = await readFile(join(FFI, 'include/sync_engine_codes.h'), 'utf8');
      const declared = [...header.matchAll(/^ {2}(SYNC_ENGINE_\w+) = /gm)].map(([, name]) => name);
      expect(declared.toSorted()).toEqual(expected.map(([name]) => name).toSorted());
    });

    test.each(Object.entries(STRUCTS))('%s is laid out as the table says', async (name, struct) => {
      const { size, members } = layoutOf(struct);
      const print = Object.keys(members).map(
        (member) => `  printf("%zu %zu\\n", offsetof(${name}, ${member}), sizeof(((${name} *)0)->${member}));`,
      );
      const lines = await printed([`  printf("%zu\\n", sizeof(${name}));`, ...print].join('\n'));
      expect(lines).toEqual([String(size), ...Object.values(members).map((at) => `${at.offset} ${at.size}`)]);
    });

    test('the library shows the functions of the header and nothing else, under a soname', async () => {
      const library = builtFile('release', 'libsync_engine.so');
      const header = await readFile(join(FFI, 'include/sync_engine.h'), 'utf8');
      const declared = [...header.matchAll(/^SYNC_ENGINE_API [^;]*?\b(sync_engine_\w+)\(/gm)].map(([, name]) => name);
      expect(declared).toContain('sync_engine_create');
      const { stdout } = await run('nm', ['-D', '--defined-only', library]);
      const shown = stdout
        .trim()
        .split('\n')
        .map((line) => line.split(' ').at(-1)?.replace(/@.*$/, ''));
      expect(shown.filter((name) => name !== 'SYNC_ENGINE_0').toSorted()).toEqual(declared.toSorted());
      expect((await run('readelf', ['-d', library])).stdout).toMatch(/SONAME.*\[libsync_engine\.so\.0\]/);
    });
  });
}
