/**
 * Reads and runs the worked examples of a Markdown file, so that they stay true. Three kinds of fenced blocks:
 *
 * - `console`: lines from `$ ` are commands of one shell session, what follows is their output, standard error included;
 *   a command goes on where its line ends in a backslash;
 * - `wire`: `> ` is sent over a WebSocket, `< ` is the next frame that comes in; one block is one connection;
 * - `js NAME`: a file, saved beside the shell sessions.
 *
 * What differs from run to run (times, ids that were made, tokens) is compared by its shape only. A line `…` stands for
 * any lines, and a member `"…"` for any further members.
 */
import { execFile } from 'node:child_process';
import { WebSocket } from 'ws';

export interface ExampleBlock {
  /** The heading above it. */
  readonly heading: string;
  readonly language: string;
  /** What follows the language: a file's name. */
  readonly name: string;
  readonly lines: readonly string[];
}

export interface Step {
  readonly input: string;
  readonly output: readonly string[];
}

export function blocksOf(markdown: string): ExampleBlock[] {
  const blocks: ExampleBlock[] = [];
  let heading = '';
  let open: { language: string; name: string; lines: string[] } | undefined;
  for (const line of markdown.split('\n')) {
    const fence = /^```(\w*) *(.*)$/.exec(line);
    if (open && fence) {
      blocks.push({ heading, ...open });
      open = undefined;
    } else if (open) open.lines.push(line);
    else if (fence) open = { language: fence[1] ?? '', name: fence[2] ?? '', lines: [] };
    else heading = /^#+ (.*)$/.exec(line)?.[1] ?? heading;
  }
  return blocks;
}

/** @param prompt what an input line begins with */
export function stepsOf(lines: readonly string[], prompt: '$ ' | '> '): Step[] {
  const steps: { input: string; output: string[] }[] = [];
  let continued = false;
  for (const line of lines) {
    const last = steps.at(-1);
    if (continued && last) last.input += `\n${line}`;
    else if (line.startsWith(prompt)) steps.push({ input: line.slice(prompt.length), output: [] });
    else if (!last) throw new Error(`output before the first input: ${line}`);
    else last.output.push(line);
    const lastInput = steps.at(-1)?.input ?? '';
    continued = lastInput.endsWith('\\') && (steps.at(-1)?.output.length ?? 0) === 0;
  }
  return steps;
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/** What differs from run to run, as a word for it. Ids that the examples themselves chose stay. */
export function normalised(text: string, chosen: ReadonlySet<string>): string {
  return text
    .replace(UUID, (id) => (chosen.has(id) ? id : '<id>'))
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, '<time>')
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d/g, '<time>')
    .replace(/\b[0-9a-f]{64}\b/g, '<hash>')
    .replace(/\bdevice [0-9a-f]{8}\b/g, 'device <id>')
    .replace(/\bjds_[\w-]{43}/g, '<token>')
    .replace(/[^\s"]*\/databases\//g, '…/databases/')
    .trimEnd();
}

/** The ids that stand in what is typed, and not only in what comes out. */
export function chosenIds(markdown: string): Set<string> {
  const inputs = blocksOf(markdown).flatMap(({ language, lines }) => {
    if (language === 'console') return stepsOf(lines, '$ ').map(({ input }) => input);
    if (language === 'wire') return stepsOf(lines, '> ').map(({ input }) => input);
    return lines;
  });
  return new Set(inputs.join('\n').match(UUID));
}

/** Whether lines are as they were written down, where `…` stands for any number of lines. */
export function linesMatch(expected: readonly string[], actual: readonly string[]): boolean {
  const [first, ...rest] = expected;
  if (first === undefined) return actual.length === 0;
  if (first.trim() === '…')
    return actual.some((_, index) => linesMatch(rest, actual.slice(index))) || rest.length === 0;
  return first === actual[0] && linesMatch(rest, actual.slice(1));
}

/** Whether a value is as it was written down, where a member `…` stands for any further members. */
export function valueMatches(expected: unknown, actual: unknown): boolean {
  if (typeof expected !== 'object' || expected === null) return expected === actual;
  if (typeof actual !== 'object' || actual === null || Array.isArray(expected) !== Array.isArray(actual)) return false;
  const wanted = new Map<string, unknown>(Object.entries(expected));
  const found = new Map<string, unknown>(Object.entries(actual));
  const open = wanted.delete('…');
  return (
    [...wanted].every(([key, value]) => found.has(key) && valueMatches(value, found.get(key))) &&
    (open || found.size === wanted.size)
  );
}

/** Runs commands in one shell. @returns what each printed, standard error included */
export async function runShell(commands: readonly string[], prelude: string, folder: string): Promise<string[]> {
  const mark = '==== end of command ====';
  const script = [prelude, ...commands.map((command) => `${command}\nprintf '\\n%s\\n' '${mark}'`)].join('\n');
  const output = await new Promise<string>((resolve, reject) => {
    const environment = { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined };
    const options = { cwd: folder, env: environment, maxBuffer: 64 * 1024 * 1024 };
    execFile('bash', ['-c', `exec 2>&1\n${script}`], options, (error, stdout) => {
      if (error && stdout === '') reject(new Error('the shell did not run', { cause: error }));
      else resolve(stdout);
    });
  });
  return output.split(`${mark}\n`).slice(0, -1);
}

/** A WebSocket whose frames are taken one by one, in order. */
export class Conversation {
  private readonly frames: string[] = [];
  private waiting: (() => void) | undefined;

  private constructor(private readonly socket: WebSocket) {
    socket.on('message', (data: Buffer) => {
      this.frames.push(data.toString());
      this.waiting?.();
    });
    socket.on('close', () => this.waiting?.());
  }

  static async open(url: string): Promise<Conversation> {
    const socket = new WebSocket(url);
    const conversation = new Conversation(socket);
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    return conversation;
  }

  send(text: string): void {
    this.socket.send(text);
  }

  /** The next frame; the test's own timeout ends the wait for one that never comes. */
  async next(): Promise<string> {
    for (;;) {
      const frame = this.frames.shift();
      if (frame !== undefined) return frame;
      if (this.socket.readyState !== WebSocket.OPEN) throw new Error('the server has closed the connection');
      await new Promise<void>((resolve) => (this.waiting = resolve));
    }
  }

  close(): void {
    this.socket.terminate();
  }
}
