/** Dear work, a few at a time: the others wait in line, and where the line is full `overloaded` says so. */
import { SyncError } from '@json-database-sync/domain';

export interface TurnBounds {
  readonly atOnce: number;
  readonly waiting: number;
}

export class Turns {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  /** @param full what is said when the line is full */
  constructor(
    private readonly bounds: TurnBounds,
    private readonly full: string,
  ) {}

  /** @throws SyncError `overloaded`, and what `work` throws */
  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.running >= this.bounds.atOnce) {
      if (this.waiting.length >= this.bounds.waiting) throw new SyncError('overloaded', this.full);
      // Whoever finishes hands its place on, so `running` stays as it is.
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    } else {
      this.running += 1;
    }
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.running -= 1;
    }
  }
}
