/** A document's history: what is pending, then the local log, then the server's where the local one ends. */
import { LIMITS, fromChangeEvent, type DocumentId } from '@json-database-sync/domain';
import type { LocalStore } from '../store/local-store.js';
import type { SyncEngine } from '../sync/engine.js';
import { fromEvent, fromPending } from './change-record.js';
import { readPast } from './past.js';
import type { ChangeRecord } from './types.js';

export class History {
  constructor(
    private readonly store: LocalStore,
    private readonly engine: SyncEngine,
  ) {}

  async of(id: DocumentId, limit: number, beforeVersion: number | null): Promise<ChangeRecord[]> {
    const identity = this.store.identity();
    const records: ChangeRecord[] = [];
    if (beforeVersion === null) {
      const { pending, own, confirmed } = readPast(this.store, id);
      for (const mutation of pending.toReversed()) {
        const event = own.find(({ mutationId }) => mutationId === mutation.mutationId);
        records.push(fromPending(mutation, event, confirmed?.version ?? 0, identity));
      }
    }
    const current = this.store.documents.current(id);
    let next = Math.min(current?.version ?? 0, (beforeVersion ?? Infinity) - 1);
    for (const event of this.store.events.before(id, next + 1, limit)) {
      // A hole (a snapshot took the log's place for a while) ends what is known here.
      if (event.version !== next || records.length >= limit) break;
      records.push(fromEvent(event, identity));
      next--;
    }
    while (next > 0 && records.length < limit) {
      const page = Math.min(limit - records.length, LIMITS.historyPageMax);
      const events = await this.engine.fetchHistory(id, next + 1, page);
      if (!events || events.length === 0) break;
      for (const wire of events) {
        if (wire.version !== next) return records.slice(0, limit);
        records.push(fromEvent(fromChangeEvent(wire, identity.streamId), identity));
        next--;
      }
    }
    return records.slice(0, limit);
  }
}
