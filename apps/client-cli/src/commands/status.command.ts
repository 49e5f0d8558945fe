/** `status`: this database, the server, and how far apart they are. */
import { statusJson, syncJson } from '../output/document-json.js';
import { statusLines } from '../output/status-lines.js';
import { endRead, syncForReading, type Action } from './command-context.js';

export function statusCommand(): Action {
  return async (context) => {
    const { output, session, settings } = context;
    const outcome = await syncForReading(context);
    // Where it cannot be told now, the status says when it last could.
    if (outcome.state === 'synced') await session.verify(false).catch(() => undefined);
    const status = session.client.status();
    if (output.asJson) output.json({ ...statusJson(status), sync: syncJson(outcome, status.pending) });
    else for (const line of statusLines(status, settings.server)) output.line(line);
    return endRead(context, outcome);
  };
}
