/** Where a command's words go, and what is known of the terminal: handed in, so that commands can be tried without one. */
import { createPaint, type Paint } from './text/paint.js';
import { plainLine, safeJson, sentence } from './text/plain-text.js';
import { span, type Line } from './text/line.js';
import type { CliFailure } from './cli-failure.js';

export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly folder: string;
  readonly stdout: Stream;
  readonly stderr: Stream;
  readonly stdinIsTerminal: boolean;
}

export interface Stream {
  readonly isTerminal: boolean;
  /** Cells of a line; undefined where there is no terminal. */
  readonly columns: number | undefined;
  write(text: string): void;
  /** Settles when whoever reads it has taken what was written, or nearly so: memory stays bounded. */
  drained(): Promise<void>;
}

/** What a command says, coloured or not, in JSON or for people. */
export class Output {
  private readonly paintOut: Paint;
  private readonly paintError: Paint;

  constructor(
    readonly io: Io,
    private readonly options: { readonly json: boolean; readonly colors: boolean },
  ) {
    const wanted = options.colors && colorsWanted(io.env);
    this.paintOut = createPaint(wanted && io.stdout.isTerminal);
    this.paintError = createPaint(wanted && io.stderr.isTerminal);
  }

  get asJson(): boolean {
    return this.options.json;
  }

  line(line: Line): void {
    this.io.stdout.write(`${this.paintOut(line)}\n`);
  }

  json(value: object): void {
    this.io.stdout.write(`${safeJson(value, 2)}\n`);
  }

  jsonLine(value: object): void {
    this.io.stdout.write(`${safeJson(value)}\n`);
  }

  /** Never on standard output: that is for what was asked for. */
  note(text: string): void {
    if (this.asJson) {
      this.io.stderr.write(`${safeJson({ note: text })}\n`);
      return;
    }
    this.io.stderr.write(`${this.paintError([span(plainLine(text), { tone: 'yellow' })])}\n`);
  }

  failure(failure: CliFailure): void {
    if (this.asJson) {
      const { code, message, remedy, exitCode } = failure;
      this.io.stderr.write(`${safeJson({ error: { code, message, remedy, exit_code: exitCode } })}\n`);
      return;
    }
    const line: Line = [
      span('error', { tone: 'red', bold: true }),
      span(` ${failure.code}: `, { tone: 'red' }),
      span(`${sentence(plainLine(failure.message))} `),
      span(plainLine(failure.remedy), { dim: true }),
    ];
    this.io.stderr.write(`${this.paintError(line)}\n`);
  }
}

/** https://no-color.org: present and not empty. */
export function colorsWanted(env: Io['env']): boolean {
  return !env['NO_COLOR'] && env['TERM'] !== 'dumb';
}
