/**
 * Gives programs that the user who shall run them can reach.
 *
 * Normally these are the ones in node_modules. When root runs PostgreSQL as nobody out of a checkout that nobody may
 * not enter, they are copied once to a root-owned, world-readable folder. The copy appears under its name only when it
 * is complete (made aside, then renamed), and an existing one is compared by names and sizes before it is used.
 */
import { randomBytes } from 'node:crypto';
import { type Stats } from 'node:fs';
import { chmod, cp, lstat, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { folderThatBlocks, type RunAs } from './folder-access.js';
import { isErrno, notRunnable } from './postgres-errors.js';
import { binariesIn, makeMissingLinks, type PostgresBinaries, type PostgresPackage } from './postgres-package.js';

export async function reachableBinaries(
  pkg: PostgresPackage,
  runAs: RunAs | undefined,
  systemFolder: string,
): Promise<PostgresBinaries> {
  const inPlace = binariesIn(pkg.native);
  if ((await folderThatBlocks(inPlace.postgres, runAs)) === undefined) {
    await makeMissingLinks(pkg, pkg.native);
    return inPlace;
  }
  const copy = join(systemFolder, `postgresql-${pkg.version}`);
  try {
    if (!(await isFaithfulCopy(pkg.native, copy))) await makeCopy(pkg, copy, systemFolder);
  } catch (error) {
    throw notRunnable(inPlace.postgres, error);
  }
  return binariesIn(copy);
}

async function makeCopy(pkg: PostgresPackage, copy: string, systemFolder: string): Promise<void> {
  await mkdir(systemFolder, { recursive: true });
  await chmod(systemFolder, 0o755);
  const aside = `${copy}.new-${randomBytes(6).toString('hex')}`;
  try {
    await cp(pkg.native, aside, { recursive: true, verbatimSymlinks: true });
    await makeMissingLinks(pkg, aside);
    for (const path of [aside, ...(await pathsBelow(aside))]) await makeWorldReadable(path);
    await putInPlace(aside, copy, pkg.native);
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

async function putInPlace(aside: string, copy: string, original: string): Promise<void> {
  for (;;) {
    try {
      await rename(aside, copy);
      return;
    } catch (error) {
      if (!isErrno(error, 'ENOTEMPTY', 'EEXIST')) throw error;
      // Another server was quicker, or a damaged copy lies there.
      if (await isFaithfulCopy(original, copy)) return;
      const damaged = `${copy}.damaged-${randomBytes(6).toString('hex')}`;
      await rename(copy, damaged);
      await rm(damaged, { recursive: true, force: true });
    }
  }
}

/** Whether the copy belongs to root alone and holds every file of the original at its full size. */
async function isFaithfulCopy(original: string, copy: string): Promise<boolean> {
  const top = await lstatOrUndefined(copy);
  if (top === undefined || top.uid !== 0 || (top.mode & 0o022) !== 0) return false;
  for (const path of await pathsBelow(original)) {
    const from = await lstat(path);
    const to = await lstatOrUndefined(join(copy, relative(original, path)));
    if (to === undefined || (from.isFile() && from.size !== to.size)) return false;
  }
  return true;
}

async function makeWorldReadable(path: string): Promise<void> {
  const found = await lstat(path);
  if (found.isSymbolicLink()) return;
  const runnable = found.isDirectory() || (found.mode & 0o100) !== 0;
  await chmod(path, runnable ? 0o755 : 0o644);
}

async function pathsBelow(folder: string): Promise<string[]> {
  return (await readdir(folder, { recursive: true })).map((name) => join(folder, name));
}

async function lstatOrUndefined(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}
