/** A thousand engines that come and go leave nothing behind. */
import { execFile } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { TEST_FOLDER_PREFIX, removeTestFolder } from '../../../testing/test-folders.js';
import { HOST, builtFile, buildHost, make } from './native-build.js';

export function cyclesSuite(): void {
  describe('engines that come and go', () => {
    const run = promisify(execFile);
    const CYCLES = 1_000;
    /** Each of these starts a host and sees it end. */
    const STARTS = 20;
    /** One engine that leaks its thread alone would leave 8 MiB of stack for each cycle mapped, and some 20 KiB resident. */
    const FEW_KIB = 1_000;
    /** Of the host: garbage that has not been collected yet. A client that was kept would be some 100 KiB a cycle. */
    const HOST_KIB = 40_000;

    const stateSchema = z.object({
      when: z.string(),
      kib: z.number(),
      host_kib: z.number(),
      descriptors: z.number(),
      threads: z.number(),
      processes: z.number(),
    });

    test(`${CYCLES} engines made and destroyed, and ${STARTS} hosts`, async () => {
      const folder = await mkdtemp(join(tmpdir(), TEST_FOLDER_PREFIX));
      try {
        await Promise.all([buildHost(), make('test', 'release', 'cycles')]);
        const env = { ...process.env, TEST_FOLDER: folder, TEST_SERVER: 'ws://none', SYNC_ENGINE_HOST: HOST };
        const program = builtFile('release', 'test/engine-cycles');
        const { stdout } = await run(program, [String(CYCLES), String(STARTS)], { env });
        const states = stdout
          .trim()
          .split('\n')
          .map((line) => stateSchema.parse(JSON.parse(line)));
        const [nothing, warm, cycled, started] = states;
        expect(states.map(({ when }) => when)).toEqual(['nothing', 'warm', 'cycled', 'started']);
        if (!nothing || !warm || !cycled || !started) throw new Error('the program did not print all states');
        for (const key of ['descriptors', 'threads', 'processes'] as const) {
          expect([key, cycled[key]]).toEqual([key, warm[key]]);
          expect([key, started[key]]).toEqual([key, nothing[key]]);
        }
        expect(cycled.kib - warm.kib).toBeLessThan(FEW_KIB);
        expect(started.kib - warm.kib).toBeLessThan(FEW_KIB);
        expect(cycled.host_kib - warm.host_kib).toBeLessThan(HOST_KIB);
      } finally {
        await removeTestFolder(folder);
      }
    }, 300_000);
  });
}
