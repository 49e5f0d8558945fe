/**
 * `npm run ffi:dist [-- --script] [-- --to FOLDER]`: the package for C and C++, as an install prefix that can be put anywhere.
 *
 * The host is one executable with Node in it, where that can be made here; `--script` leaves it the script that it is,
 * for a Node that the user has. `npm run ffi:build` comes first and is part of the npm script.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { cmakeConfig, cmakeVersion, pkgConfig } from './package-files.js';

const FFI = resolve(__dirname, '../..');
const ROOT = resolve(FFI, '../..');
const SEA_FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';
const manifestSchema = z.object({ version: z.string() });

const { version } = manifestSchema.parse(JSON.parse(readFileSync(join(FFI, 'package.json'), 'utf8')));
const soname = `libsync_engine.so.${version.split('.')[0] ?? ''}`;

function main(): void {
  const { values } = parseArgs({ options: { script: { type: 'boolean' }, to: { type: 'string' } } });
  const name = `sync_engine-${version}-${process.platform}-${process.arch}`;
  const prefix = resolve(values.to ?? join(FFI, 'dist', name));
  rmSync(prefix, { recursive: true, force: true });
  for (const folder of ['lib/sync_engine', 'lib/cmake/sync_engine', 'lib/pkgconfig', 'share/sync_engine', 'include']) {
    mkdirSync(join(prefix, folder), { recursive: true });
  }
  cpSync(join(FFI, 'include'), join(prefix, 'include'), { recursive: true });
  copyLibrary(join(prefix, 'lib'));
  const host = copyHost(join(prefix, 'lib/sync_engine'), values.script === true);
  writeFileSync(join(prefix, 'lib/cmake/sync_engine/sync_engine-config.cmake'), cmakeConfig(soname));
  writeFileSync(join(prefix, 'lib/cmake/sync_engine/sync_engine-config-version.cmake'), cmakeVersion(version));
  writeFileSync(join(prefix, 'lib/pkgconfig/sync_engine.pc'), pkgConfig(version));
  cpSync(join(FFI, 'examples'), join(prefix, 'share/sync_engine/examples'), { recursive: true });
  copyFileSync(join(FFI, 'README.md'), join(prefix, 'share/sync_engine/README.md'));
  copyFileSync(join(ROOT, 'LICENSE'), join(prefix, 'share/sync_engine/LICENSE'));
  process.stdout.write(`${prefix}\n  the host is ${host}\n`);
}

function copyLibrary(folder: string): void {
  const file = `libsync_engine.so.${version}`;
  run('strip', ['--strip-unneeded', '-o', join(folder, file), join(FFI, 'build/release', file)]);
  symlinkSync(file, join(folder, soname));
  symlinkSync(soname, join(folder, 'libsync_engine.so'));
}

/** @returns what it has come to, in words */
function copyHost(folder: string, asScript: boolean): string {
  const built = join(FFI, 'build/host');
  copyFileSync(join(built, 'better_sqlite3.node'), join(folder, 'better_sqlite3.node'));
  const script = join(folder, 'sync-engine-host.cjs');
  copyFileSync(join(built, 'sync-engine-host.cjs'), script);
  if (asScript) return 'a script: users need Node 20.19 or later';
  try {
    makeExecutable(script, folder);
  } catch (error) {
    rmSync(join(folder, 'sync-engine-host'), { force: true });
    const why = error instanceof Error ? error.message : String(error);
    return `a script (users need Node 20.19 or later), since no executable could be made of it: ${why}`;
  }
  rmSync(script);
  return 'an executable with Node in it: users need nothing else';
}

/** Node's single executable: Node itself, with the script put into it. Stripped first, for that would take it out again. */
function makeExecutable(script: string, folder: string): void {
  const executable = join(folder, 'sync-engine-host');
  const config = join(folder, 'sea.json');
  const blob = join(folder, 'sea.blob');
  writeFileSync(config, JSON.stringify({ main: script, output: blob, disableExperimentalSEAWarning: true }));
  try {
    run(process.execPath, ['--experimental-sea-config', config]);
    run('strip', ['-o', executable, process.execPath]);
    chmodSync(executable, 0o755);
    const postject = require.resolve('postject/dist/cli.js');
    run(process.execPath, [postject, executable, 'NODE_SEA_BLOB', blob, '--sentinel-fuse', SEA_FUSE]);
  } finally {
    rmSync(config, { force: true });
    rmSync(blob, { force: true });
  }
}

function run(command: string, args: readonly string[]): void {
  execFileSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
}

main();
