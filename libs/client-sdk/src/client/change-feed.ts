/**
 * Tells the application which documents have changed, whoever changed them: this process, the server, or another
 * process on the same file. What to tell is read from the store, by the counter that every change raises, so that a
 * notice can come late but none is lost. While nobody listens, nothing is read.
 */
import type { LocalStore } from '../store/local-store.js';
import type { ChangeNotice } from './types.js';

export class ChangeFeed {
  private counter: number;
  private announcing = false;

  constructor(
    private readonly store: LocalStore,
    private readonly notify: (notice: ChangeNotice) => void,
    private readonly failed: (error: unknown) => void,
    /** Whether there is anybody to tell. */
    private readonly isHeard: () => boolean,
  ) {
    this.counter = store.lastChange();
  }

  /** To be called before a listener is put on: it is told of what is committed from now on. */
  prepare(): void {
    if (!this.isHeard()) this.counter = this.store.lastChange();
  }

  /** Never throws: what it comes after is committed already. */
  announce(): void {
    // A listener that writes comes back here; its change is told after the one that it was told of.
    if (this.announcing || !this.isHeard()) return;
    this.announcing = true;
    try {
      for (;;) {
        const { changes, counter } = this.store.changesAfter(this.counter);
        if (changes.length === 0) break;
        this.counter = counter;
        this.notify({ documents: changes.map(({ id, kind, origin }) => ({ id, kind, origin })) });
      }
    } catch (error) {
      this.failed(error);
    } finally {
      this.announcing = false;
    }
  }
}
