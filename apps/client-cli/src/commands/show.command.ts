/** `show ID`: everything about one document, deleted or not. */
import { documentJson } from '../output/document-json.js';
import { detailLines } from '../output/task-details.js';
import { endRead, syncForReading, syncPart, taskById, type Action } from './command-context.js';

export function showCommand(typed: string): Action {
  return async (context) => {
    const { output, session } = context;
    const outcome = await syncForReading(context);
    const [id = typed] = await session.resolve([typed]);
    const task = taskById(context, id);
    if (output.asJson) output.json({ document: documentJson(task), sync: syncPart(context, outcome) });
    else for (const line of detailLines(task)) output.line(line);
    return endRead(context, outcome);
  };
}
