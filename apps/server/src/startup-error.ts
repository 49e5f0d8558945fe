/**
 * Why the server could not start, told so that a person can act on it.
 *
 * Every expected reason for a failed start is one of these; whoever starts the server prints `message`, which is one
 * line, and no stack trace. Anything else that is thrown while starting is a bug.
 */

/** The stable names of what can go wrong while starting. */
export type StartupErrorCode =
  | 'setting_invalid'
  | 'address_unavailable'
  | 'database_unreachable'
  | 'database_unsupported'
  | 'migration_failed'
  | 'postgres_platform_unsupported'
  | 'postgres_package_damaged'
  | 'postgres_not_runnable'
  | 'postgres_init_failed'
  | 'postgres_start_failed'
  | 'data_folder_unreachable'
  | 'data_folder_denied'
  | 'data_folder_in_use'
  | 'data_folder_other_version'
  | 'data_folder_damaged';

/** The three parts of the line that a person reads. */
export interface StartupProblem {
  readonly code: StartupErrorCode;
  /** What went wrong, without a full stop: `the data folder /srv/x cannot be used`. */
  readonly problem: string;
  /** Why, without a full stop: `another server (process 12) is using it`. */
  readonly reason: string;
  /** What to do, as one or two whole sentences: `Stop that server, or set DATA_DIR to another folder.` */
  readonly remedy: string;
}

/** Carries one catalogued start-up problem; its text is `problem: reason. remedy`, always on one line. */
export class StartupError extends Error {
  readonly code: StartupErrorCode;
  readonly problem: string;
  readonly reason: string;
  readonly remedy: string;

  constructor(parts: StartupProblem, options?: { cause?: unknown }) {
    super(oneLine(`${parts.problem}: ${withoutStop(parts.reason)}. ${parts.remedy}`), options);
    this.name = 'StartupError';
    this.code = parts.code;
    this.problem = parts.problem;
    this.reason = parts.reason;
    this.remedy = parts.remedy;
  }
}

/** The text of whatever was thrown, on one line: used as the reason of a start-up problem. */
export function describeCause(cause: unknown): string {
  const hasMessage = typeof cause === 'object' && cause !== null && 'message' in cause;
  const text = String(hasMessage ? cause.message : cause);
  return withoutStop(oneLine(text)) || 'unknown reason';
}

/** Other programs' messages may end in a full stop; ours follows anyway. */
function withoutStop(text: string): string {
  return text.trim().replace(/\.$/, '');
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
