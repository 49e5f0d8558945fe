/** One device of the demonstration: a database of its own, used by terminal-client processes. */
import type { ChildProcess } from 'node:child_process';
import type { z } from 'zod';
import {
  conflictsSchema,
  historySchema,
  listSchema,
  previewSchema,
  shownSchema,
  statusSchema,
  watchLineSchema,
  writtenSchema,
  type Change,
  type ListedDocument,
  type WatchLine,
} from './client-output.js';
import type { DemoServer } from './demo-server.js';
import { PATIENCE_MS, until } from './settle.js';
import { CLIENT_PROGRAM, type World } from './world.js';

type Written = z.infer<typeof writtenSchema>;
type Conflict = z.infer<typeof conflictsSchema>['conflicts'][number];

export class Device {
  constructor(
    readonly name: string,
    private readonly world: World,
    private readonly server: DemoServer,
  ) {}

  /** A command that writes. */
  write(...args: string[]): Promise<Written> {
    return this.run(writtenSchema, args);
  }

  /** The same, without the server. */
  writeOffline(...args: string[]): Promise<Written> {
    return this.run(writtenSchema, ['--offline', ...args]);
  }

  async list(...args: string[]): Promise<ListedDocument[]> {
    return (await this.run(listSchema, ['list', ...args])).documents;
  }

  listWithSync(): Promise<z.infer<typeof listSchema>> {
    return this.run(listSchema, ['list']);
  }

  async show(id: string, ...args: string[]): Promise<ListedDocument> {
    return (await this.run(shownSchema, ['show', id, ...args])).document;
  }

  async conflicts(): Promise<Conflict[]> {
    return (await this.run(conflictsSchema, ['conflicts'])).conflicts;
  }

  /** Oldest first. */
  async history(id: string): Promise<Change[]> {
    return (await this.run(historySchema, ['history', id])).changes.reverse();
  }

  previewUndo(id: string, version: number): Promise<z.infer<typeof previewSchema>> {
    return this.run(previewSchema, ['undo', id, '--version', String(version), '--preview']);
  }

  status(): Promise<z.infer<typeof statusSchema>> {
    return this.run(statusSchema, ['status']);
  }

  watch(): Watch {
    return new Watch(this.start(['watch']));
  }

  private async run<T>(schema: z.ZodType<T>, args: readonly string[]): Promise<T> {
    const child = this.start(args);
    const [stdout, stderr] = await Promise.all([textOf(child.stdout), textOf(child.stderr)]);
    await until(`the command ${args.join(' ')}`, () => child.exitCode !== null || child.signalCode !== null);
    const what = `${this.name}: cli ${args.join(' ')}`;
    if (child.exitCode !== 0) throw new Error(`${what} ended with ${child.exitCode ?? child.signalCode}: ${stderr}`);
    const parsed = schema.safeParse(JSON.parse(stdout));
    if (!parsed.success) throw new Error(`${what} printed something else: ${parsed.error.message}`);
    return parsed.data;
  }

  private start(args: readonly string[]): ChildProcess {
    const { name, server } = this;
    const global = ['--json', '--database', name, '--server', server.url, '--wait', String(PATIENCE_MS / 1000)];
    const own = { SYNC_TOKEN: undefined, SYNC_USER_ID: undefined };
    return this.world.node(CLIENT_PROGRAM, [...global, ...args], own);
  }
}

/** A running `watch --json`. */
export class Watch {
  private readonly lines: WatchLine[] = [];
  private rest = '';

  constructor(private readonly child: ChildProcess) {
    child.stdout?.setEncoding('utf8').on('data', (text: string) => this.hear(text));
  }

  online(): Promise<void> {
    return this.until('the watch to be online', (line) => line.type === 'connection' && line.state === 'online');
  }

  /** The first line about that document. */
  async change(id: string): Promise<Extract<WatchLine, { type: 'change' }>> {
    await this.until('the watch to show it', (line) => line.type === 'change' && line.id === id);
    const found = this.lines.find((line) => line.type === 'change' && line.id === id);
    if (found?.type !== 'change') throw new Error('a line has gone');
    return found;
  }

  /** @returns its exit code */
  async stop(): Promise<number | null> {
    this.child.kill('SIGINT');
    await until('the watch to end', () => this.child.exitCode !== null || this.child.signalCode !== null);
    return this.child.exitCode;
  }

  private until(what: string, matches: (line: WatchLine) => boolean): Promise<void> {
    return until(what, () => {
      if (this.child.exitCode !== null) throw new Error(`the watch has ended by itself (${this.child.exitCode})`);
      return this.lines.some(matches);
    });
  }

  private hear(text: string): void {
    const lines = (this.rest + text).split('\n');
    this.rest = lines.pop() ?? '';
    for (const line of lines) this.lines.push(watchLineSchema.parse(JSON.parse(line)));
  }
}

async function textOf(stream: NodeJS.ReadableStream | null): Promise<string> {
  if (!stream) return '';
  stream.setEncoding('utf8');
  let text = '';
  for await (const part of stream) text += String(part);
  return text;
}
