/**
 * How the user's stream settles overlaps is the server's to know. An engine that was opened with a strategy tells the
 * server once it is online; a server that says no is reported like any other sync error.
 */
import type { SyncClient } from '@json-database-sync/client';
import { SyncError, isErrorCode } from '@json-database-sync/domain';
import { z } from 'zod';

const REQUEST_TIMEOUT_MS = 10_000;
const refusalSchema = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

export interface StrategyWish {
  readonly strategy: string;
  readonly url: string;
  readonly token: string;
}

/** Keeps at it until the server has taken it or turned it down; connections come and go meanwhile. */
export function wishForStrategy(client: SyncClient, wish: StrategyWish, failed: (error: SyncError) => void): void {
  let busy = false;
  const stop = client.on('connection', ({ state }) => {
    if (state !== 'online' || busy) return;
    busy = true;
    putStrategy(client, wish)
      .then(stop, (error: unknown) => {
        // What did not get through is tried again at the next connection; what was refused is not.
        if (error instanceof SyncError) {
          stop();
          failed(error);
        }
      })
      .finally(() => (busy = false));
  });
}

async function putStrategy(client: SyncClient, { strategy, url, token }: StrategyWish): Promise<void> {
  const { userId } = client.status();
  if (userId === null) return;
  const place = new URL(url);
  place.protocol = place.protocol === 'wss:' ? 'https:' : 'http:';
  place.search = '';
  place.pathname = `${place.pathname.replace(/\/ws\/?$/, '')}/api/streams/${userId}/strategy`;
  const response = await fetch(place, {
    method: 'PUT',
    headers: { authorization: `Bearer ${token}`, 'x-user-id': userId, 'content-type': 'application/json' },
    body: JSON.stringify({ strategy }),
    signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
  });
  if (response.ok) return;
  const refusal = refusalSchema.safeParse(await response.json().catch(() => undefined));
  const { code, message } = refusal.success ? refusal.data.error : { code: '', message: `status ${response.status}` };
  throw new SyncError(isErrorCode(code) ? code : 'server_error', `the strategy was not set: ${message}`);
}
