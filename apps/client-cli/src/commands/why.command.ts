/** `why ID`: why a document looks as it does here: what is confirmed, what is pending, what was lost, and who wrote what. */
import { conflictLines } from '../output/conflict-lines.js';
import { changeRecordJson, conflictJson, documentJson } from '../output/document-json.js';
import { blameJson } from '../output/history-json.js';
import { blameLines } from '../output/history-lines.js';
import { historyLines } from '../output/task-details.js';
import { titleText } from '../output/task-row.js';
import { span } from '../text/line.js';
import { endRead, syncForReading, syncPart, taskById, type Action } from './command-context.js';

export function whyCommand(typed: string): Action {
  return async (context) => {
    const { output, session } = context;
    const { client } = session;
    const outcome = await syncForReading(context);
    const [id = typed] = await session.resolve([typed]);
    const report = await client.documents.blame(id);
    const records = await client.documents.history(id, { limit: client.status().pending + 1 });
    const pending = records.filter((record) => record.pending);
    const [conflict] = client.conflicts({ documentId: id, includeDismissed: true, limit: 1 });
    const task = taskById(context, id);
    const { version } = task.document;
    if (output.asJson) {
      output.json({
        document: documentJson(task),
        confirmed_version: version,
        pending: pending.map(changeRecordJson),
        last_conflict: conflict ? conflictJson(conflict) : null,
        ...blameJson(report),
        sync: syncPart(context, outcome),
      });
      return endRead(context, outcome);
    }
    output.line([span(titleText(task), { bold: true })]);
    output.line([span(version === 0 ? 'not yet on the server' : `the server has confirmed version ${version}`)]);
    output.line([span(pending.length === 0 ? 'nothing is waiting to be sent' : 'waiting to be sent:')]);
    for (const line of historyLines(pending)) output.line(line);
    output.line([span(conflict ? 'the last change of this device that lost:' : 'no change of this device has lost')]);
    for (const line of conflict ? conflictLines(conflict) : []) output.line(line);
    output.line([span('who wrote what stands there:')]);
    for (const line of blameLines(report)) output.line(line);
    return endRead(context, outcome);
  };
}
