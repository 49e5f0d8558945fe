/** The command line: which commands and options there are. What they do is in commands/. */
import { Command, Option } from 'commander';
import { addCommand } from './commands/add.command.js';
import { auditExportCommand } from './commands/audit-export.command.js';
import { auditVerifyCommand } from './commands/audit-verify.command.js';
import { auditCommand } from './commands/audit.command.js';
import { blameCommand } from './commands/blame.command.js';
import { doneCommand, restoreCommand, rmCommand } from './commands/change-many.command.js';
import type { Action } from './commands/command-context.js';
import { conflictApplyCommand } from './commands/conflict-apply.command.js';
import { conflictShowCommand } from './commands/conflict-show.command.js';
import { conflictsCommand } from './commands/conflicts.command.js';
import { diffCommand } from './commands/diff.command.js';
import { editCommand } from './commands/edit.command.js';
import { historyCommand } from './commands/history.command.js';
import { listCommand } from './commands/list.command.js';
import { showCommand } from './commands/show.command.js';
import { redoCommand, revertCommand, undoCommand } from './commands/undo.command.js';
import { whyCommand } from './commands/why.command.js';
import type { PlainAction } from './commands/stoppable.js';
import { statusCommand } from './commands/status.command.js';
import { verifyCommand } from './commands/verify.command.js';
import { watchCommand } from './commands/watch.command.js';
import { EXIT } from './exit-codes.js';
import { DEFAULT_DATABASE, DEFAULT_SERVER, DEFAULT_WAIT_SECONDS, DEMO_TOKEN, VARIABLES } from './settings/settings.js';

export type Options = Readonly<Record<string, unknown>>;

export interface Actions {
  /** `make` reads the options: what it throws is an error of usage, before anything is opened. */
  run(options: Options, make: () => Action): Promise<void>;
  /** The same for what needs no local database. */
  plain(options: Options, make: () => PlainAction): Promise<void>;
  board(options: Options): Promise<void>;
  /** Settles at Ctrl-C. */
  stopped(): Promise<void>;
}

export function buildProgram(actions: Actions): Command {
  const program = new Command('cli')
    .description('Tasks that sync. Without a command, on a terminal: the task board.')
    .helpOption('-h, --help', 'show this help')
    .helpCommand('help [command]', 'show the help of a command')
    .showSuggestionAfterError()
    .configureHelp({ showGlobalOptions: true });
  addGlobalOptions(program);
  program.allowExcessArguments(false);
  addReadingCommands(program, actions);
  addWritingCommands(program, actions);
  addHistoryCommands(program, actions);
  addAuditCommands(program, actions);
  // Last, since commands inherit what was set before them: an unknown one is told as that, not as an argument too many.
  program.allowExcessArguments().action(async () => {
    const [unknown] = program.args;
    if (unknown !== undefined) program.error(`error: unknown command '${unknown}'`, { exitCode: EXIT.usage });
    await actions.board(program.opts());
  });
  program.addHelpText(
    'after',
    `
Each option has a variable: ${Object.values(VARIABLES).join(', ')}.
An ID may be shortened to four or more characters of its beginning or its end.
Exit codes: 0 ok, 1 failure, 2 usage, 3 not found, 4 conflict or rejected, 5 not synced in time (the write is kept).`,
  );
  return program;
}

function addGlobalOptions(program: Command): void {
  program
    .option('-d, --database <name>', `opens databases/<name>.sqlite3 (default: ${DEFAULT_DATABASE})`)
    .option('-s, --server <url>', `the server (default: ${DEFAULT_SERVER})`)
    .option('--token <token>', `what the server knows you by (default: ${DEMO_TOKEN})`)
    .option('--user-id <uuid>', 'whose documents, in demo mode (default: one demo user for every database)')
    .option('--offline', 'do not connect')
    .option('-w, --wait <seconds>', `how long commands wait for the server (default: ${DEFAULT_WAIT_SECONDS})`)
    .option('--json', 'print JSON')
    .addOption(new Option('--no-color', 'no colours (as with NO_COLOR)'));
}

