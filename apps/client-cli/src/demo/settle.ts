/** Waiting for what another process does: until it has happened, and never for ever. */
import { setTimeout as delay } from 'node:timers/promises';

export const PATIENCE_MS = 60_000;
const PAUSE_MS = 10;

/** @throws Error naming `what`, after a minute */
export async function until(what: string, holds: () => boolean): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`waited in vain for ${what}`);
    await delay(PAUSE_MS);
  }
}
