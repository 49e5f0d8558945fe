/** What every command is run with, and the ending that all of them share. */
import type { Document } from '@json-database-sync/client';
import { CliFailure } from '../cli-failure.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import type { Output } from '../io.js';
import { documentJson, syncJson } from '../output/document-json.js';
import { titleText } from '../output/task-row.js';
import type { Settings } from '../settings/settings.js';
import { afterRead, afterWrite, type AfterWrite, type SyncOutcome } from '../sync/outcome.js';
import type { Session } from '../sync/session.js';
import { shortId } from '../task/id-lookup.js';
import { taskOf, type Task } from '../task/task.js';
import { span } from '../text/line.js';

export interface CommandContext {
  readonly session: Session;
  readonly settings: Settings;
  readonly output: Output;
}

export type Action = (context: CommandContext) => Promise<ExitCode>;

/** Syncs before reading; the outcome is reported by `endRead`. */
export async function syncForReading({ session }: CommandContext): Promise<SyncOutcome> {
  return session.sync();
}

export function endRead({ output, session }: CommandContext, outcome: SyncOutcome): ExitCode {
  tellOfEarlierLosses(output, session);
  return report(output, afterRead(outcome));
}

export function syncPart({ session }: CommandContext, outcome: SyncOutcome): object {
  return syncJson(outcome, session.client.status().pending);
}

export function taskById({ session }: CommandContext, id: string): Task {
  const document = session.client.documents.get(id, { includeDeleted: true });
  if (!document) throw new CliFailure('document_not_found', `There is no document "${id}" in this database.`);
  return taskOf(document);
}

/** After the local writes: sends them as far as can be, tells what became of them, and says it by the exit code. */
export async function endWrite(context: CommandContext, verb: string, ids: readonly string[]): Promise<ExitCode> {
  const { session, output } = context;
  const outcome = await session.sync();
  const documents = ids
    .map((id) => session.client.documents.get(id, { includeDeleted: true }))
    .filter((document): document is Document => document !== undefined);
  const { ours: lost } = session.lostChanges();
  if (output.asJson) {
    output.json({
      documents: documents.map((document) => documentJson(taskOf(document))),
      sync: syncPart(context, outcome),
      conflicts: lost.map((conflict) => ({
        id: conflict.conflictId,
        document_id: conflict.documentId,
        reason: conflict.reason,
      })),
    });
  } else {
    for (const task of documents.map(taskOf)) {
      const taken = !lost.some((conflict) => conflict.documentId === task.id);
      output.line([
        span(taken ? `${verb}  ` : 'conflict  ', { tone: taken ? 'green' : 'red' }),
        span(`${shortId(task.id)}  `, { dim: true }),
        span(titleText(task)),
      ]);
    }
  }
  const exitCode = report(output, afterWrite(outcome, session.client.status().pending));
  tellOfEarlierLosses(output, session);
  const [first] = lost;
  if (!first) return exitCode;
  output.failure(
    new CliFailure(
      'version_mismatch',
      `The change of ${shortId(first.documentId)} was not taken, or not all of it: ${first.reason}`,
      {
        remedy: 'What was lost is kept; see it with `conflicts`, bring it back with `conflicts apply`.',
      },
    ),
  );
  return EXIT.conflict;
}

/** Changes of before, sent only now. They are not what this command is about, but nobody else will say it. */
function tellOfEarlierLosses(output: Output, session: Session): void {
  const { earlier } = session.lostChanges();
  if (earlier.length > 0) output.note(`${earlier.length} earlier change(s) lost a conflict; see \`conflicts\``);
}

function report(output: Output, { exitCode, note, failure }: AfterWrite): ExitCode {
  if (note !== undefined) output.note(note);
  if (failure) output.failure(failure);
  return exitCode;
}