function addReadingCommands(program: Command, actions: Actions): void {
  program
    .command('list')
    .alias('ls')
    .description('list tasks, most urgent first')
    .option('--status <status>', 'only pending, in_progress or completed ones')
    .option('--tag <tag>', 'only those with this tag')
    .option('--priority <priority>', 'only low, medium or high ones')
    .option('--search <words>', 'only those with all these words')
    .option('--all', 'deleted ones too')
    .option('--deleted', 'only deleted ones')
    .option('--at <time>', 'as they were at a time')
    .action(async (_options, command: Command) => {
      const options: Options = command.optsWithGlobals();
      await actions.run(options, () => listCommand(options));
    });
  program
    .command('show <id>')
    .description('everything about one document')
    .option('--at <version|time>', 'as it was at a version, or at a time')
    .action(async (id: string, _options, command: Command) => {
      const options: Options = command.optsWithGlobals();
      await actions.run(options, () => showCommand(id, options));
    });
  program
    .command('history <id>')
    .description('who changed what, newest first')
    .option('--limit <number>', 'at most so many changes')
    .option('--before <version>', 'only changes before this version')
    .action(async (id: string, _options, command: Command) => {
      const options: Options = command.optsWithGlobals();
      await actions.run(options, () => historyCommand(id, options));
    });
  program
    .command('watch')
    .description('print changes as they happen, until Ctrl-C')
    .action(async (_options, command: Command) => {
      await actions.run(command.optsWithGlobals(), () => watchCommand(() => actions.stopped()));
    });
  program
    .command('status')
    .description('this database, the server, and how far apart they are')
    .action(async (_options, command: Command) => {
      await actions.run(command.optsWithGlobals(), () => statusCommand());
    });
  program
    .command('verify')
    .description('whether this database holds what the server holds; what differs is put right')
    .option('--deep', 'count everything here anew first, contents included')
    .action(async (_options, command: Command) => {
      const options: Options = command.optsWithGlobals();
      await actions.run(options, () => verifyCommand(options));
    });
  const conflicts = program
    .command('conflicts')
    .description('changes of this device that lost against others')
    .option('--dismiss <id>', 'forget one (or `all`) after showing it')
    .action(async (_options, command: Command) => {
      const options: Options = command.optsWithGlobals();
      await actions.run(options, () => conflictsCommand(options));
    });
  conflicts
    .command('show <id>')
    .description('one of them: what you saw, what is there now, what bringing it back would give')
    .action(async (id: string, _options, command: Command) => {
      await actions.run(command.optsWithGlobals(), () => conflictShowCommand(id));
    });
  conflicts
    .command('apply <id>')
    .description('bring back what was lost, as a new change')
    .action(async (id: string, _options, command: Command) => {
      await actions.run(command.optsWithGlobals(), () => conflictApplyCommand(id));
    });
}

function addWritingCommands(program: Command, actions: Actions): void {
  taskFieldOptions(program.command('add <title>').description('a new task'))
    .option('--id <uuid>', 'its id (default: a new one)')
    .action(async (title: string, _options, command: Command) => {
      const options: Options = command.optsWithGlobals();
      await actions.run(options, () => addCommand(title, options));
    });
  taskFieldOptions(program.command('edit <id>').description('change a task, or any document'))
    .option('--title <title>', 'a new title')
    .option('--add-tag <tag>', 'one more tag (repeatable)', collect)
    .option('--remove-tag <tag>', 'one tag less (repeatable)', collect)
    .option('--set <path=json>', 'set one place: place.city=\'"Oslo"\' or /tags/0=\'"home"\' (repeatable)', collect)
    .option('--patch <json>', 'apply a JSON Patch (RFC 6902) to the content')
    .option('--content <json>', 'replace the whole content')
    .action(async (id: string, _options, command: Command) => {
      const options: Options = command.optsWithGlobals();
      await actions.run(options, () => editCommand(id, options));
    });
  const forMany = { done: doneCommand, rm: rmCommand, restore: restoreCommand };
  const descriptions = { done: 'complete tasks', rm: 'delete documents', restore: 'bring deleted documents back' };
  for (const name of ['done', 'rm', 'restore'] as const) {
    program
      .command(`${name} <id...>`)
      .description(descriptions[name])
      .action(async (ids: string[], _options, command: Command) => {
        await actions.run(command.optsWithGlobals(), () => forMany[name](ids));
      });
  }
}

