/**
 * The server as a process: `npm start`. Starts what `createServer` makes, says what to try next, and ends on a signal.
 *
 * Exit codes: 0 after Ctrl-C or SIGTERM; 1 when it could not start (with one line on stderr for each reason), when it
 * did not stop in time, or after a failure that it cannot go on from.
 */
import 'reflect-metadata';
import type { Logger } from 'pino';
import { createServer, type RunningServer } from './bootstrap.js';
import { chooseDatabase, type ChosenDatabase } from './database/choose-database.js';
import { describeFailure } from './describe-failure.js';
import { greeting } from './greeting.js';
import { createLogger } from './logging/logger.js';
import { readSettings, type ServerSettings } from './settings/settings.js';

/** A terminal's Ctrl-C reaches us twice under npm, directly and passed on; a person is not this fast. */
const SAME_SIGNAL_MS = 500;
const FORCED_EXIT_CODE = 130;

async function main(): Promise<void> {
  const settings = readSettings(process.env, process.stdout.isTTY);
  const logger = createLogger(settings);
  endOnBugs(logger);
  const toldToStop = onSignals(logger);

  const database = await chooseDatabase(settings, logger);
  void database.died.then((reason) => {
    logger.fatal(`the embedded PostgreSQL has ended: ${reason}. Start the server again: it recovers the data.`);
    process.exit(1);
  });
  let server: RunningServer;
  try {
    server = await createServer(database.settings, logger);
  } catch (error) {
    await database.stop();
    throw error;
  }
  greet(server, database, database.settings);

  await toldToStop;
  const inTime = await server.close();
  if (!inTime) logger.error('what was in flight did not finish in time (SHUTDOWN_TIMEOUT_MS): it has been cut');
  await database.stop();
  logger.info('stopped');
  process.exit(inTime ? 0 : 1);
}

/** Settles at the first signal; a second one ends the process at once. */
function onSignals(logger: Logger): Promise<void> {
  return new Promise((resolve) => {
    let first: number | undefined;
    const onSignal = (signal: NodeJS.Signals): void => {
      const now = performance.now();
      if (first === undefined) {
        first = now;
        logger.info(`${signal}: stopping; once more to stop at once`);
        resolve();
      } else if (now - first > SAME_SIGNAL_MS) {
        process.exit(FORCED_EXIT_CODE);
      }
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  });
}

/** Node's own report would print the error's every field, and those of the database driver hold documents. */
function endOnBugs(logger: Logger): void {
  const end = (error: unknown): void => {
    logger.fatal({ err: error }, 'a bug: the server cannot go on');
    process.exit(1);
  };
  process.on('uncaughtException', end);
  process.on('unhandledRejection', end);
}

/** For people, not for programs: kept out of a stdout that is JSON, and out of production. */
function greet(server: RunningServer, { dataDir }: ChosenDatabase, settings: ServerSettings): void {
  if (settings.production) return;
  const stream = settings.logFormat === 'pretty' ? process.stdout : process.stderr;
  stream.write(greeting({ url: server.url, wsUrl: server.wsUrl, dataDir, demoMode: settings.demoMode }));
}

main().catch((error: unknown) => {
  process.stderr.write(describeFailure(error));
  process.exit(1);
});
