/** From arguments to an exit code. Everything that goes wrong is told here, once, and never with a stack trace. */
import { CommanderError, type Command } from 'commander';
import { CliFailure, failureOf } from './cli-failure.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { Output, type Io } from './io.js';
import { showProgress } from './output/progress-bar.js';
import { buildProgram, type Options } from './program.js';
import { readSettings, type Settings } from './settings/settings.js';
import { Session } from './sync/session.js';
import type { Action } from './commands/command-context.js';
import type { PlainContext } from './commands/stoppable.js';

export interface Interactive {
  /** Opens the task board and settles when it is closed. */
  readonly board: (settings: Settings, output: Output, colors: boolean) => Promise<ExitCode>;
  /** Settles when the user wants to stop. */
  readonly stopped: () => Promise<void>;
  readonly onInterrupt: PlainContext['onInterrupt'];
}

export async function runCli(args: readonly string[], io: Io, interactive: Interactive): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.ok;
  const outputFor = (options: Options): Output =>
    new Output(io, { json: options['json'] === true, colors: options['color'] !== false });
  const program = buildProgram({
    stopped: interactive.stopped,
    run: async (options, make) => {
      const output = outputFor(options);
      exitCode = await guarded(output, async () => runAction(make(), readSettings(options, io.env, io.folder), output));
    },
    plain: async (options, make) => {
      const output = outputFor(options);
      const { onInterrupt } = interactive;
      exitCode = await guarded(output, async () =>
        make()({ settings: readSettings(options, io.env, io.folder), output, onInterrupt }),
      );
    },
    board: async (options) => {
      const output = outputFor(options);
      if (!io.stdinIsTerminal || !io.stdout.isTerminal) {
        program.outputHelp({ error: true });
        exitCode = EXIT.usage;
        return;
      }
      exitCode = await guarded(output, async () =>
        interactive.board(readSettings(options, io.env, io.folder), output, options['color'] !== false),
      );
    },
  });
  const streams = {
    writeOut: (text: string) => io.stdout.write(text),
    writeErr: (text: string) => io.stderr.write(text),
    outputError: (text: string) => {
      const what = text.replace(/^error: /, '').trim();
      const said = new CliFailure('invalid_argument', what, { remedy: 'See `cli --help`.' });
      outputFor({ json: args.includes('--json'), color: !args.includes('--no-color') }).failure(said);
    },
    getOutHelpWidth: () => io.stdout.columns ?? 100,
    getErrHelpWidth: () => io.stderr.columns ?? 100,
    getOutHasColors: () => false,
    getErrHasColors: () => false,
  };
  for (const each of withSubcommands(program)) each.exitOverride().configureOutput(streams);
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    // Commander has said what is wrong already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    throw error;
  }
  return exitCode;
}

function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)];
}

async function runAction(action: Action, settings: Settings, output: Output): Promise<ExitCode> {
  const session = await Session.open(settings);
  const endProgress = showProgress(session.client, output.io);
  try {
    return await action({ session, settings, output });
  } finally {
    endProgress();
    await session.close();
  }
}

async function guarded(output: Output, work: () => Promise<ExitCode>): Promise<ExitCode> {
  try {
    return await work();
  } catch (error) {
    const failure = failureOf(error);
    output.failure(failure);
    if (failure.code === 'unexpected' && output.io.env['DEBUG']) {
      output.io.stderr.write(`${failure.cause instanceof Error ? failure.cause.stack : String(failure.cause)}\n`);
    }
    return failure.exitCode;
  }
}
