/** `list`: the tasks and other documents, most urgent first; as they are or as they were. */
import type { Document } from '@json-database-sync/client';
import { layoutRow, naturalLayout, rowNeeds, taskRow } from '../output/task-row.js';
import { documentJson } from '../output/document-json.js';
import { readTime } from '../settings/history-arguments.js';
import { readFilter } from '../settings/task-options.js';
import { shortId } from '../task/id-lookup.js';
import { byDeletion, byUrgency, matches } from '../task/task-filter.js';
import { taskOf } from '../task/task.js';
import { span } from '../text/line.js';
import { endRead, syncForReading, syncPart, type Action } from './command-context.js';

const ID_CELLS = 10;

export function listCommand(options: Readonly<Record<string, unknown>>): Action {
  const filter = readFilter(options);
  const onlyDeleted = options['deleted'] === true;
  const includeDeleted = onlyDeleted || options['all'] === true;
  const { at } = options;
  const time = typeof at === 'string' ? readTime(at) : undefined;
  return async (context) => {
    const { output, session } = context;
    const outcome = await syncForReading(context);
    const { documents } = session.client;
    const past = time && (await documents.listAt({ time }, { includeDeleted }));
    const found = past
      ? past.documents.map((each): Document => ({ ...each, pending: false, conflicted: false }))
      : documents.list({ includeDeleted });
    const tasks = found
      .map(taskOf)
      .filter((task) => (!onlyDeleted || task.deleted) && matches(task, filter))
      .sort(onlyDeleted ? byDeletion : byUrgency);
    if (output.asJson) {
      const asOf = past ? { sequence: past.sequence } : {};
      output.json({
        documents: tasks.map(documentJson),
        total: tasks.length,
        ...asOf,
        sync: syncPart(context, outcome),
      });
      return endRead(context, outcome);
    }
    const { columns: width } = output.io.stdout;
    const columns =
      width === undefined ? naturalLayout(tasks) : layoutRow(Math.max(1, width - ID_CELLS), rowNeeds(tasks));
    for (const task of tasks) {
      const deleted = task.deleted && !onlyDeleted ? [span(' deleted', { tone: 'red' })] : [];
      output.line([span(shortId(task.id).padEnd(ID_CELLS), { dim: true }), ...taskRow(task, columns), ...deleted]);
    }
    if (tasks.length === 0 && output.io.stdout.isTerminal) output.line([span('nothing to show', { dim: true })]);
    return endRead(context, outcome);
  };
}
