/** Builds for tests what is native here, as `npm run ffi:build` does, and knows where it lies. */
import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
export const FFI = resolve(__dirname, '..');
export const ROOT = resolve(FFI, '../..');
export const HOST = resolve(FFI, 'build/host/sync-engine-host.cjs');

/** - `release`: as it is shipped; `asan`: address, leak and undefined-behaviour sanitizer; `tsan`: thread sanitizer */
export type Build = 'release' | 'asan' | 'tsan';

export async function buildHost(): Promise<void> {
  await run('npm', ['run', '--silent', 'ffi:host'], { cwd: ROOT });
}

/** @param folder of a Makefile below libs/ffi */
export async function make(folder: 'native' | 'test' | 'addon', build: Build, target = 'all'): Promise<void> {
  await run('make', ['-j2', `BUILD=${build}`, target], { cwd: resolve(FFI, folder), maxBuffer: 64 * 1024 * 1024 });
}

export function builtFile(build: Build, name: string): string {
  return resolve(FFI, 'build', build, name);
}
