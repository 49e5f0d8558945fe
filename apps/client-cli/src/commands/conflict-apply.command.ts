/** `conflicts apply ID`: what a change of this device lost, as a new change; offline too. */
import { CliFailure } from '../cli-failure.js';
import { conflictById } from '../task/conflict-lookup.js';
import { endWrite, type Action } from './command-context.js';

export function conflictApplyCommand(id: string): Action {
  return async (context) => {
    const { client } = context.session;
    // The latest state first: what is brought back is put on top of it.
    await context.session.sync();
    const conflict = conflictById(client, id);
    if (!conflict) {
      throw new CliFailure('document_not_found', `There is no conflict "${id}" of this device.`, {
        remedy: 'See them with `conflicts`.',
      });
    }
    const document = await client.applyConflict(conflict.id);
    return endWrite(context, 'brought back', [document.id]);
  };
}
