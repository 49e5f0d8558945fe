/**
 * Runs one PostgreSQL server process (the postmaster) from launch to exit.
 *
 * It gets a session of its own, so that Ctrl-C in the terminal, which goes to every process there, reaches only us:
 * we stop it when our last writes are in. If we end without stopping it, the exit hook at least asks it to.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { type DataFolder } from './data-folder.js';
import { postgresEnvironment } from './environment.js';
import { isErrno } from './postgres-errors.js';
import { type PostgresBinaries } from './postgres-package.js';

/** How long a fast shutdown may take (its last checkpoint writes everything) before we insist. */
const FAST_SHUTDOWN_MS = 60_000;
/** How long an immediate shutdown may take before the process is killed; the next start recovers from the log. */
const IMMEDIATE_SHUTDOWN_MS = 5_000;
/** How long recovery after a crash may take until the server accepts connections. */
const READY_MS = 10 * 60_000;
const LINES_KEPT = 30;

export interface PostgresExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** True when `stop()` had been called: false means that PostgreSQL ended by itself or was killed. */
  readonly expected: boolean;
}

export interface Postmaster {
  readonly pid: number;
  readonly exited: Promise<PostgresExit>;
  /** Ends as soon as connections are accepted, or PostgreSQL has ended. */
  ready(): Promise<{ ok: true } | { ok: false; reason: string }>;
  stop(): Promise<void>;
}

export interface LaunchOptions {
  readonly binaries: PostgresBinaries;
  readonly port: number;
  readonly settings: Readonly<Record<string, string>>;
  readonly log: (line: string) => void;
}

/** Rejects with the system's error when the program cannot be run at all. */
export async function launchPostmaster(place: DataFolder, options: LaunchOptions): Promise<Postmaster> {
  const settings = Object.entries(options.settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const child = spawn(
    options.binaries.postgres,
    ['-D', place.cluster, '-p', String(options.port), '-h', '127.0.0.1', '-k', '', ...settings],
    { cwd: '/', env: postgresEnvironment(), stdio: ['ignore', 'ignore', 'pipe'], detached: true, ...place.runAs },
  );
  const lines: string[] = [];
  const accepting = new Promise<void>((resolve) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      lines.push(line);
      if (lines.length > LINES_KEPT) lines.shift();
      options.log(line);
      if (line.includes('ready to accept connections')) resolve();
    });
  });
  let stopping = false;
  let ended = false;
  const exited = new Promise<PostgresExit>((resolve) => {
    child.once('exit', () => (ended = true));
    child.once('close', (code, signal) => resolve({ code, signal, expected: stopping }));
  });
  const pid = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', () => resolve(child.pid ?? 0));
  });
  const signal = (name: ShutdownSignal): void => {
    // Once it has ended, its id may belong to somebody else.
    if (!ended) signalPostgres(options.binaries, pid, name);
  };
  const askOnExit = (): void => signal('SIGINT');
  process.once('exit', askOnExit);
  void exited.then(() => process.removeListener('exit', askOnExit));

  return {
    pid,
    exited,
    ready: async () => {
      const first = await firstOf({ accepting, exited }, READY_MS);
      if (first === 'accepting') return { ok: true };
      return { ok: false, reason: first === 'exited' ? whyItEnded(lines) : 'it did not get ready in 10 minutes' };
    },
    stop: async () => {
      stopping = true;
      signal('SIGINT');
      if ((await firstOf({ exited }, FAST_SHUTDOWN_MS)) === 'exited') return;
      signal('SIGQUIT');
      if ((await firstOf({ exited }, IMMEDIATE_SHUTDOWN_MS)) === 'exited') return;
      signal('SIGKILL');
      await exited;
    },
  };
}

export type ShutdownSignal = 'SIGINT' | 'SIGQUIT' | 'SIGKILL';

/** SIGINT asks for a fast shutdown, SIGQUIT for an immediate one. A process that is gone already is no error. */
export function signalPostgres(binaries: PostgresBinaries, pid: number, signal: ShutdownSignal): void {
  if (process.platform === 'win32') {
    // Windows has no such signals; PostgreSQL brings its own way to send them.
    spawnSync(binaries.pgCtl, ['kill', signal.replace('SIG', ''), String(pid)], { stdio: 'ignore' });
    return;
  }
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!isErrno(error, 'ESRCH')) throw error;
  }
}

/** The name of the promise that settles first, or `late`. */
async function firstOf<Name extends string>(
  promises: Record<Name, Promise<unknown>>,
  timeoutMs: number,
): Promise<Name | 'late'> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), timeoutMs);
  });
  try {
    const named = Object.keys(promises).map((name) => promises[name as Name].then(() => name as Name));
    return await Promise.race([late, ...named]);
  } finally {
    clearTimeout(timer);
  }
}

function whyItEnded(lines: readonly string[]): string {
  const everyday = /LOG: {2}(starting PostgreSQL|listening on|database system (is|was) shut down)/;
  const telling = lines.filter((line) => !everyday.test(line));
  return telling.slice(-4).map(withoutPrefix).join('; ');
}

/** Drops the time and process id that PostgreSQL writes before each line. */
function withoutPrefix(line: string): string {
  return line
    .replace(/^[\d-]+ [\d:.]+ \S+ \[\d+\] /, '')
    .replace(/\.$/, '')
    .trim();
}
