/** `watch`: every change as a line, as it happens, until Ctrl-C. */
import type { ChangeNotice, ConflictNotice } from '@json-database-sync/client';
import { EXIT } from '../exit-codes.js';
import { changeLineJson } from '../output/document-json.js';
import { STATUS_LOOK, titleText } from '../output/task-row.js';
import { clockText } from '../output/time-text.js';
import { shortId } from '../task/id-lookup.js';
import { taskOf } from '../task/task.js';
import { span, type Line } from '../text/line.js';
import { plainLine } from '../text/plain-text.js';
import type { Action, CommandContext } from './command-context.js';

/** @param stopped settles when the user has had enough */
export function watchCommand(stopped: () => Promise<void>): Action {
  return async (context) => {
    const { session, settings } = context;
    const { client } = session;
    client.on('change', ({ documents }) => documents.forEach((each) => tellChange(context, each)));
    client.on('connection', ({ state, reason }) => tellConnection(context, state, reason));
    client.on('conflict', (conflict) => tellConflict(context, conflict));
    client.on('error', (error) => context.output.note(`${error.code}: ${error.message} ${error.remedy}`));
    // Listening for the end comes before the first word, so that whoever reads it may stop us at once.
    const end = stopped();
    if (settings.offline) tellConnection(context, 'offline', 'asked for');
    else client.connect();
    await end;
    return EXIT.ok;
  };
}

function tellChange({ output, session }: CommandContext, notice: ChangeNotice['documents'][number]): void {
  const now = new Date();
  const document = session.client.documents.get(notice.id, { includeDeleted: true });
  if (output.asJson) {
    output.jsonLine(changeLineJson(notice, document, now));
    return;
  }
  const task = document && taskOf(document);
  const status: Line = task?.status
    ? [span(`  ${STATUS_LOOK[task.status].label}`, { tone: STATUS_LOOK[task.status].tone })]
    : [];
  output.line([
    span(`${clockText(now)}  `, { dim: true }),
    span(notice.origin.padEnd(7), { tone: notice.origin === 'remote' ? 'cyan' : 'gray' }),
    span(notice.kind.padEnd(9), { tone: KIND_TONE[notice.kind] }),
    span(`${shortId(notice.id)}  `, { dim: true }),
    span(task ? titleText(task) : ''),
    ...status,
  ]);
}

const KIND_TONE = { created: 'green', updated: 'blue', deleted: 'red', restored: 'magenta' } as const;

function tellConnection({ output }: CommandContext, state: string, reason: string | undefined): void {
  const now = new Date();
  if (output.asJson) output.jsonLine({ type: 'connection', at: now.toISOString(), state, reason: reason ?? null });
  else output.line([span(`${clockText(now)}  ${state}${reason ? ` (${plainLine(reason)})` : ''}`, { dim: true })]);
}

function tellConflict({ output }: CommandContext, conflict: ConflictNotice): void {
  const now = new Date();
  const { conflictId, documentId, reason } = conflict;
  if (output.asJson) {
    output.jsonLine({ type: 'conflict', at: now.toISOString(), id: conflictId, document_id: documentId, reason });
    return;
  }
  output.line([
    span(`${clockText(now)}  `, { dim: true }),
    span(`conflict  ${shortId(documentId)}  ${plainLine(reason)}`, { tone: 'red' }),
  ]);
}
