/**
 * Every setting, once: its name, how its text is read, its default and what an operator is told about it. The table in
 * docs/operations.md has one row for each of these, and a test keeps the two alike.
 */
import { z } from 'zod';
import { address, flag, oneOf, postgresUrl, text, wholeNumber, type Parser } from './setting-parsers.js';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export const LOG_FORMATS = ['json', 'pretty'] as const;

interface Definition<T> {
  readonly schema: z.ZodType<T>;
  /** What may be written, as it reads in the docs and after "Allowed:". */
  readonly allowed: string;
  /** The default as the docs show it: the text of a value, or words where it depends on something. */
  readonly shown: string;
}

/** A setting whose default is a text like any other, read by the same parser. Set to nothing, it is left out. */
function withDefault<T>(parse: Parser<T>, allowed: string, shown: string): Definition<T> {
  const schema = z
    .string()
    .optional()
    .transform((raw, context) => run(parse, raw?.trim() || shown, context));
  return { schema, allowed, shown };
}

/** A setting that may be absent; `shown` says in words what holds then. */
function optional<T>(parse: Parser<T>, allowed: string, shown: string): Definition<T | undefined> {
  const schema = z
    .string()
    .optional()
    .transform((raw, context) => (raw?.trim() ? run(parse, raw.trim(), context) : undefined));
  return { schema, allowed, shown };
}

/** Falling back to another database because a secret came out empty would look like lost data: empty is a mistake. */
function optionalNotEmpty<T>(parse: Parser<T>, allowed: string, shown: string): Definition<T | undefined> {
  const schema = z
    .string()
    .optional()
    .transform((raw, context) => (raw === undefined ? undefined : run(parse, raw.trim(), context)));
  return { schema, allowed, shown };
}

function run<T>(parse: Parser<T>, raw: string, context: z.RefinementCtx): T {
  const parsed = parse(raw);
  if (parsed.ok) return parsed.value;
  context.addIssue({ code: 'custom', message: parsed.problem });
  return z.NEVER;
}

const FLAG = 'true or false';

export const DEFINITIONS = {
  DATABASE_URL: optionalNotEmpty(
    postgresUrl,
    'postgresql://user:password@host:port/database',
    'none: an embedded PostgreSQL in DATA_DIR',
  ),
  DATA_DIR: optional(text, 'a folder', './data'),
  BIND_ADDRESS: withDefault(address, 'host:port or [IPv6]:port', '0.0.0.0:8080'),
  DEMO_MODE: optional(flag, FLAG, 'true with the embedded PostgreSQL; false with DATABASE_URL or NODE_ENV=production'),
  MONITORING: withDefault(flag, FLAG, 'false'),
  LOG_LEVEL: withDefault(oneOf(LOG_LEVELS), LOG_LEVELS.join(', '), 'info'),
  LOG_FORMAT: optional(oneOf(LOG_FORMATS), LOG_FORMATS.join(' or '), 'pretty on a terminal, otherwise json'),
  DATABASE_POOL_SIZE: withDefault(wholeNumber(2, 500), '2 to 500', '10'),
  DATABASE_CONNECT_TIMEOUT_MS: withDefault(wholeNumber(100, 600_000), '100 to 600000', '10000'),
  DOCUMENT_CACHE_CHARACTERS: withDefault(wholeNumber(1_000_000, 10_000_000_000), '1000000 to 10000000000', '64000000'),
  WAITING_COMMANDS_MAX: withDefault(wholeNumber(1, 1_000_000), '1 to 1000000', '20000'),
  HISTORY_PACK_AFTER_HOURS: withDefault(wholeNumber(0, 1_000_000), '0 to 1000000', '24'),
  SHUTDOWN_TIMEOUT_MS: withDefault(wholeNumber(100, 600_000), '100 to 600000', '15000'),
  AUTH_REQUESTS_PER_MINUTE: withDefault(wholeNumber(1, 1_000_000), '1 to 1000000', '30'),
  TRUSTED_PROXIES: withDefault(wholeNumber(0, 10), '0 to 10', '0'),
  NODE_ENV: optional(text, 'production, or anything else', 'none'),
  NO_COLOR: optional(text, 'anything', 'none'),
} as const satisfies Record<string, Definition<unknown>>;

export type SettingName = keyof typeof DEFINITIONS;

/** Other variables of the environment are none of our business. */
export const environmentSchema = z.object({
  DATABASE_URL: DEFINITIONS.DATABASE_URL.schema,
  DATA_DIR: DEFINITIONS.DATA_DIR.schema,
  BIND_ADDRESS: DEFINITIONS.BIND_ADDRESS.schema,
  DEMO_MODE: DEFINITIONS.DEMO_MODE.schema,
  MONITORING: DEFINITIONS.MONITORING.schema,
  LOG_LEVEL: DEFINITIONS.LOG_LEVEL.schema,
  LOG_FORMAT: DEFINITIONS.LOG_FORMAT.schema,
  DATABASE_POOL_SIZE: DEFINITIONS.DATABASE_POOL_SIZE.schema,
  DATABASE_CONNECT_TIMEOUT_MS: DEFINITIONS.DATABASE_CONNECT_TIMEOUT_MS.schema,
  DOCUMENT_CACHE_CHARACTERS: DEFINITIONS.DOCUMENT_CACHE_CHARACTERS.schema,
  WAITING_COMMANDS_MAX: DEFINITIONS.WAITING_COMMANDS_MAX.schema,
  HISTORY_PACK_AFTER_HOURS: DEFINITIONS.HISTORY_PACK_AFTER_HOURS.schema,
  SHUTDOWN_TIMEOUT_MS: DEFINITIONS.SHUTDOWN_TIMEOUT_MS.schema,
  AUTH_REQUESTS_PER_MINUTE: DEFINITIONS.AUTH_REQUESTS_PER_MINUTE.schema,
  TRUSTED_PROXIES: DEFINITIONS.TRUSTED_PROXIES.schema,
  NODE_ENV: DEFINITIONS.NODE_ENV.schema,
  NO_COLOR: DEFINITIONS.NO_COLOR.schema,
} satisfies Record<SettingName, z.ZodType>);

export function isSettingName(name: unknown): name is SettingName {
  return typeof name === 'string' && Object.hasOwn(DEFINITIONS, name);
}
