/**
 * Makes and checks the files of a PostgreSQL cluster, before any server runs on them.
 *
 * A data folder holds `postgresql/` (the cluster), `postgresql.password` and the owner file. Invariants:
 *  - `postgresql/` is complete or absent: initdb works in `postgresql.new-…`, which is renamed at the end;
 *  - the password file is there before the cluster is, is never changed, and only its owner can read it.
 * The caller owns the folder (owner-file.ts), so nobody else works in it at the same time.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdir, open, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type DataFolder } from './data-folder.js';
import { postgresEnvironment } from './environment.js';
import {
  folderDamaged,
  folderDenied,
  folderOfOtherVersion,
  initFailed,
  isErrno,
  notRunnable,
} from './postgres-errors.js';
import { type PostgresBinaries } from './postgres-package.js';

/** The superuser of the cluster and, by the same name, the database that the server works in. */
export const APP = 'app';

const UNFINISHED = 'postgresql.new-';

export interface ClusterOptions {
  readonly binaries: PostgresBinaries;
  readonly major: string;
  /** False skips waiting for the disk: only for data that nobody will miss. */
  readonly durable: boolean;
}

/** Makes the cluster if there is none, checks it if there is one, and gives its password. */
export async function prepareCluster(place: DataFolder, options: ClusterOptions): Promise<string> {
  await removeUnfinished(place.folder);
  const version = await clusterVersion(place);
  if (version === undefined) {
    const password = (await readPassword(place.folder)) ?? (await makePassword(place.folder));
    await makeCluster(place, options, password);
    return password;
  }
  if (version !== options.major) throw folderOfOtherVersion(place.folder, version, options.major);
  const password = await readPassword(place.folder);
  if (password === undefined) throw folderDamaged(place.folder, `${passwordPath(place.folder)} is missing`);
  return password;
}

async function clusterVersion(place: DataFolder): Promise<string | undefined> {
  let names: string[];
  try {
    names = await readdir(place.cluster);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw folderDenied(place.folder, error);
  }
  if (!names.includes('PG_VERSION')) throw folderDamaged(place.folder, `${place.cluster}/PG_VERSION is missing`);
  return (await readFile(join(place.cluster, 'PG_VERSION'), 'utf8')).trim();
}

async function makeCluster(place: DataFolder, options: ClusterOptions, password: string): Promise<void> {
  const aside = join(place.folder, `${UNFINISHED}${randomBytes(6).toString('hex')}`);
  const passwordFile = `${aside}.password`;
  try {
    await writeFile(passwordFile, `${password}\n`, { mode: 0o600, flag: 'wx' });
    if (place.runAs !== undefined) await chown(passwordFile, place.runAs.uid, place.runAs.gid);
    // C.UTF-8 sorts by code point like C and knows letters beyond ASCII; not every system has it.
    const refused = await initdb(place, options, aside, passwordFile, 'C.UTF-8');
    if (refused !== undefined) {
      const failed = /invalid locale/i.test(refused) ? await initdb(place, options, aside, passwordFile, 'C') : refused;
      if (failed !== undefined) throw initFailed(place.folder, failed);
    }
    await rename(aside, place.cluster);
    if (options.durable) await syncFolder(place.folder);
  } finally {
    await rm(passwordFile, { force: true });
    await rm(aside, { recursive: true, force: true });
  }
}

/** Gives why initdb failed, or undefined when it did its work. */
async function initdb(
  place: DataFolder,
  options: ClusterOptions,
  folder: string,
  passwordFile: string,
  locale: string,
): Promise<string | undefined> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { mode: 0o700 });
  if (place.runAs !== undefined) await chown(folder, place.runAs.uid, place.runAs.gid);
  const args = ['-D', folder, '-U', APP, `--pwfile=${passwordFile}`, '-A', 'scram-sha-256', '-E', 'UTF8'];
  args.push(`--locale=${locale}`, ...(options.durable ? [] : ['--no-sync']));
  const child = spawn(options.binaries.initdb, args, {
    cwd: '/',
    env: postgresEnvironment(),
    stdio: ['ignore', 'ignore', 'pipe'],
    ...place.runAs,
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', (error) => reject(notRunnable(options.binaries.initdb, error)));
    child.once('close', resolve);
  });
  if (code === 0) return undefined;
  const reasons = stderr.split('\n').filter((line) => /error|fatal|hint|detail/i.test(line));
  return reasons.slice(0, 3).join('; ') || stderr || `initdb ended with code ${String(code)}`;
}

async function readPassword(folder: string): Promise<string | undefined> {
  try {
    const password = (await readFile(passwordPath(folder), 'utf8')).trim();
    return password === '' ? undefined : password;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw folderDenied(folder, error);
  }
}

async function makePassword(folder: string): Promise<string> {
  const password = randomBytes(24).toString('base64url');
  const aside = join(folder, `${UNFINISHED}${randomBytes(6).toString('hex')}`);
  const file = await open(aside, 'wx', 0o600);
  try {
    await file.writeFile(`${password}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(aside, passwordPath(folder));
  return password;
}

/** What a start that was killed half-way has left. An initdb of it may still be writing there: then it stays. */
async function removeUnfinished(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith(UNFINISHED)) continue;
    await rm(join(folder, name), { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
  }
}

/** Makes the rename survive a power cut, where folders can be synced (not on Windows). */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function passwordPath(folder: string): string {
  return join(folder, 'postgresql.password');
}
