/** Tells the server how far this client has come: once it has caught up, and whenever it has come further a heartbeat later. */
import type { StreamId } from '@json-database-sync/domain';
import type { LocalStore } from '../store/local-store.js';
import type { Session } from './session.js';
import { SYNC_LIMITS } from './sync-limits.js';

export class Acknowledgements {
  private begun = false;
  private told = 0;

  constructor(
    private readonly context: { readonly store: LocalStore; readonly session: Session; readonly streamId: StreamId },
  ) {}

  begin(): void {
    if (this.begun) return;
    this.begun = true;
    this.tell();
  }

  private tell(): void {
    const { store, session, streamId } = this.context;
    const cursor = store.position(streamId).cursor ?? 0;
    if (cursor > this.told) {
      this.told = cursor;
      session.send({ type: 'ack_changes', stream_id: streamId, up_to_sequence: cursor });
    }
    session.after(SYNC_LIMITS.heartbeatMs, () => this.tell());
  }
}
