/** `audit`: who changed what in a stream, oldest first, as the server tells it. */
import type { AuditEntry } from '@json-database-sync/domain';
import { EXIT } from '../exit-codes.js';
import { AuditApi, type AuditParameters } from '../http/audit-api.js';
import { entryLine } from '../output/audit-lines.js';
import { readListOptions, type AuditSelection } from '../settings/audit-options.js';
import { Session } from '../sync/session.js';
import type { PlainAction, PlainContext } from './stoppable.js';

const WHOLE_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function auditCommand(options: Readonly<Record<string, unknown>>): PlainAction {
  const { limit, ...selection } = readListOptions(options);
  return async (context) => {
    const { output } = context;
    const api = new AuditApi(context.settings);
    const { streamId, parameters } = await selected(context, api, selection);
    let shown = 0;
    let last: AuditEntry | undefined;
    for await (const entry of api.entries(streamId, parameters)) {
      if (shown === limit && last) {
        output.note(`there is more: go on with --after ${last.sequence}`);
        break;
      }
      if (output.asJson) output.jsonLine(entry);
      else output.line(entryLine(entry));
      await output.io.stdout.drained();
      shown += 1;
      last = entry;
    }
    if (shown === 0) output.note('there is nothing of this kind');
    return EXIT.ok;
  };
}

/** The stream that is meant, and the document by its whole id: a part of one is looked up in the local database. */
export async function selected(
  { settings }: PlainContext,
  api: AuditApi,
  { streamId, document, parameters }: AuditSelection,
): Promise<{ streamId: string; parameters: AuditParameters }> {
  const stream = streamId ?? (await api.personalStream());
  if (document === undefined) return { streamId: stream, parameters };
  if (WHOLE_ID.test(document)) return { streamId: stream, parameters: { ...parameters, document } };
  const session = await Session.open(settings);
  try {
    const [id] = await session.resolve([document]);
    return { streamId: stream, parameters: { ...parameters, document: id } };
  } finally {
    await session.close();
  }
}
