/** One line on a terminal that says how far a long task is. Silent for what is done within a second, and elsewhere. */
const FIRST_MS = 1_000;
const EACH_MS = 200;

export interface TerminalSink {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export class ProgressLine {
  private next: number;
  private shown = false;

  constructor(
    private readonly what: string,
    private readonly sink: TerminalSink,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.next = this.now() + FIRST_MS;
  }

  update(done: number, total: number): void {
    if (this.sink.isTTY !== true || this.now() < this.next) return;
    this.next = this.now() + EACH_MS;
    this.shown = true;
    const percent = total === 0 ? 100 : Math.min(100, Math.floor((100 * done) / total));
    this.sink.write(`\r${this.what}: ${done} of ${total} (${percent}%)`);
  }

  /** Leaves the line empty for what comes next. */
  end(): void {
    if (this.shown) this.sink.write('\r\u001b[K');
  }
}
