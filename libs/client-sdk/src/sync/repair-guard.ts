/** Bounds how often a client takes a snapshot because it disagrees with the server: at once, then ever more rarely. */
import type { Platform } from '../platform/platform.js';
import { SYNC_LIMITS } from './sync-limits.js';

export class RepairGuard {
  private repairs = 0;
  private lastAt = -Infinity;

  constructor(private readonly platform: Platform) {}

  /** Counts a repair and says how long to wait before it. */
  nextDelayMs(): number {
    const now = this.platform.monotonic();
    if (now - this.lastAt > SYNC_LIMITS.repairQuietMs) this.repairs = 0;
    this.lastAt = now;
    const doubled = SYNC_LIMITS.repairInitialMs * 2 ** Math.min(this.repairs - 1, 30);
    const delay = this.repairs === 0 ? 0 : Math.min(SYNC_LIMITS.repairMaxMs, doubled);
    this.repairs++;
    return delay;
  }
}
