/** The real world, as Node gives it. */
import { createHash, randomFillSync } from 'node:crypto';
import type { Platform } from './platform.js';

export const nodePlatform: Platform = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  random: () => Math.random(),
  randomBytes16: () => randomFillSync(new Uint8Array(16)),
  setTimer: (delayMs, run, options) => {
    const timer = setTimeout(run, delayMs);
    if (options?.background) timer.unref();
    return () => clearTimeout(timer);
  },
  sha256Hex: (text) => createHash('sha256').update(text, 'utf8').digest('hex'),
};
