/** Waiting in virtual time: it passes, millisecond by millisecond, until something is so. */
import type { FakePlatform } from './fake-platform.js';

const LONGEST_MS = 10_000;

export async function passUntil(platform: FakePlatform, what: string, probe: () => boolean): Promise<void> {
  const end = platform.monotonic() + LONGEST_MS;
  while (!probe()) {
    if (platform.monotonic() >= end) throw new Error(`${LONGEST_MS} virtual ms passed in vain for ${what}`);
    await platform.advance(1);
  }
}
