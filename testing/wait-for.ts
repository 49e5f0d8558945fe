/** Waiting in tests: for a state that can be observed, never for an amount of time. */
import { setTimeout as delay } from 'node:timers/promises';

const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 50;

/**
 * Asks `probe` until it gives something other than undefined and false, and returns that. After `timeoutMs` it fails
 * naming `what` ("the second client to show the task") and, if the probe threw the last time, why.
 */
export async function waitFor<T>(
  what: string,
  probe: () => T | undefined | false | Promise<T | undefined | false>,
  { timeoutMs = 15_000 }: { timeoutMs?: number } = {},
): Promise<T> {
  const end = performance.now() + timeoutMs;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    let problem: unknown;
    let reason = '';
    try {
      const found = await probe();
      if (found !== undefined && found !== false) return found;
    } catch (error) {
      problem = error;
      reason = ` (${String(error)})`;
    }
    if (performance.now() > end) {
      throw new Error(`waited ${timeoutMs} ms in vain for ${what}${reason}`, { cause: problem });
    }
    await delay(pause);
  }
}
