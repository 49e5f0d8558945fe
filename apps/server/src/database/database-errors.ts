/** The catalogue of what can be wrong with the database at start. None of it repeats the URL, which holds a password. */
import { describeCause, StartupError } from '../startup-error.js';

/** The oldest PostgreSQL that is tested, and the one that must not be passed downwards. */
export const OLDEST_MAJOR = 15;

const CHECK_URL =
  'Check the host and the port in DATABASE_URL, and that PostgreSQL is running and reachable from here.';

export function databaseUnreachable(databaseUrl: string, cause: unknown): StartupError {
  const { reason, remedy } = explain(databaseUrl, cause);
  return new StartupError(
    { code: 'database_unreachable', problem: 'the database cannot be used', reason, remedy },
    { cause },
  );
}

export function databaseTooOld(version: string): StartupError {
  return new StartupError({
    code: 'database_unsupported',
    problem: 'the database cannot be used',
    reason: `it is PostgreSQL ${version}, and the oldest supported one is ${OLDEST_MAJOR}`,
    remedy: `Set DATABASE_URL to a PostgreSQL of ${OLDEST_MAJOR} to 18.`,
  });
}

export function databaseFromTheFuture(migrations: readonly string[]): StartupError {
  return new StartupError({
    code: 'database_unsupported',
    problem: 'the database cannot be used',
    reason: `a newer version of this server has changed its schema (${migrations.join(', ')})`,
    remedy: 'Start that newer version, or set DATABASE_URL to another database.',
  });
}

export function databaseNotMigrated(): StartupError {
  return new StartupError({
    code: 'database_unsupported',
    problem: 'the database cannot be used',
    reason: 'its schema is not that of this version',
    remedy: 'Start the server of this version on it first, which brings the schema up to date.',
  });
}

export function migrationFailed(cause: unknown): StartupError {
  return new StartupError(
    {
      code: 'migration_failed',
      problem: 'the schema of the database could not be brought up to date',
      reason: describeCause(cause),
      remedy: 'Nothing was changed by the step that failed. Repair the cause (rights, disk space), then start again.',
    },
    { cause },
  );
}

interface Explanation {
  readonly reason: string;
  readonly remedy: string;
}

/** Codes: https://www.postgresql.org/docs/current/errcodes-appendix.html, and the system's own. */
function explain(databaseUrl: string, cause: unknown): Explanation {
  const { host, database, user } = partsOf(databaseUrl);
  switch (codeOf(cause)) {
    case 'ECONNREFUSED':
      return { reason: `nothing accepts connections at ${host}`, remedy: CHECK_URL };
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return { reason: `the host name of ${host} cannot be resolved`, remedy: CHECK_URL };
    case 'ENOENT':
      return { reason: 'the socket that DATABASE_URL names is not there', remedy: CHECK_URL };
    case '28P01':
    case '28000':
      return {
        reason: `PostgreSQL at ${host} does not let the user ${user} in`,
        remedy: 'Check the user name and the password in DATABASE_URL, and the pg_hba.conf of that PostgreSQL.',
      };
    case '3D000':
      return {
        reason: `there is no database ${database} at ${host}`,
        remedy: 'Create it (createdb), or correct its name in DATABASE_URL.',
      };
    case '42501':
      return {
        reason: `the user ${user} may not work in the database ${database}`,
        remedy: 'Make that user its owner, or grant it CREATE on the schema.',
      };
    case '53300':
      return {
        reason: `PostgreSQL at ${host} has no connection left`,
        remedy: 'Raise its max_connections, or lower DATABASE_POOL_SIZE on every server that uses it.',
      };
    case '57P03':
      return { reason: `PostgreSQL at ${host} is starting or stopping`, remedy: 'Start the server again in a moment.' };
    default:
      return { reason: `${describeCause(firstOf(cause))} (${host})`, remedy: CHECK_URL };
  }
}

/** A name with several addresses fails with one error for each. */
function firstOf(cause: unknown): unknown {
  return cause instanceof AggregateError && cause.errors.length > 0 ? (cause.errors[0] as unknown) : cause;
}

function codeOf(cause: unknown): string | undefined {
  const error = firstOf(cause);
  const marked = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof marked === 'string' ? marked : undefined;
}

function partsOf(databaseUrl: string): { host: string; database: string; user: string } {
  const url = new URL(databaseUrl);
  const user = decodeURIComponent(url.username) || 'of this process';
  const database = decodeURIComponent(url.pathname.slice(1)) || user;
  return { host: `${url.hostname || 'the local socket'}:${url.port || '5432'}`, database, user };
}
