/** `verify`: whether this database holds what the server holds; what does not is put right. */
import { CliFailure } from '../cli-failure.js';
import { EXIT } from '../exit-codes.js';
import { repairedJson, verifiedLine, repairedLine } from '../output/verified.js';
import { endRead, syncForReading, syncPart, type Action } from './command-context.js';

export function verifyCommand(options: Readonly<Record<string, unknown>>): Action {
  const deep = options['deep'] === true;
  return async (context) => {
    const { output, session } = context;
    const outcome = await syncForReading(context);
    if (outcome.state === 'refused') return endRead(context, outcome);
    if (outcome.state !== 'synced') {
      throw new CliFailure('timed_out', 'Whether this database is in sync cannot be told without the server.', {
        remedy: 'Try again when the server can be reached; --wait allows more time.',
        exitCode: EXIT.notSynced,
      });
    }
    const { sequence, verifiedAt, repaired } = await session.verify(deep);
    if (output.asJson) {
      const verified = { sequence, at: verifiedAt };
      output.json({ verified, repaired: repaired.map(repairedJson), sync: syncPart(context, outcome) });
    } else {
      for (const document of repaired) output.line(repairedLine(document));
      output.line(verifiedLine(sequence));
    }
    return endRead(context, outcome);
  };
}
