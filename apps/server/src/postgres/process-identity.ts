/**
 * Tells whether a process that a file names is still the one that was meant.
 *
 * A process id alone does not say so: ids are used again, and a server in a container has the same small id after every
 * restart. So an identity is the id together with the moment the process was started, as the system counts it.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { isErrno } from './postgres-errors.js';

export interface ProcessIdentity {
  readonly pid: number;
  /** Opaque; null where the system does not tell (the id alone has to do then). */
  readonly started: string | null;
}

export function ownIdentity(): ProcessIdentity {
  return { pid: process.pid, started: startOf(process.pid) };
}

/** Whether exactly this process still runs. */
export function isSameProcessAlive(identity: ProcessIdentity): boolean {
  if (!isAlive(identity.pid)) return false;
  const started = startOf(identity.pid);
  return identity.started === null || started === null || started === identity.started;
}

/** Whether a process with this id runs. A zombie does not: it has ended, though in a container nobody may collect it. */
export function isAlive(pid: number): boolean {
  return isIdTaken(pid) && procStat(pid)?.state !== 'Z';
}

/** Whether the system knows a process by this id, be it only a zombie. */
export function isIdTaken(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM says that it exists and belongs to somebody else.
    return isErrno(error, 'EPERM');
  }
}

/** The command line of a process, its arguments separated by spaces; null where the system does not tell. */
export function commandLineOf(pid: number): string | null {
  if (process.platform === 'linux') {
    return readOrNull(`/proc/${pid}/cmdline`)?.replaceAll('\0', ' ') ?? null;
  }
  return process.platform === 'win32' ? null : ps(pid, 'command');
}

/** Ids of the processes whose working folder this is, as far as we may look (Linux only; elsewhere none). */
export function processesWorkingIn(folder: string): number[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return readlinkSync(`/proc/${pid}/cwd`) === folder && isAlive(pid);
      } catch {
        return false;
      }
    });
}

function startOf(pid: number): string | null {
  if (process.platform === 'linux') {
    const started = procStat(pid)?.startTicks;
    // Ticks count from boot, so the boot is part of the moment.
    const boot = readOrNull('/proc/sys/kernel/random/boot_id')?.trim() ?? '';
    return started === undefined ? null : `${boot}:${started}`;
  }
  return process.platform === 'win32' ? null : ps(pid, 'lstart');
}

function procStat(pid: number): { state: string; startTicks: string } | undefined {
  const text = readOrNull(`/proc/${pid}/stat`);
  // The second field is the program's name in parentheses and may itself hold spaces and parentheses (proc(5)).
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ');
  const state = fields?.[0];
  const startTicks = fields?.[19];
  return state === undefined || startTicks === undefined ? undefined : { state, startTicks };
}

function ps(pid: number, column: string): string | null {
  const answer = spawnSync('ps', ['-o', `${column}=`, '-p', String(pid)], { encoding: 'utf8' });
  return answer.status === 0 ? answer.stdout.trim() || null : null;
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
