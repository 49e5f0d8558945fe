/**
 * The one logger of the process. What is in documents, tokens and passwords never gets into a line: nobody hands them
 * over, and where somebody should, the names below and the error serialiser take them out.
 */
import { pino, type DestinationStream, type Logger, type LoggerOptions } from 'pino';
import pretty from 'pino-pretty';
import type { Settings } from '../settings/settings.js';

const SECRET_NAMES = ['password', 'token', 'auth_token', 'authToken', 'authorization', 'cookie', 'databaseUrl'];
const BODY_NAMES = ['content', 'patch', 'forward', 'reverse', 'forward_patch', 'reverse_patch', 'parameters'];

const MAX_MESSAGE_CHARACTERS = 1_000;
const MAX_CAUSES = 5;

/** @param sink where the lines go instead of stdout, always as JSON then */
export function createLogger(
  settings: Pick<Settings, 'logLevel' | 'logFormat' | 'color'>,
  sink?: DestinationStream,
): Logger {
  const options: LoggerOptions = {
    level: settings.logLevel,
    redact: {
      paths: [...SECRET_NAMES, ...BODY_NAMES].flatMap((name) => [name, `*.${name}`, `*.*.${name}`]),
      censor: '[redacted]',
    },
    serializers: { err: (error: unknown) => describeError(error), error: (error: unknown) => describeError(error) },
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  };
  if (sink) return pino(options, sink);
  if (settings.logFormat === 'json') return pino(options, pino.destination({ dest: 1, sync: true }));
  // In this process rather than in a worker: the last lines before an exit are the ones that matter.
  const people = pretty({
    colorize: settings.color,
    translateTime: 'SYS:HH:MM:ss.l',
    ignore: 'pid,hostname,context,req,res,responseTime,reqId',
    messageFormat: '{if context}{context}: {end}{msg}',
    sync: true,
  });
  return pino(options, people);
}

interface DescribedError {
  readonly type: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
  readonly cause?: DescribedError;
}

/**
 * Only these fields: errors of the database driver carry the statement, its parameters and the row that failed, which
 * are documents and tokens.
 */
export function describeError(error: unknown, depth = 0): DescribedError {
  if (!(error instanceof Error)) return { type: typeof error, message: cut(String(error)) };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return {
    type: error.name,
    message: cut(error.message),
    ...(code !== undefined && { code }),
    ...(error.stack !== undefined && { stack: framesOf(error) }),
    ...(error.cause !== undefined && depth < MAX_CAUSES && { cause: describeError(error.cause, depth + 1) }),
  };
}

/** A stack repeats the message, which has been cut. */
function framesOf(error: Error): string {
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return [`${error.name}: ${cut(error.message)}`, ...frames].join('\n');
}

function cut(text: string): string {
  return text.length > MAX_MESSAGE_CHARACTERS ? `${text.slice(0, MAX_MESSAGE_CHARACTERS)}...` : text;
}
