/** The gate for the options of a client. */
import { SyncError, clientIdSchema, userIdSchema, type ClientId, type UserId } from '@json-database-sync/domain';
import type { BackoffLimits } from '../sync/backoff.js';

const DEFAULT_BACKOFF: BackoffLimits = { initialMs: 250, maxMs: 30_000 };

export function checkedUrl(url: string | undefined): string | null {
  if (url === undefined) return null;
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch (cause) {
    throw new SyncError('invalid_argument', 'the url is not a URL, such as ws://localhost:8080/ws', { cause });
  }
  if (parsed.protocol === 'http:' || parsed.protocol === 'https:') {
    const scheme = parsed.protocol === 'http:' ? 'ws' : 'wss';
    throw new SyncError('invalid_argument', `the url has to begin with ${scheme}://, not ${parsed.protocol}//`);
  }
  if (parsed.protocol !== 'ws:' && parsed.protocol !== 'wss:') {
    throw new SyncError('invalid_argument', 'the url has to begin with ws:// or wss://');
  }
  if (parsed.hash !== '') throw new SyncError('invalid_argument', 'the url may have no fragment (#...)');
  return parsed.href;
}

export function checkedBackoff(backoff: BackoffLimits | undefined): BackoffLimits {
  if (backoff === undefined) return DEFAULT_BACKOFF;
  const { initialMs, maxMs } = backoff;
  if (!(Number.isFinite(initialMs) && Number.isFinite(maxMs) && initialMs > 0 && maxMs >= initialMs)) {
    throw new SyncError('invalid_argument', 'backoff needs initialMs above 0 and maxMs no smaller');
  }
  return { initialMs, maxMs };
}

export function checkedUserId(userId: string): UserId {
  const parsed = userIdSchema.safeParse(userId);
  if (!parsed.success) throw new SyncError('invalid_argument', 'the user id is not a UUID');
  return parsed.data;
}

export function checkedClientId(clientId: string): ClientId {
  const parsed = clientIdSchema.safeParse(clientId);
  if (!parsed.success) throw new SyncError('invalid_argument', 'the client id is not a UUID');
  return parsed.data;
}
