/** `diff ID FROM [TO]`: what changed between two versions, or between one and now. */
import { diffLines } from '../output/history-lines.js';
import { readVersion } from '../settings/history-arguments.js';
import { endRead, syncForReading, syncPart, taskById, type Action } from './command-context.js';

export function diffCommand(typed: string, from: string, to: string | undefined): Action {
  const fromVersion = readVersion(from);
  const toVersion = to === undefined ? undefined : readVersion(to);
  return async (context) => {
    const { output, session } = context;
    const { documents } = session.client;
    const outcome = await syncForReading(context);
    const [id = typed] = await session.resolve([typed]);
    const titleOf = async (version: number): Promise<string> => (await documents.at(id, { version }))?.title ?? '';
    const patch = await documents.diff(id, fromVersion, toVersion);
    const titles = {
      from: await titleOf(fromVersion),
      to: toVersion === undefined ? taskById(context, id).document.title : await titleOf(toVersion),
    };
    const title = titles.from === titles.to ? null : titles;
    if (output.asJson) {
      const versions = { from: fromVersion, to: toVersion ?? null };
      output.json({ document_id: id, ...versions, title, patch, sync: syncPart(context, outcome) });
    } else {
      for (const line of diffLines(title, patch)) output.line(line);
    }
    return endRead(context, outcome);
  };
}
