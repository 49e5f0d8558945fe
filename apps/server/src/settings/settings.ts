/**
 * What the operator has set, read once at start and never changed after. Nobody else reads the environment.
 *
 * Invariants: every mistake is reported, not only the first; no report repeats a value, since it may be a secret; demo
 * mode is never on by default where NODE_ENV is production or a database of one's own is used.
 */
import type { z } from 'zod';
import { StartupError } from '../startup-error.js';
import { DEFINITIONS, LOG_FORMATS, LOG_LEVELS, environmentSchema, isSettingName } from './definitions.js';
import type { Address } from './setting-parsers.js';

export type LogLevel = (typeof LOG_LEVELS)[number];
export type LogFormat = (typeof LOG_FORMATS)[number];

export interface Settings {
  /** null: start the embedded PostgreSQL. Holds a password, so it is not for logs. */
  readonly databaseUrl: string | null;
  readonly bind: Address;
  /** `explicit` is false where nobody has chosen it. */
  readonly dataDir: { readonly path: string; readonly explicit: boolean };
  readonly demoMode: boolean;
  readonly monitoring: boolean;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
  readonly color: boolean;
  readonly databasePoolSize: number;
  readonly databaseConnectTimeoutMs: number;
  /** How much of the documents is kept in memory, as characters of their JSON text. */
  readonly documentCacheCharacters: number;
  /** Changes that may wait for their turn; past it a new one is answered `overloaded`. */
  readonly waitingCommandsMax: number;
  /** How old an event must be to be packed. */
  readonly historyPackAfterHours: number;
  readonly shutdownTimeoutMs: number;
  /** Log-ins and registrations that one address may try. */
  readonly authRequestsPerMinute: number;
  /** How many reverse proxies stand in front, each of which adds to X-Forwarded-For. */
  readonly trustedProxies: number;
  readonly production: boolean;
}

/** Settings of a server that runs: by then it is known which database it uses. */
export interface ServerSettings extends Settings {
  readonly databaseUrl: string;
}

/** The injection token of the `ServerSettings`. */
export const SETTINGS = Symbol('SETTINGS');

/** Everything that is wrong with the settings, one problem for each. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';

  constructor(readonly problems: readonly StartupError[]) {
    super(problems.map((problem) => problem.message).join('\n'));
  }
}

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * @param terminal whether a person looks at stdout
 * @throws SettingsError
 */
export function readSettings(environment: Environment, terminal = false): Settings {
  const decoded = environmentSchema.safeParse(environment);
  if (!decoded.success) throw new SettingsError(decoded.error.issues.map(toProblem));
  const values = decoded.data;
  const production = values.NODE_ENV === 'production';
  return frozen({
    databaseUrl: values.DATABASE_URL ?? null,
    bind: values.BIND_ADDRESS,
    dataDir: { path: values.DATA_DIR ?? DEFINITIONS.DATA_DIR.shown, explicit: values.DATA_DIR !== undefined },
    demoMode: values.DEMO_MODE ?? (values.DATABASE_URL === undefined && !production),
    monitoring: values.MONITORING,
    logLevel: values.LOG_LEVEL,
    logFormat: values.LOG_FORMAT ?? (terminal ? 'pretty' : 'json'),
    // See https://no-color.org: its presence counts, whatever its value.
    color: terminal && values.NO_COLOR === undefined,
    databasePoolSize: values.DATABASE_POOL_SIZE,
    databaseConnectTimeoutMs: values.DATABASE_CONNECT_TIMEOUT_MS,
    documentCacheCharacters: values.DOCUMENT_CACHE_CHARACTERS,
    waitingCommandsMax: values.WAITING_COMMANDS_MAX,
    historyPackAfterHours: values.HISTORY_PACK_AFTER_HOURS,
    shutdownTimeoutMs: values.SHUTDOWN_TIMEOUT_MS,
    authRequestsPerMinute: values.AUTH_REQUESTS_PER_MINUTE,
    trustedProxies: values.TRUSTED_PROXIES,
    production,
  });
}

export function withDatabase(settings: Settings, databaseUrl: string): ServerSettings {
  return frozen({ ...settings, databaseUrl });
}

function toProblem(issue: z.core.$ZodIssue): StartupError {
  const name = issue.path[0];
  const allowed = isSettingName(name) ? DEFINITIONS[name].allowed : 'a text';
  return new StartupError({
    code: 'setting_invalid',
    problem: `the setting ${String(name)} cannot be used`,
    reason: `its value ${issue.message}`,
    remedy: `Allowed: ${allowed}.`,
  });
}

function frozen<T extends object>(value: T): Readonly<T> {
  for (const part of Object.values(value)) {
    if (typeof part === 'object' && part !== null) Object.freeze(part);
  }
  return Object.freeze(value);
}
