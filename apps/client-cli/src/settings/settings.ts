/**
 * What the command line and the environment say about the database and the server. An option wins over its variable,
 * a variable over the default.
 */
import { join, resolve } from 'node:path';
import { userIdSchema, LIMITS } from '@json-database-sync/domain';
import { z } from 'zod';
import { CliFailure } from '../cli-failure.js';

/** One fixed user, so that every database opened without further ado is a device of the same person. */
export const DEMO_USER_ID = '550e8400-e29b-41d4-a716-446655440000';
export const DEMO_TOKEN = 'demo-token';
export const DEFAULT_SERVER = 'ws://localhost:8080/ws';
export const DEFAULT_DATABASE = 'alice';
export const DEFAULT_WAIT_SECONDS = 5;

const MAX_WAIT_SECONDS = 24 * 60 * 60;
const RESERVED_ON_WINDOWS = /^(con|prn|aux|nul|com\d|lpt\d)$/i;

export interface Settings {
  readonly database: string;
  readonly databasePath: string;
  readonly server: string;
  readonly token: string;
  /** undefined: the token alone says who it is. */
  readonly userId: string | undefined;
  readonly offline: boolean;
  readonly waitMs: number;
  readonly json: boolean;
}

const databaseName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'takes letters, digits, dots, dashes and underscores, 64 at most')
  .refine((name) => !name.includes('..') && !name.endsWith('.') && !RESERVED_ON_WINDOWS.test(name), 'is no file name');

const serverUrl = z.string().refine((text) => {
  const url = parseUrl(text);
  return url !== null && (url.protocol === 'ws:' || url.protocol === 'wss:') && url.username === '' && url.hash === '';
}, `must be a WebSocket address such as ${DEFAULT_SERVER}`);

const waitSeconds = z
  .string()
  .regex(/^\d+(\.\d+)?$/, 'takes a number of seconds')
  .transform(Number)
  .refine((seconds) => seconds <= MAX_WAIT_SECONDS, 'is longer than a day');

const rawSchema = z.object({
  database: databaseName,
  server: serverUrl,
  token: z.string().min(1, 'is empty').max(LIMITS.tokenCharacters, 'is too long'),
  userId: userIdSchema.optional(),
  offline: z.boolean(),
  wait: waitSeconds,
  json: z.boolean(),
});

/** Each option with its environment variable. */
export const VARIABLES = {
  database: 'SYNC_DATABASE',
  server: 'SYNC_SERVER',
  token: 'SYNC_TOKEN',
  userId: 'SYNC_USER_ID',
  wait: 'SYNC_WAIT',
} as const;

const OPTION_NAMES: Record<string, string> = { userId: '--user-id' };

/**
 * @param options as commander gives them
 * @throws CliFailure invalid_argument, naming every bad option at once; a token's value is never shown
 */
export function readSettings(
  options: Readonly<Record<string, unknown>>,
  env: Readonly<Record<string, string | undefined>>,
  folder: string,
): Settings {
  const given = (key: keyof typeof VARIABLES): unknown => options[key] ?? (env[VARIABLES[key]] || undefined);
  const token = given('token') ?? DEMO_TOKEN;
  const parsed = rawSchema.safeParse({
    database: given('database') ?? DEFAULT_DATABASE,
    server: given('server') ?? DEFAULT_SERVER,
    token,
    // Only the demo token needs to be told whose it is; any other one belongs to someone.
    userId: given('userId') ?? (token === DEMO_TOKEN ? DEMO_USER_ID : undefined),
    offline: options['offline'] === true,
    wait: given('wait') ?? DEFAULT_WAIT_SECONDS.toString(),
    json: options['json'] === true,
  });
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => describe(String(issue.path[0]), issue.message, options));
    throw new CliFailure('invalid_argument', problems.join(' '), { remedy: 'See `cli --help`.' });
  }
  const { wait, ...rest } = parsed.data;
  const databasePath = join(resolve(folder), 'databases', `${rest.database}.sqlite3`);
  return { ...rest, databasePath, userId: rest.userId, waitMs: Math.round(wait * 1000) };
}

function describe(key: string, message: string, options: Readonly<Record<string, unknown>>): string {
  const variable = Object.entries(VARIABLES).find(([name]) => name === key)?.[1];
  const option = OPTION_NAMES[key] ?? `--${key}`;
  const source = options[key] === undefined && variable ? variable : option;
  return `${source} ${key === 'userId' ? 'must be a UUID' : message}.`;
}

function parseUrl(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}
