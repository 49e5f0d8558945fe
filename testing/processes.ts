/**
 * Real processes for tests: started, watched, signalled, and gone when the spec file ends.
 *
 * Importing this module registers an afterAll that kills whatever the file has left running.
 */
import { spawn } from 'node:child_process';
import { waitFor } from './wait-for.js';

export { freePort } from '../apps/server/src/postgres/free-port.js';

export interface ProcessOptions {
  /** Added to our environment; undefined takes a variable out of it. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** True puts it at the head of a process group of its own, as a shell does: `signalGroup` is then its Ctrl-C. */
  readonly ownGroup?: boolean;
}

export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface TestProcess {
  readonly pid: number;
  /** Everything written so far. */
  stdout(): string;
  stderr(): string;
  /** Waits until stdout or stderr matches, and gives the match. Fails at once if the process ends without it. */
  waitForOutput(pattern: RegExp, options?: { timeoutMs?: number }): Promise<RegExpExecArray>;
  /** Writes to its standard input. */
  write(text: string): void;
  /** Closes its standard input. */
  endInput(): void;
  signal(signal: NodeJS.Signals): void;
  /** Signals it and its children, as Ctrl-C in a terminal does. Only with `ownGroup`. */
  signalGroup(signal: NodeJS.Signals): void;
  /** Settles when the process has ended and all its output has been read. Rejects if it could not be started. */
  readonly exit: Promise<ProcessExit>;
}

const running = new Set<TestProcess>();

export function startProcess(command: string, args: readonly string[], options: ProcessOptions = {}): TestProcess {
  const child = spawn(command, args, {
    env: { ...process.env, ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: options.ownGroup ?? false,
  });
  const written = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (written.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (written.stderr += text));
  // A process may close its input before we have written all of it: that is its right.
  child.stdin.on('error', () => undefined);

  let ended: ProcessExit | undefined;
  const exit = new Promise<ProcessExit>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      ended = { code, signal };
      running.delete(handle);
      resolve(ended);
    });
  });
  // Whoever awaits it still gets the rejection; a test that does not must not die of it.
  exit.catch(() => undefined);

  const match = (pattern: RegExp): RegExpExecArray | undefined => {
    const once = new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ''));
    return once.exec(written.stdout) ?? once.exec(written.stderr) ?? undefined;
  };
  const handle: TestProcess = {
    pid: child.pid ?? -1,
    stdout: () => written.stdout,
    stderr: () => written.stderr,
    waitForOutput: async (pattern, waiting = {}) => {
      const name = `${command} ${args.join(' ')}`;
      // The ending is looked at before the output, or output between the two looks would be missed.
      const probe = (): RegExpExecArray | 'ended' | undefined => {
        const over = ended !== undefined;
        return match(pattern) ?? (over ? 'ended' : undefined);
      };
      const found = await waitFor(`${String(pattern)} from ${name}`, probe, waiting).catch((error: unknown) => {
        throw new Error(`${String(error)}\n${transcript(written)}`, { cause: error });
      });
      if (found !== 'ended') return found;
      throw new Error(`${name} ended (${JSON.stringify(ended)}) without ${String(pattern)}\n${transcript(written)}`);
    },
    write: (text) => child.stdin.write(text),
    endInput: () => child.stdin.end(),
    signal: (signal) => child.kill(signal),
    signalGroup: (signal) => {
      if (options.ownGroup !== true || child.pid === undefined) throw new Error('it has no process group of its own');
      process.kill(-child.pid, signal);
    },
    exit,
  };
  if (child.pid !== undefined) running.add(handle);
  return handle;
}

/**
 * Starts a TypeScript source as a Node process, without compiling the project first. Its imports may be relative or
 * from npm, not of our own packages by name.
 */
export function startTypeScript(script: string, args: readonly string[] = [], options?: ProcessOptions): TestProcess {
  const hooks = ['-r', require.resolve('esbuild-register'), '-r', require.resolve('./resolve-js-to-ts')];
  return startProcess(process.execPath, [...hooks, script, ...args], options);
}

/** Kills what is still running and waits until it is gone. */
export async function killProcesses(): Promise<void> {
  const left = [...running];
  for (const one of left) one.signal('SIGKILL');
  await Promise.all(left.map((one) => one.exit));
}

afterAll(killProcesses);

function transcript(written: { stdout: string; stderr: string }): string {
  return `--- stdout\n${written.stdout}\n--- stderr\n${written.stderr}`;
}
