/**
 * Starts and stops the PostgreSQL that the server brings along, for whoever has set no DATABASE_URL.
 *
 * It is a real PostgreSQL with its default settings (fsync on) on a free port of 127.0.0.1, without a Unix socket,
 * with a random password. Invariants: at most one server uses a data folder; a start that fails leaves no process
 * behind; whatever was committed survives the death of this process, of PostgreSQL, or of both, at any moment.
 */
import { Client } from 'pg';
import { setTimeout as delay } from 'node:timers/promises';
import { APP, prepareCluster } from './cluster.js';
import { chooseDataFolder, SYSTEM_FOLDER, type DataFolder } from './data-folder.js';
import { makeFolder } from './folder-access.js';
import { freePort } from './free-port.js';
import { endOrphan } from './orphan.js';
import { claimFolder } from './owner-file.js';
import { folderDenied, isErrno, notRunnable, startFailed } from './postgres-errors.js';
import { findPostgresPackage } from './postgres-package.js';
import { launchPostmaster, type LaunchOptions, type PostgresExit, type Postmaster } from './postmaster.js';
import { reachableBinaries } from './reachable-binaries.js';

const START_ATTEMPTS = 20;
const ATTEMPT_PAUSE_MS = 100;

export interface EmbeddedPostgresOptions {
  /** Where the data live; made if absent. */
  readonly dataDir: string;
  /**
   * Whether somebody chose `dataDir` (the default). False says that it is only the default place: then root may be
   * given another folder where PostgreSQL, which never runs as root, cannot reach this one.
   */
  readonly explicit?: boolean;
  /** Gets each line of PostgreSQL's log. It holds neither statements nor values. */
  readonly log?: (line: string) => void;
  /** False switches fsync off: only for tests, whose data nobody misses. */
  readonly durable?: boolean;
  /** PostgreSQL's max_connections; its default is 100. */
  readonly maxConnections?: number;
  /** The folder for what root must put within reach of the unprivileged PostgreSQL. */
  readonly systemFolder?: string;
}

export interface EmbeddedPostgres {
  /** `postgresql://app:…@127.0.0.1:port/app`; holds the password, so it is not for logs. */
  readonly url: string;
  /** The folder really used, without symbolic links. */
  readonly dataDir: string;
  /** The process id of PostgreSQL. */
  readonly pid: number;
  /** Settles when PostgreSQL has ended, for whatever reason; never rejects. */
  readonly exited: Promise<PostgresExit>;
  /** Fast shutdown, then the folder is given up. Connections still open are cut. May be called more than once. */
  stop(): Promise<void>;
}

/** Throws StartupError for everything that can be expected to go wrong. */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const systemFolder = options.systemFolder ?? SYSTEM_FOLDER;
  const durable = options.durable ?? true;
  const pkg = await findPostgresPackage();
  const place = await chooseDataFolder(options.dataDir, { explicit: options.explicit ?? true, systemFolder });
  const binaries = await reachableBinaries(pkg, place.runAs, systemFolder);

  return inFolder(place, async () => {
    await makeFolder(place.folder, place.runAs);
    const ownership = await claimFolder(place.folder);
    try {
      await endOrphan(place, binaries, ownership.leftAs);
      const password = await prepareCluster(place, { binaries, major: pkg.major, durable });
      const launch = { binaries, settings: settingsFor(options), log: options.log ?? (() => undefined) };
      const { postmaster, port } = await launchOnFreePort(place, launch);
      const url = (database: string): string => `postgresql://${APP}:${password}@127.0.0.1:${port}/${database}`;
      try {
        await ensureDatabase(url);
      } catch (error) {
        await postmaster.stop();
        throw startFailed(place.folder, 'it does not let us in', error);
      }
      let stopped: Promise<void> | undefined;
      const stop = async (): Promise<void> => {
        await postmaster.stop();
        await ownership.release();
      };
      const { pid, exited } = postmaster;
      return { url: url(APP), dataDir: place.folder, pid, exited, stop: () => (stopped ??= stop()) };
    } catch (error) {
      // A process that we could not end may still be there: the next start has to look.
      await ownership.abandon().catch(() => undefined);
      throw error;
    }
  });
}

/** Names the folder when the system refuses us something in it. */
async function inFolder<T>(place: DataFolder, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const refused = isErrno(error, 'EACCES', 'EPERM', 'EROFS', 'ENOENT', 'ENOTDIR', 'EEXIST', 'ENOSPC', 'EDQUOT');
    throw refused ? folderDenied(place.folder, error) : error;
  }
}

function settingsFor(options: EmbeddedPostgresOptions): Record<string, string> {
  return {
    // We read the log from stderr, whatever postgresql.conf says.
    logging_collector: 'off',
    log_destination: 'stderr',
    log_min_messages: 'warning',
    // Documents belong in no log: neither the statement that failed nor the row that it failed on.
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    ...(options.maxConnections === undefined ? {} : { max_connections: String(options.maxConnections) }),
    ...(options.durable === false ? { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' } : {}),
  };
}

async function launchOnFreePort(
  place: DataFolder,
  launch: Omit<LaunchOptions, 'port'>,
): Promise<{ postmaster: Postmaster; port: number }> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    let postmaster: Postmaster;
    try {
      postmaster = await launchPostmaster(place, { ...launch, port });
    } catch (error) {
      throw notRunnable(launch.binaries.postgres, error);
    }
    const ready = await postmaster.ready();
    if (ready.ok) return { postmaster, port };
    await postmaster.stop();
    if (attempt === START_ATTEMPTS || !mayPass(ready.reason)) throw startFailed(place.folder, ready.reason);
    await delay(ATTEMPT_PAUSE_MS);
  }
}

/** Somebody took the port in between, or the children of a postmaster that was killed are just ending. */
function mayPass(reason: string): boolean {
  return /could not (bind|create any TCP\/IP sockets)|pre-existing shared memory block/.test(reason);
}

/** Also proves that PostgreSQL accepts connections with our password. */
async function ensureDatabase(url: (database: string) => string): Promise<void> {
  const client = new Client({ connectionString: url('postgres') });
  try {
    await client.connect();
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [APP]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${APP}`);
  } finally {
    await client.end();
  }
}
