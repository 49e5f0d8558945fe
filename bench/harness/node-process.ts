/** A Node program as a process of its own: what is measured and what makes the load never share an event loop. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface NodeProcess {
  readonly pid: number;
  /** Waits until its output matches. @throws Error if it ends without it */
  output(pattern: RegExp): Promise<RegExpExecArray>;
  /** Waits for its end. @throws Error unless it ended well */
  ended(): Promise<void>;
  /** Lets it finish; does nothing where it has ended. */
  stop(): Promise<void>;
}

export function startNode(
  program: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): NodeProcess {
  const child = spawn(process.execPath, [program, ...args], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let written = '';
  let look: () => void = () => undefined;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      written += text;
      look();
    });
  }
  const exit = once(child, 'close').then(() => look());
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;

  return {
    pid: child.pid ?? 0,
    output: (pattern) =>
      new Promise((resolve, reject) => {
        look = () => {
          const match = pattern.exec(written);
          if (match) resolve(match);
          else if (hasEnded()) reject(new Error(`${program} has ended:\n${written}`));
        };
        look();
      }),
    ended: async () => {
      await exit;
      if (child.exitCode !== 0) throw new Error(`${program} has failed:\n${written}`);
    },
    stop: async () => {
      if (!hasEnded()) child.kill('SIGTERM');
      await exit;
    },
  };
}
