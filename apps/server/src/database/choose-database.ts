/** The database that the settings lead to: the operator's own, or the embedded PostgreSQL, started for us. */
import type { Logger } from 'pino';
import { startEmbeddedPostgres } from '../postgres/embedded-postgres.js';
import { withDatabase, type ServerSettings, type Settings } from '../settings/settings.js';

export interface ChosenDatabase {
  readonly settings: ServerSettings;
  /** The data folder of the embedded PostgreSQL; null for a database of one's own. */
  readonly dataDir: string | null;
  /** Settles, with the reason, when the embedded PostgreSQL has ended without being told to. Never rejects. */
  readonly died: Promise<string>;
  stop(): Promise<void>;
}

/** @throws StartupError */
export async function chooseDatabase(settings: Settings, logger: Logger): Promise<ChosenDatabase> {
  if (settings.databaseUrl !== null) {
    const never = new Promise<string>(() => undefined);
    return { settings: withDatabase(settings, settings.databaseUrl), dataDir: null, died: never, stop: async () => {} };
  }
  const { path, explicit } = settings.dataDir;
  const log = logger.child({ context: 'PostgreSQL' });
  const postgres = await startEmbeddedPostgres({ dataDir: path, explicit, log: (line) => log.debug(line) });
  const died = new Promise<string>((resolve) => {
    void postgres.exited.then(({ expected, code, signal }) => {
      if (!expected) resolve(signal === null ? `it ended with code ${String(code)}` : `it was ended by ${signal}`);
    });
  });
  return {
    settings: withDatabase(settings, postgres.url),
    dataDir: postgres.dataDir,
    died,
    stop: () => postgres.stop(),
  };
}
