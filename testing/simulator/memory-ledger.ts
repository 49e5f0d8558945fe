/** The ledger over the tables in memory: only the reading and writing of rows is other than the server's. */
import type { ConflictId, StreamId, WireConflict } from '@json-database-sync/domain';
import {
  ConflictLedger,
  toWire,
  unknownConflict,
  type ConflictPage,
  type ConflictRow,
} from '../../apps/server/src/conflicts/conflict-ledger.js';
import type { MemoryDatabase, Row } from './memory-database.js';
import type { MemoryEventStore, RoundTrip } from './memory-event-store.js';

export class MemoryLedger extends ConflictLedger {
  constructor(
    private readonly database: MemoryDatabase,
    store: MemoryEventStore,
    private readonly roundTrip: RoundTrip,
  ) {
    // Every statement is overridden: there is no data source behind them.
    super(undefined as never, store);
  }

  override list(
    streamId: StreamId,
    { documentId, status, before, limit }: ConflictPage,
  ): Promise<{ conflicts: WireConflict[]; next: ConflictId | null }> {
    return this.roundTrip(() => {
      const rows = this.database.tables.conflicts
        .filter((row) => row['stream_id'] === streamId)
        .map(asConflict)
        .filter((row) => documentId === undefined || row.document_id === documentId)
        .filter((row) => status === undefined || row.status === status)
        .filter((row) => before === undefined || row.id < before)
        .sort((a, b) => (a.id < b.id ? 1 : -1));
      const shown = rows.slice(0, limit);
      return { conflicts: shown.map(toWire), next: rows.length > limit ? (shown.at(-1)?.id ?? null) : null };
    });
  }

  override async dismiss(streamId: StreamId, id: ConflictId): Promise<WireConflict> {
    await this.roundTrip(() => {
      const { conflicts } = this.database.tables;
      const at = conflicts.findIndex((row) => row['stream_id'] === streamId && row['id'] === id);
      const row = conflicts[at];
      // Replaced, not changed: a backup shares the rows.
      if (row?.['status'] === 'open') conflicts[at] = { ...row, status: 'dismissed', resolved_at: new Date(0) };
    });
    return toWire(await this.find(streamId, id));
  }

  protected override find(streamId: StreamId, id: ConflictId): Promise<ConflictRow> {
    return this.roundTrip(() => {
      const row = this.database.tables.conflicts.find((each) => each['stream_id'] === streamId && each['id'] === id);
      if (!row) throw unknownConflict();
      return asConflict(row);
    });
  }
}

function asConflict(row: Row): ConflictRow {
  return { ...row, created_at: new Date(String(row['created_at'])) } as unknown as ConflictRow;
}
