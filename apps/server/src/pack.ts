/**
 * `npm run history:pack [-- --older-than-hours N]`: packs old events now, as fast as it goes.
 *
 * A running server does the same by itself, slowly. With DATABASE_URL this may run beside it; the embedded PostgreSQL
 * belongs to one process, so there the server has to be stopped first. Exit codes: 0 done; 1 it could not be done, or
 * not all of it; 2 the command was written wrongly.
 */
import { parseArgs } from 'node:util';
import { chooseDatabase } from './database/choose-database.js';
import { openDataSource } from './database/data-source.js';
import { prepareDatabase } from './database/prepare-database.js';
import { describeFailure } from './describe-failure.js';
import { createLogger } from './logging/logger.js';
import { packOldEvents } from './packing/packer.js';
import { countEvents } from './projections/log-reader.js';
import { ProgressLine } from './projections/progress-line.js';
import { wholeNumber } from './settings/setting-parsers.js';
import { readSettings } from './settings/settings.js';

const USAGE = 'Usage: npm run history:pack [-- --older-than-hours N]\n';
const HOUR_MS = 3_600_000;
const MOST_HOURS = 1_000_000;

async function main(olderThanHours: number | undefined): Promise<boolean> {
  const settings = readSettings(process.env, process.stdout.isTTY);
  const hours = olderThanHours ?? settings.historyPackAfterHours;
  const database = await chooseDatabase(settings, createLogger({ ...settings, logLevel: 'silent' }));
  try {
    await prepareDatabase(database.settings, { migrate: database.dataDir !== null });
    const dataSource = await openDataSource(database.settings);
    const progress = new ProgressLine('packing', process.stderr);
    try {
      const runner = dataSource.createQueryRunner();
      const total = await countEvents(runner).finally(() => runner.release());
      const failures: string[] = [];
      let done = 0;
      const { events, finished } = await packOldEvents(dataSource, {
        before: new Date(Date.now() - hours * HOUR_MS),
        rests: false,
        waits: true,
        onPacked: (packed) => progress.update((done += packed), total),
        onFailure: ({ streamId, documentId }, error) => {
          const reason = error instanceof Error ? error.message : String(error);
          failures.push(`document ${documentId} of stream ${streamId}: ${reason}`);
        },
      });
      progress.end();
      process.stdout.write(`packed ${events} of ${total} events; every version and every number stays readable\n`);
      for (const failure of failures) process.stderr.write(`could not be packed: ${failure}\n`);
      if (!finished) process.stderr.write('not finished: another packer does not let go of the log; try again later\n');
      return finished && failures.length === 0;
    } finally {
      await dataSource.destroy();
    }
  } finally {
    await database.stop();
  }
}

function readArguments(): number | undefined {
  try {
    const { values } = parseArgs({ options: { 'older-than-hours': { type: 'string' } } });
    const text = values['older-than-hours'];
    if (text === undefined) return undefined;
    const hours = wholeNumber(0, MOST_HOURS)(text);
    if (!hours.ok) throw new Error(`--older-than-hours ${hours.problem}`);
    return hours.value;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
    process.exit(2);
  }
}

main(readArguments()).then(
  (done) => process.exit(done ? 0 : 1),
  (error: unknown) => {
    process.stderr.write(describeFailure(error));
    process.exit(1);
  },
);
