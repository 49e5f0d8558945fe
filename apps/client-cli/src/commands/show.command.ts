/** `show ID`: everything about one document, deleted or not, as it is or as it was. */
import { CliFailure } from '../cli-failure.js';
import { documentJson } from '../output/document-json.js';
import { detailLines } from '../output/task-details.js';
import { readPoint } from '../settings/history-arguments.js';
import { taskOf } from '../task/task.js';
import { endRead, syncForReading, syncPart, taskById, type Action } from './command-context.js';

export function showCommand(typed: string, options: Readonly<Record<string, unknown>>): Action {
  const { at } = options;
  const point = typeof at === 'string' ? readPoint(at) : undefined;
  return async (context) => {
    const { output, session } = context;
    const outcome = await syncForReading(context);
    const [id = typed] = await session.resolve([typed]);
    const former = point && (await session.client.documents.at(id, point));
    if (point && !former) {
      throw new CliFailure('document_not_found', 'The document did not exist at that time.', {
        remedy: 'See when it was created with `history`.',
      });
    }
    const task = former ? taskOf({ ...former, pending: false, conflicted: false }) : taskById(context, id);
    if (output.asJson) output.json({ document: documentJson(task), sync: syncPart(context, outcome) });
    else for (const line of detailLines(task)) output.line(line);
    return endRead(context, outcome);
  };
}