function addHistoryCommands(program: Command, actions: Actions): void {
  const run = (command: Command, make: (options: Options) => Action): Promise<void> => {
    const options: Options = command.optsWithGlobals();
    return actions.run(options, () => make(options));
  };
  program
    .command('undo <id>')
    .description('take back your last change to a document, or a named one; what came after it stays')
    .option('--version <version>', 'the change that made this version, whoever made it')
    .option('--force', 'also where later changes touched the same parts')
    .option('--preview', 'only show what it would do')
    .action((id: string, _options, command: Command) => run(command, (options) => undoCommand(id, options)));
  program
    .command('redo <id>')
    .description('take back your last undo of a document')
    .option('--force', 'also where later changes touched the same parts')
    .action((id: string, _options, command: Command) => run(command, (options) => redoCommand(id, options)));
  program
    .command('revert <id> <version>')
    .description('make a document what it was at a version')
    .action((id: string, version: string, _options, command: Command) =>
      run(command, () => revertCommand(id, version)),
    );
  program
    .command('diff <id> <from> [to]')
    .description('what changed between two versions, or between one and now')
    .action((id: string, from: string, to: string | undefined, _options, command: Command) =>
      run(command, () => diffCommand(id, from, to)),
    );
  program
    .command('blame <id>')
    .description('who wrote each part of a document')
    .action((id: string, _options, command: Command) => run(command, () => blameCommand(id)));
  program
    .command('why <id>')
    .description('why a document looks as it does here: confirmed, pending, lost, and who wrote what')
    .action((id: string, _options, command: Command) => run(command, () => whyCommand(id)));
}

function addAuditCommands(program: Command, actions: Actions): void {
  const run = (command: Command, make: (options: Options) => PlainAction): Promise<void> => {
    const options: Options = command.optsWithGlobals();
    return actions.plain(options, () => make(options));
  };
  const narrowed = (command: Command): Command =>
    command
      .option('--stream <uuid>', 'of this stream (default: your own)')
      .option('--user <uuid>', 'only changes by this user')
      .option('--document <id>', 'only changes of this document')
      .option('--since <time>', 'only changes from this time on')
      .option('--until <time>', 'only changes before this time')
      .option('--kind <kind>', 'only create, update, delete, restore, undo, redo or revert')
      .option('--after <sequence>', 'only what follows this event');
  const audit = narrowed(program.command('audit').description('who changed what, oldest first (asks the server)'))
    .option('--limit <number>', 'at most so many changes')
    .action((_options, command: Command) => run(command, auditCommand));
  narrowed(audit.command('export').description('the log into a file, or onto standard output'))
    .option('--format <format>', 'jsonl (whole events) or csv (no values)')
    .option('--out <file>', 'written whole or not at all')
    .action((_options, command: Command) => run(command, auditExportCommand));
  audit
    .command('verify [file]')
    .description('is every event what was committed? Of an exported file, or of the server')
    .option('--stream <uuid>', 'of this stream (default: your own)')
    .option('--head <hash>', 'a head that was noted earlier, which has to be in the log')
    .action((file: string | undefined, _options, command: Command) =>
      run(command, (options) => auditVerifyCommand(file, options)),
    );
}

function taskFieldOptions(command: Command): Command {
  return command
    .option('--description <text>', 'more about it')
    .option('--status <status>', 'pending, in_progress or completed')
    .option('--priority <priority>', 'low, medium or high')
    .option('--tag <tag>', 'a tag; all of them, when given to `edit` (repeatable)', collect)
    .option('--due <date>', 'a date or time, or none');
}

function collect(value: string, former: string[] | undefined): string[] {
  return [...(former ?? []), value];
}
