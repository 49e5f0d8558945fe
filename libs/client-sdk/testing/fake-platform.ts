/** A platform with virtual time and seeded chance: tests decide when a moment passes. */
import { createHash } from 'node:crypto';
import type { Platform } from '../src/platform/platform.js';

interface Timer {
  readonly due: number;
  readonly order: number;
  readonly run: () => void;
}

export class FakePlatform implements Platform {
  private elapsed = 0;
  private order = 0;
  private readonly timers = new Set<Timer>();
  private seed: number;
  /** Added to the wall clock only. */
  clockSkewMs = 0;

  constructor(seed = 1) {
    this.seed = seed;
  }

  now(): number {
    return 1_800_000_000_000 + Math.floor(this.elapsed) + this.clockSkewMs;
  }

  monotonic(): number {
    return this.elapsed;
  }

  /** mulberry32 */
  random(): number {
    this.seed = (this.seed + 0x6d2b79f5) | 0;
    let t = Math.imul(this.seed ^ (this.seed >>> 15), 1 | this.seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  randomBytes16(): Uint8Array {
    return Uint8Array.from({ length: 16 }, () => Math.floor(this.random() * 256));
  }

  setTimer(delayMs: number, run: () => void): () => void {
    const timer: Timer = { due: this.elapsed + delayMs, order: this.order++, run };
    this.timers.add(timer);
    return () => void this.timers.delete(timer);
  }

  sha256Hex(text: string): string {
    return createHash('sha256').update(text, 'utf8').digest('hex');
  }

  get pendingTimers(): number {
    return this.timers.size;
  }

  /** Lets this much time pass, timer by timer in order, promises settling in between. */
  async advance(ms: number): Promise<void> {
    const until = this.elapsed + ms;
    for (;;) {
      await settled();
      const next = [...this.timers].sort((a, b) => a.due - b.due || a.order - b.order)[0];
      if (!next || next.due > until) break;
      this.elapsed = Math.max(this.elapsed, next.due);
      this.timers.delete(next);
      next.run();
    }
    this.elapsed = until;
  }
}

/** Everything that promises had to do by themselves is done. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 8; turn++) await Promise.resolve();
}
