/**
 * `npm run projections:rebuild [-- --repair]`: replays the log and compares it with the live projection.
 *
 * With DATABASE_URL it may run beside the server; the embedded PostgreSQL belongs to one process, so there the server
 * has to be stopped first. Exit codes: 0 the projection is right, or has been repaired; 1 it is not, or could not be
 * looked at; 2 the command was written wrongly.
 */
import { parseArgs } from 'node:util';
import { chooseDatabase } from './database/choose-database.js';
import { openDataSource } from './database/data-source.js';
import { prepareDatabase } from './database/prepare-database.js';
import { createLogger } from './logging/logger.js';
import { ProgressLine } from './projections/progress-line.js';
import { reportText } from './projections/report-text.js';
import { isSound, verifyProjection } from './projections/verify-projection.js';
import { describeFailure } from './describe-failure.js';
import { readSettings } from './settings/settings.js';

async function main(repair: boolean): Promise<boolean> {
  const settings = readSettings(process.env, process.stdout.isTTY);
  const database = await chooseDatabase(settings, createLogger({ ...settings, logLevel: 'silent' }));
  try {
    await prepareDatabase(database.settings, { migrate: database.dataDir !== null });
    const dataSource = await openDataSource(database.settings);
    const progress = new ProgressLine('replaying', process.stderr);
    try {
      const report = await verifyProjection(dataSource, {
        repair,
        onProgress: (done, total) => progress.update(done, total),
      });
      progress.end();
      process.stdout.write(reportText(report));
      return isSound(report);
    } finally {
      await dataSource.destroy();
    }
  } finally {
    await database.stop();
  }
}

function readArguments(): { repair: boolean } {
  try {
    return { repair: parseArgs({ options: { repair: { type: 'boolean' } } }).values.repair ?? false };
  } catch (error) {
    process.stderr.write(
      `${error instanceof Error ? error.message : String(error)}\nUsage: npm run projections:rebuild [-- --repair]\n`,
    );
    process.exit(2);
  }
}

main(readArguments().repair).then(
  (sound) => process.exit(sound ? 0 : 1),
  (error: unknown) => {
    process.stderr.write(describeFailure(error));
    process.exit(1);
  },
);
