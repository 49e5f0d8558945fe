/**
 * Deals with a PostgreSQL that a predecessor has left running in our data folder.
 *
 * When our process is killed, PostgreSQL lives on. We cannot adopt it (its exit and its log would be lost on us), so
 * it is shut down and started anew; everything committed is on disk. Only the PostgreSQL of a dead owner is stopped:
 * one that somebody started there by hand is theirs, and we refuse the folder.
 */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type DataFolder } from './data-folder.js';
import { type LeftAs } from './owner-file.js';
import { folderDenied, folderInUse, isErrno } from './postgres-errors.js';
import { type PostgresBinaries } from './postgres-package.js';
import { signalPostgres } from './postmaster.js';
import { commandLineOf, isAlive, isIdTaken, processesWorkingIn } from './process-identity.js';

const FAST_SHUTDOWN_MS = 60_000;
const IMMEDIATE_SHUTDOWN_MS = 10_000;
const BACKENDS_END_MS = 10_000;

/** After this no PostgreSQL works on the cluster, and its pid file does not keep a new one from starting. */
export async function endOrphan(place: DataFolder, binaries: PostgresBinaries, leftAs: LeftAs): Promise<void> {
  const pid = await postmasterPid(place);
  const owned = pid !== undefined && isAlive(pid) ? isPostmasterOf(place, pid) : 'no';
  if (pid !== undefined && owned === 'yes') {
    if (leftAs !== 'abandoned') throw folderInUse(place.folder, `a PostgreSQL that we did not start (process ${pid})`);
    await shutDown(place, binaries, pid);
  }
  // Should the postmaster itself have been killed, its children notice and end; until then they hold the files.
  const quiet = await until(() => processesWorkingIn(place.cluster).length === 0, BACKENDS_END_MS);
  if (!quiet) throw folderInUse(place.folder, `process ${processesWorkingIn(place.cluster).join(', ')}`);
  if (owned === 'no') await forgetReusedPid(place, pid);
}

async function shutDown(place: DataFolder, binaries: PostgresBinaries, pid: number): Promise<void> {
  signalPostgres(binaries, pid, 'SIGINT');
  if (await until(() => !isAlive(pid), FAST_SHUTDOWN_MS)) return;
  signalPostgres(binaries, pid, 'SIGQUIT');
  if (await until(() => !isAlive(pid), IMMEDIATE_SHUTDOWN_MS)) return;
  throw folderInUse(place.folder, `an orphaned PostgreSQL that does not end (process ${pid})`);
}

/**
 * PostgreSQL trusts a pid file whose process exists, even when the id has long been given to something else (after a
 * restart of a container it usually has) or when the process is a zombie that nobody collects. Nothing works on the
 * cluster here, so such a file is only a leftover. One whose process is gone stays: PostgreSQL checks it more closely.
 */
async function forgetReusedPid(place: DataFolder, pid: number | undefined): Promise<void> {
  if (pid !== undefined && isIdTaken(pid)) await rm(pidFile(place), { force: true });
}

async function postmasterPid(place: DataFolder): Promise<number | undefined> {
  try {
    const pid = Number((await readFile(pidFile(place), 'utf8')).split('\n')[0]);
    return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw folderDenied(place.folder, error);
  }
}

/** `unknown` where the system does not show command lines: then PostgreSQL's own check has to do. */
function isPostmasterOf(place: DataFolder, pid: number): 'yes' | 'no' | 'unknown' {
  if (processesWorkingIn(place.cluster).includes(pid)) return 'yes';
  const command = commandLineOf(pid);
  if (command === null) return 'unknown';
  return command.includes('postgres') && command.includes(`${place.cluster} `) ? 'yes' : 'no';
}

/** A foreign process tells nobody when it ends, so its end is looked for. */
async function until(condition: () => boolean, timeoutMs: number): Promise<boolean> {
  const end = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() > end) return false;
    await delay(20);
  }
  return true;
}

function pidFile(place: DataFolder): string {
  return join(place.cluster, 'postmaster.pid');
}
