/**
 * Exponential backoff with full jitter: each wait is a random part of a limit that doubles, so that many clients that
 * lost one server do not come back in step.
 *
 * Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog (2015).
 */
export interface BackoffLimits {
  readonly initialMs: number;
  readonly maxMs: number;
}

export class Backoff {
  private attempt = 0;

  constructor(
    private readonly limits: BackoffLimits,
    private readonly random: () => number,
  ) {}

  /** The next wait, in milliseconds. */
  next(): number {
    const limit = Math.min(this.limits.maxMs, this.limits.initialMs * 2 ** Math.min(this.attempt, 30));
    this.attempt++;
    return Math.round(limit * this.random());
  }

  reset(): void {
    this.attempt = 0;
  }
}
