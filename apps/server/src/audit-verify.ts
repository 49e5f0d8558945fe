/**
 * `npm run audit:verify [-- --stream ID [--head HASH]]`: is every event of the log what was committed?
 *
 * With DATABASE_URL it may run beside the server; the embedded PostgreSQL belongs to one process, so there the server
 * has to be stopped first. Exit codes: 0 every chain holds; 1 one is broken, or could not be looked at; 2 the command
 * was written wrongly.
 */
import { parseArgs } from 'node:util';
import { eventHashSchema, streamIdSchema, type EventHash } from '@json-database-sync/domain';
import { summaryText, verdictLine } from './audit/verdict-text.js';
import { verifyStreams, type StreamVerdict } from './audit/verify-streams.js';
import { chooseDatabase } from './database/choose-database.js';
import { openDataSource } from './database/data-source.js';
import { prepareDatabase } from './database/prepare-database.js';
import { describeFailure } from './describe-failure.js';
import { createLogger } from './logging/logger.js';
import { ProgressLine } from './projections/progress-line.js';
import { readSettings } from './settings/settings.js';

interface Asked {
  readonly streamId: string | undefined;
  readonly notedHead: EventHash | undefined;
}

async function main(asked: Asked): Promise<boolean> {
  const settings = readSettings(process.env, process.stdout.isTTY);
  const database = await chooseDatabase(settings, createLogger({ ...settings, logLevel: 'silent' }));
  try {
    await prepareDatabase(database.settings, { migrate: database.dataDir !== null });
    const dataSource = await openDataSource(database.settings);
    const progress = new ProgressLine('verifying', process.stderr);
    let [streams, events, broken] = [0, 0, 0];
    let only: StreamVerdict | undefined;
    try {
      const onProgress = (done: number, total: number): void => progress.update((events = done), total);
      for await (const verdict of verifyStreams(dataSource, { ...asked, onProgress })) {
        streams += 1;
        if (verdict.fault) broken += 1;
        if (asked.streamId !== undefined) only = verdict;
        const line = verdictLine(verdict);
        if (line === undefined) continue;
        progress.end();
        process.stdout.write(`${line}\n`);
      }
      progress.end();
      if (asked.streamId !== undefined && !only) {
        process.stdout.write(`there is no stream ${asked.streamId}\n`);
        return false;
      }
      process.stdout.write(summaryText({ streams, events, broken, only }));
      return broken === 0;
    } finally {
      await dataSource.destroy();
    }
  } finally {
    await database.stop();
  }
}

function readArguments(): Asked {
  try {
    const { values } = parseArgs({ options: { stream: { type: 'string' }, head: { type: 'string' } } });
    if (values.head !== undefined && values.stream === undefined) throw new Error('--head needs --stream');
    return {
      streamId: values.stream === undefined ? undefined : streamIdSchema.parse(values.stream),
      notedHead: values.head === undefined ? undefined : eventHashSchema.parse(values.head),
    };
  } catch (error) {
    const what = error instanceof Error && error.name !== 'ZodError' ? error.message : 'no stream id, or no hash';
    process.stderr.write(`${what}\nUsage: npm run audit:verify [-- --stream ID [--head HASH]]\n`);
    process.exit(2);
  }
}

main(readArguments()).then(
  (sound) => process.exit(sound ? 0 : 1),
  (error: unknown) => {
    process.stderr.write(describeFailure(error));
    process.exit(1);
  },
);
