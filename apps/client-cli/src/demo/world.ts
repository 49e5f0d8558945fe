/**
 * All that the demonstration makes outside of its own process: one temporary folder, and processes. Whatever way the
 * demonstration ends, `end` takes all of it away again, the newest first, and nothing can be made afterwards.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The builds beside ours: this file is apps/client-cli/dist/demo/world.js. */
export const SERVER_PROGRAM = fileURLToPath(new URL('../../../server/dist/main.js', import.meta.url));
export const CLIENT_PROGRAM = fileURLToPath(new URL('../main.js', import.meta.url));

export class World {
  readonly folder: string;
  private readonly children = new Set<ChildProcess>();
  private readonly cleanups: (() => Promise<void>)[] = [];
  private ended = false;

  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), 'json-database-sync-demo-'));
    // As root the server gives PostgreSQL to another user, who has to get there.
    chmodSync(this.folder, 0o755);
  }

  /** A Node process with our environment, in the temporary folder; `undefined` takes a variable out of it. */
  node(program: string, args: readonly string[], env: Readonly<Record<string, string | undefined>>): ChildProcess {
    if (this.ended) throw new Error('the demonstration is over');
    const child = spawn(process.execPath, [program, ...args], {
      cwd: this.folder,
      env: { ...process.env, NO_COLOR: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.children.add(child);
    child.once('close', () => this.children.delete(child));
    return child;
  }

  /** Runs at the end, before the things that were made earlier are taken away. */
  atEnd(cleanup: () => Promise<void>): void {
    this.cleanups.push(cleanup);
  }

  async end(): Promise<void> {
    if (this.ended) return;
    this.ended = true;
    for (const cleanup of this.cleanups.reverse()) await cleanup().catch(() => undefined);
    this.endAtOnce();
  }

  /** For when there is no time left to wait. */
  endAtOnce(): void {
    this.ended = true;
    for (const child of this.children) child.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
