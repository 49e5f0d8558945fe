/** An error that is told to the user as it is: what happened, what to do about it, and the exit code. */
import { CATALOGUE, SyncError, type ErrorCode } from '@json-database-sync/domain';
import { EXIT, exitCodeFor, type ExitCode } from './exit-codes.js';

/** `unexpected` is a fault of this program, and so in nobody's catalogue. */
export type FailureCode = ErrorCode | 'unexpected';

export interface CliFailureOptions {
  /** Instead of the catalogue's, where this program can say something more useful. */
  readonly remedy?: string;
  readonly exitCode?: ExitCode;
  readonly cause?: unknown;
}

const UNEXPECTED_REMEDY = 'This is a fault of the program. With DEBUG=1 it shows where.';

export class CliFailure extends Error {
  override readonly name = 'CliFailure';
  readonly remedy: string;
  readonly exitCode: ExitCode;

  constructor(
    readonly code: FailureCode,
    what: string,
    options: CliFailureOptions = {},
  ) {
    super(what, options.cause === undefined ? undefined : { cause: options.cause });
    this.remedy = options.remedy ?? (code === 'unexpected' ? UNEXPECTED_REMEDY : CATALOGUE[code].remedy);
    this.exitCode = options.exitCode ?? (code === 'unexpected' ? EXIT.failure : exitCodeFor(code));
  }
}

/** Whatever was thrown, as something to tell. What is not in the catalogue is a bug of ours, and says so. */
export function failureOf(error: unknown): CliFailure {
  if (error instanceof CliFailure) return error;
  if (error instanceof SyncError) {
    return new CliFailure(error.code, error.message, { remedy: error.remedy, cause: error });
  }
  const what = error instanceof Error ? error.message : String(error);
  return new CliFailure('unexpected', `Something unforeseen happened: ${what}`, { cause: error });
}
