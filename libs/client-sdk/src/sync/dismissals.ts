/**
 * Tells the server of the losses that were dismissed here. Which ones it has not been told of is in the store, so that a
 * dismissal made offline, or before a crash, is told later. Telling it twice has no further effect.
 */
import type { ConflictId, StreamId, WireError } from '@json-database-sync/domain';
import type { LocalStore } from '../store/local-store.js';
import type { Session } from './session.js';
import { mayRetry } from './settle-results.js';

export class Dismissals {
  private inFlight = false;

  constructor(
    private readonly store: LocalStore,
    private readonly session: Session,
    private readonly streamId: StreamId,
  ) {}

  /** There may be something to tell. */
  poke(): void {
    const id = this.inFlight || !this.session.isOpen ? undefined : this.store.conflicts.untold();
    if (id === undefined) return;
    this.inFlight = true;
    this.session.request(
      { type: 'dismiss_conflict', stream_id: this.streamId, conflict_id: id as ConflictId },
      {
        answered: () => this.told(id),
        refused: (error) => this.refused(id, error),
      },
    );
  }

  private told(id: string): void {
    this.inFlight = false;
    this.store.conflicts.markTold(id);
    this.poke();
  }

  /** What a later try may bring is left to the next connection; a server that knows no such loss has nothing to be told. */
  private refused(id: string, error: WireError): void {
    this.inFlight = false;
    if (!mayRetry(error)) this.told(id);
  }
}
