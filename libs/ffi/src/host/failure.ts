/** What a call that failed is answered with. */
import { SyncError } from '@json-database-sync/domain';
import { CATALOGUE_STATUS, LIBRARY_STATUS } from '../abi/status-codes.js';
import { NotJson } from './arguments.js';
import { FrameError } from './frame.js';

export interface Failure {
  readonly status: number;
  /** What happened, what to do about it, and facts for a program as JSON. */
  readonly fields: readonly [message: string, remedy: string, details: string | null];
}

export function failureOf(error: unknown): Failure {
  if (error instanceof SyncError) {
    const details = error.details === undefined ? null : JSON.stringify(error.details);
    return { status: CATALOGUE_STATUS[error.code], fields: [error.message, error.remedy, details] };
  }
  if (error instanceof NotJson) {
    return { status: LIBRARY_STATUS.not_json, fields: [error.message, 'Hand over JSON text (RFC 8259).', null] };
  }
  // What V8 says of a text that is longer than it can make one.
  if (error instanceof RangeError) {
    const remedy = 'Ask for less at once, with a limit and an offset.';
    return { status: LIBRARY_STATUS.result_too_large, fields: [error.message, remedy, null] };
  }
  // The two sides of the library do not understand each other.
  if (error instanceof FrameError) throw error;
  const message = error instanceof Error ? error.message : String(error);
  return {
    status: LIBRARY_STATUS.internal,
    fields: [message, 'This is a bug in the library: please report it.', null],
  };
}
