/**
 * Keeps the event loop going round for a moment after an answer, where one caller's calls follow each other closely: the next
 * one then finds the host awake. To be woken takes a thread, and a core that has gone to sleep with it, longer than most calls
 * do. A call that stands alone costs nothing. Many callers at once, and a machine with one core, need the core themselves.
 */

/** Calls that come so soon after the last answer are a series: a caller that had to be woken itself takes so long. */
const CLOSE_MS = 0.3;
const AWAKE_MS = 0.1;
/** After calls that came together, so many that come singly have to follow. */
const SINGLY = 64;

export interface VigilContext {
  /** Milliseconds, with fractions. */
  readonly now: () => number;
  /** Has the event loop go round once and then run what it is given. */
  readonly goRound: (then: () => void) => void;
  readonly cores: number;
}

export class Vigil {
  private singly = SINGLY;
  private inSeries = false;
  private answeredAt = -Infinity;
  private awake = false;

  constructor(private readonly context: VigilContext) {}

  /** @param calls how many have come at once */
  called(calls: number): void {
    this.singly = calls > 1 ? 0 : this.singly + 1;
    this.inSeries = this.context.now() - this.answeredAt < CLOSE_MS;
  }

  answered(): void {
    this.answeredAt = this.context.now();
    if (this.awake || !this.inSeries || this.singly < SINGLY || this.context.cores < 2) return;
    this.awake = true;
    this.context.goRound(this.goOn);
  }

  private readonly goOn = (): void => {
    this.awake = this.context.now() - this.answeredAt < AWAKE_MS;
    if (this.awake) this.context.goRound(this.goOn);
  };
}
