/**
 * Virtual time: everything that happens is an event in one queue, run in the order of time and, at the same moment, of
 * scheduling. Between two events all that promises have to do by themselves is done, so that a run depends on nothing
 * but its seed.
 */
import { setImmediate } from 'node:timers/promises';

interface Entry {
  readonly at: number;
  readonly order: number;
  run: (() => void) | null;
}

export class VirtualTime {
  /** Milliseconds since the start. */
  now = 0;
  /** Events run so far. */
  count = 0;
  private order = 0;
  private readonly heap: Entry[] = [];

  /** @returns how to cancel it */
  schedule(delayMs: number, run: () => void): () => void {
    const entry: Entry = { at: this.now + Math.max(0, delayMs), order: this.order++, run };
    this.push(entry);
    return () => {
      entry.run = null;
    };
  }

  /** Runs events until `done` or until that much time has passed. */
  async runUntil(done: () => boolean, maxMs: number): Promise<boolean> {
    const end = this.now + maxMs;
    for (;;) {
      await setImmediate();
      if (done()) return true;
      const next = this.heap[0];
      if (!next || next.at > end) {
        this.now = end;
        return false;
      }
      this.pop();
      if (!next.run) continue;
      this.now = next.at;
      this.count++;
      next.run();
    }
  }

  private push(entry: Entry): void {
    const { heap } = this;
    let child = heap.push(entry) - 1;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (!this.swapIfLess(child, parent)) break;
      child = parent;
    }
  }

  private pop(): void {
    const { heap } = this;
    const last = heap.pop();
    if (!last || heap.length === 0) return;
    heap[0] = last;
    let parent = 0;
    for (;;) {
      const left = 2 * parent + 1;
      const child = this.isLess(left + 1, left) ? left + 1 : left;
      if (!this.swapIfLess(child, parent)) return;
      parent = child;
    }
  }

  private isLess(a: number, b: number): boolean {
    const [one, other] = [this.heap[a], this.heap[b]];
    if (!one || !other) return false;
    return one.at < other.at || (one.at === other.at && one.order < other.order);
  }

  private swapIfLess(a: number, b: number): boolean {
    const [one, other] = [this.heap[a], this.heap[b]];
    if (!one || !other || !this.isLess(a, b)) return false;
    this.heap[a] = other;
    this.heap[b] = one;
    return true;
  }
}

/** A process that can be killed: nothing of it runs afterwards, not even what it had under way. */
export class Life {
  alive = true;

  constructor(private readonly time: VirtualTime) {}

  after(delayMs: number, run: () => void): () => void {
    return this.time.schedule(delayMs, () => {
      if (this.alive) run();
    });
  }

  /** Never settles once the process is dead. */
  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => void this.after(delayMs, resolve));
  }

  end(): void {
    this.alive = false;
  }
}
