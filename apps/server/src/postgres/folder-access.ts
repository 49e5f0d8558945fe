/**
 * Answers which user PostgreSQL runs as, and whether that user can reach a folder.
 *
 * PostgreSQL refuses to run as root, so root runs it as nobody. Nobody is stopped by any closed folder on the way to
 * the data or to the programs, and PostgreSQL's own message about that does not name the folder: so we look first.
 */
import { existsSync, type Stats } from 'node:fs';
import { chmod, mkdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { isErrno } from './postgres-errors.js';

/** The user that PostgreSQL runs as; undefined means: as ourselves. */
export interface RunAs {
  readonly uid: number;
  readonly gid: number;
}

/** The unprivileged user by convention, present in /etc/passwd almost everywhere; PostgreSQL refuses unlisted ones. */
const NOBODY: RunAs = { uid: 65534, gid: 65534 };

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** As root: the owner of an existing cluster, else nobody. As anybody else: oneself. */
export async function userFor(cluster: string): Promise<RunAs | undefined> {
  if (!isRoot()) return undefined;
  const found = await statOrUndefined(cluster);
  return found === undefined || found.uid === 0 ? NOBODY : { uid: found.uid, gid: found.gid };
}

/** The first folder on the way to `path` (itself included, if it is one) that the user may not enter. */
export async function folderThatBlocks(path: string, user: RunAs | undefined): Promise<string | undefined> {
  if (user === undefined) return undefined;
  for (const folder of ancestors(path)) {
    const found = await statOrUndefined(folder);
    if (found === undefined) return undefined;
    if (found.isDirectory() && !mayEnter(found, user)) return folder;
  }
  return undefined;
}

/** The path without symbolic links, also where its last parts do not exist yet. */
export async function canonicalPath(path: string): Promise<string> {
  const absolute = resolve(path);
  try {
    return await realpath(absolute);
  } catch (error) {
    const parent = dirname(absolute);
    if (!isErrno(error, 'ENOENT') || parent === absolute) throw error;
    return join(await canonicalPath(parent), basename(absolute));
  }
}

/** Makes the folder and what is missing above it. What is made for another user lets that user through. */
export async function makeFolder(folder: string, user: RunAs | undefined): Promise<void> {
  // Not by mkdir's `recursive`, which never returns where the system refuses folders with ENOENT (below /proc).
  for (const path of ancestors(folder)) {
    const made = !existsSync(path) && (await makeOne(path));
    // A umask such as 077 would lock the user out of the folders that we have just made.
    if (made && user !== undefined) await chmod(path, 0o755);
  }
  if (user === undefined) return;
  // An existing folder that we were told to use is opened for passing, not for listing.
  const found = await stat(folder);
  if (!mayEnter(found, user)) await chmod(folder, (found.mode & 0o777) | 0o011);
}

/** False when somebody else has made it in the meantime. */
async function makeOne(path: string): Promise<boolean> {
  try {
    await mkdir(path);
    return true;
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false;
    throw error;
  }
}

/** From the root down to the path itself. */
function ancestors(path: string): string[] {
  const parent = dirname(path);
  return parent === path ? [path] : [...ancestors(parent), path];
}

function mayEnter(folder: { mode: number; uid: number; gid: number }, user: RunAs): boolean {
  if (folder.uid === user.uid) return (folder.mode & 0o100) !== 0;
  if (folder.gid === user.gid) return (folder.mode & 0o010) !== 0;
  return (folder.mode & 0o001) !== 0;
}

async function statOrUndefined(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}
