/** `history ID`: who changed what, newest first. */
import { LIMITS } from '@json-database-sync/domain';
import { z } from 'zod';
import { changeRecordJson } from '../output/document-json.js';
import { historyLines } from '../output/task-details.js';
import { decode } from '../settings/task-options.js';
import { endRead, syncForReading, syncPart, type Action } from './command-context.js';

const DEFAULT_LIMIT = 50;
const positive = z
  .string()
  .regex(/^[1-9]\d{0,9}$/, 'takes a number from 1')
  .transform(Number);
const historySchema = z.object({
  limit: positive
    .refine((limit) => limit <= LIMITS.historyPageMax, `takes ${LIMITS.historyPageMax} at most`)
    .optional(),
  before: positive.optional(),
});

export function historyCommand(typed: string, options: Readonly<Record<string, unknown>>): Action {
  const { limit = DEFAULT_LIMIT, before } = decode(historySchema, options);
  return async (context) => {
    const { output, session } = context;
    const outcome = await syncForReading(context);
    const [id = typed] = await session.resolve([typed]);
    const records = await session.client.documents.history(id, {
      limit,
      ...(before === undefined ? {} : { beforeVersion: before }),
    });
    if (output.asJson) {
      output.json({ document_id: id, changes: records.map(changeRecordJson), sync: syncPart(context, outcome) });
    } else {
      for (const line of historyLines(records)) output.line(line);
    }
    return endRead(context, outcome);
  };
}
