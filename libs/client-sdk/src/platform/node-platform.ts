/** The real world, as Node gives it. */
import { hash, randomFillSync } from 'node:crypto';
import type { Platform } from './platform.js';

/** Bytes that are fetched at once: asking the system for sixteen costs as much as for hundreds. */
const pool = new Uint8Array(1024);
let taken = pool.length;

function randomBytes16(): Uint8Array {
  if (taken === pool.length) {
    randomFillSync(pool);
    taken = 0;
  }
  const bytes = pool.slice(taken, taken + 16);
  // What has been handed out is not kept.
  pool.fill(0, taken, taken + 16);
  taken += 16;
  return bytes;
}

export const nodePlatform: Platform = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  random: () => Math.random(),
  randomBytes16,
  setTimer: (delayMs, run, options) => {
    const timer = setTimeout(run, delayMs);
    if (options?.background) timer.unref();
    return () => clearTimeout(timer);
  },
  sha256Hex: (text) => hash('sha256', text, 'hex'),
};
