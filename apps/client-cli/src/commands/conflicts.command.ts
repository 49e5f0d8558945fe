/** `conflicts`: the changes of this device that lost, kept whole until they are dismissed. */
import type { ConflictRecord, SyncClient } from '@json-database-sync/client';
import { CliFailure } from '../cli-failure.js';
import { conflictJson } from '../output/document-json.js';
import { conflictLines } from '../output/conflict-lines.js';
import { conflictById } from '../task/conflict-lookup.js';
import { endRead, syncForReading, syncPart, type Action } from './command-context.js';

export function conflictsCommand(options: Readonly<Record<string, unknown>>): Action {
  const dismissed = options['dismiss'];
  return async (context) => {
    const { output, session } = context;
    const outcome = await syncForReading(context);
    const chosen = typeof dismissed === 'string' ? named(session.client, dismissed) : session.client.conflicts();
    if (typeof dismissed === 'string') {
      if (chosen.length === 0 && dismissed !== 'all') {
        throw new CliFailure('document_not_found', `There is no conflict "${dismissed}".`, {
          remedy: 'See them with `conflicts`.',
        });
      }
      for (const each of chosen) session.client.dismissConflict(each.id);
    }
    if (output.asJson) output.json({ conflicts: chosen.map(conflictJson), sync: syncPart(context, outcome) });
    else for (const line of chosen.flatMap(conflictLines)) output.line(line);
    return endRead(context, outcome);
  };
}

function named(client: SyncClient, id: string): readonly ConflictRecord[] {
  if (id === 'all') return client.conflicts();
  const conflict = conflictById(client, id);
  return conflict ? [conflict] : [];
}
