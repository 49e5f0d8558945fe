/** Telling a server that is not there from one that does not want us. */
import type { SyncStatus } from '@json-database-sync/client';
import { CATALOGUE, isErrorCode, SyncError } from '@json-database-sync/domain';
import type { SyncOutcome } from './outcome.js';

export function refusalOf(lastError: SyncStatus['lastError']): SyncOutcome | undefined {
  if (!lastError || !isErrorCode(lastError.code)) return undefined;
  const { recovery } = CATALOGUE[lastError.code];
  const refused = recovery === 'reauthenticate' || ['forbidden', 'unsupported_protocol'].includes(lastError.code);
  if (!refused) return undefined;
  return { state: 'refused', code: lastError.code, reason: lastError.message, remedy: lastError.remedy };
}

export function unreachableReason(reason: string | undefined, server: string): string {
  if (reason === undefined || reason === '') return `no answer from ${server}`;
  return reason.includes('ECONNREFUSED') ? `nothing listens at ${server}` : reason;
}

/** What stopped the sync for another reason than time, the local store for instance. */
export function failureOutcome(error: unknown): SyncOutcome | undefined {
  if (!(error instanceof SyncError) || error.code === 'timed_out') return undefined;
  return { state: 'refused', code: error.code, reason: error.message, remedy: error.remedy };
}
