/** `conflicts show ID`: one loss with both sides, from the server where it can be reached, else what is kept here. */
import { SyncError, type ConflictDetail, type ConflictRecord } from '@json-database-sync/client';
import { CliFailure } from '../cli-failure.js';
import { conflictLines, sidesLines } from '../output/conflict-lines.js';
import { conflictJson } from '../output/document-json.js';
import { conflictById } from '../task/conflict-lookup.js';
import { endRead, syncForReading, syncPart, type Action, type CommandContext } from './command-context.js';

export function conflictShowCommand(id: string): Action {
  return async (context) => {
    const { output, session } = context;
    const outcome = await syncForReading(context);
    const local = conflictById(session.client, id);
    const sides = await sidesOf(context, local?.id ?? id);
    if (!local && !sides) {
      throw new CliFailure('document_not_found', `There is no conflict "${id}".`, {
        remedy: 'See them with `conflicts`; those of other devices can be shown while the server can be reached.',
      });
    }
    if (output.asJson) output.json({ ...detailJson(local, sides), sync: syncPart(context, outcome) });
    else {
      for (const line of local ? conflictLines(local) : []) output.line(line);
      for (const line of sides ? sidesLines(sides) : []) output.line(line);
      if (!sides) output.note('what both sides look like is only known to the server');
    }
    return endRead(context, outcome);
  };
}

function detailJson(local: ConflictRecord | undefined, sides: ConflictDetail | null): object {
  return {
    conflict: local ? conflictJson(local) : null,
    server: sides?.conflict ?? null,
    base: sides?.base ?? null,
    current: sides?.current ?? null,
    would_be: sides?.would_be ?? null,
  };
}

/** null where the server cannot be asked, or knows of no such conflict: it keeps none for what it turned down. */
async function sidesOf({ session }: CommandContext, id: string): Promise<ConflictDetail | null> {
  try {
    return await session.client.fetchConflict(id);
  } catch (error) {
    if (error instanceof SyncError) return null;
    throw error;
  }
}
