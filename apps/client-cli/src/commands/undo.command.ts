/** `undo`, `redo` and `revert`: changes that take back others. They work offline, like any change. */
import type { Document } from '@json-database-sync/client';
import { previewJson } from '../output/history-json.js';
import { previewLines } from '../output/history-lines.js';
import { readVersion } from '../settings/history-arguments.js';
import { BEFORE_WRITING } from '../sync/session.js';
import { endRead, endWrite, syncForReading, syncPart, type Action, type CommandContext } from './command-context.js';

type Options = Readonly<Record<string, unknown>>;

export function undoCommand(typed: string, options: Options): Action {
  const { version } = options;
  const asked = {
    ...(typeof version === 'string' && { version: readVersion(version) }),
    force: options['force'] === true,
  };
  if (options['preview'] === true) return (context) => preview(context, typed, asked);
  return (context) => changing(context, typed, 'undone', (id) => context.session.client.documents.undo(id, asked));
}

export function redoCommand(typed: string, options: Options): Action {
  const force = options['force'] === true;
  return (context) => changing(context, typed, 'redone', (id) => context.session.client.documents.redo(id, { force }));
}

export function revertCommand(typed: string, version: string): Action {
  const toVersion = readVersion(version);
  return (context) =>
    changing(context, typed, 'reverted', (id) => context.session.client.documents.revert(id, toVersion));
}

async function changing(
  context: CommandContext,
  typed: string,
  verb: string,
  change: (id: string) => Promise<Document>,
): ReturnType<Action> {
  const { session } = context;
  // Against the latest state, so that what is in the way is known here and not only when it is sent.
  await session.sync(BEFORE_WRITING);
  const [id = typed] = await session.resolve([typed]);
  const before = session.client.status().pending;
  await change(id);
  const changed = session.client.status().pending !== before;
  return endWrite(context, changed ? verb : 'unchanged', [id]);
}

async function preview(
  context: CommandContext,
  typed: string,
  asked: { readonly version?: number; readonly force: boolean },
): ReturnType<Action> {
  const { output, session } = context;
  const outcome = await syncForReading(context);
  const [id = typed] = await session.resolve([typed]);
  const plan = await session.client.documents.previewUndo(id, asked);
  if (output.asJson) output.json({ document_id: id, ...previewJson(plan), sync: syncPart(context, outcome) });
  else for (const line of previewLines(plan, session.client.documents.get(id)?.title)) output.line(line);
  return endRead(context, outcome);
}
