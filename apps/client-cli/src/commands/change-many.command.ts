/** `done`, `rm` and `restore`: one simple change to each of some documents. All ids are found before any is changed. */
import { CliFailure } from '../cli-failure.js';
import { BEFORE_WRITING } from '../sync/session.js';
import { taskMerge } from '../task/task-change.js';
import { endWrite, taskById, type Action, type CommandContext } from './command-context.js';

/** @param typed ids or parts of ids */
export function doneCommand(typed: readonly string[]): Action {
  return async (context) => {
    await context.session.sync(BEFORE_WRITING);
    const tasks = (await context.session.resolve(typed)).map((id) => taskById(context, id));
    for (const task of tasks) {
      if (task.deleted) {
        throw new CliFailure('document_deleted', `The document ${task.id} has been deleted.`, {
          remedy: 'Bring it back with `restore` first.',
        });
      }
      if (task.kind !== 'task') {
        throw new CliFailure('invalid_argument', `The document ${task.id} is no task: it has no status.`, {
          remedy: 'Make it one with `edit ID --status pending`.',
        });
      }
    }
    for (const task of tasks) {
      const change = taskMerge(task, { status: 'completed' });
      if (change) await context.session.client.documents.update(task.id, change);
    }
    return endWrite(context, 'done', idsOf(tasks));
  };
}

export function rmCommand(typed: readonly string[]): Action {
  return (context) => changeEach(context, typed, 'deleted', false);
}

export function restoreCommand(typed: readonly string[]): Action {
  return (context) => changeEach(context, typed, 'restored', true);
}

/** Deleting what is deleted, or restoring what lives, is no failure: it is as it should be already. */
async function changeEach(
  context: CommandContext,
  typed: readonly string[],
  verb: string,
  deleted: boolean,
): ReturnType<Action> {
  // A change made on the latest state there is loses to nobody's that came before it.
  await context.session.sync(BEFORE_WRITING);
  const tasks = (await context.session.resolve(typed)).map((id) => taskById(context, id));
  const { documents } = context.session.client;
  for (const task of tasks) {
    if (task.deleted !== deleted) continue;
    if (deleted) await documents.restore(task.id);
    else await documents.delete(task.id);
  }
  return endWrite(context, verb, idsOf(tasks));
}

function idsOf(tasks: readonly { readonly id: string }[]): string[] {
  return [...new Set(tasks.map((task) => task.id))];
}
