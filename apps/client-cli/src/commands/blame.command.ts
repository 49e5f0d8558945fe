/** `blame ID`: who made each part of a document what it is. */
import { blameJson } from '../output/history-json.js';
import { blameLines } from '../output/history-lines.js';
import { endRead, syncForReading, syncPart, type Action } from './command-context.js';

export function blameCommand(typed: string): Action {
  return async (context) => {
    const { output, session } = context;
    const outcome = await syncForReading(context);
    const [id = typed] = await session.resolve([typed]);
    const report = await session.client.documents.blame(id);
    if (output.asJson) output.json({ document_id: id, ...blameJson(report), sync: syncPart(context, outcome) });
    else for (const line of blameLines(report)) output.line(line);
    return endRead(context, outcome);
  };
}
