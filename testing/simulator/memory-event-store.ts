/** The reads of the event store over the tables in memory, as one node makes them: each takes time and may fail. */
import {
  toChangeEvent,
  toWireDocument,
  type DocumentId,
  type DroppedOperation,
  type MutationId,
  type Sequenced,
  type StreamId,
  type StreamInfo,
  type UserId,
} from '@json-database-sync/domain';
import type { ChangesPage } from '../../apps/server/src/event-store/changes-page.js';
import type { DocumentText } from '../../apps/server/src/event-store/document-texts.js';
import {
  EventStore,
  type DocumentKey,
  type LostOperation,
  type MutationKey,
  type RecordedMutation,
  type ReportedConflict,
} from '../../apps/server/src/event-store/event-store.js';
import {
  toEvent,
  toStoredDocument,
  type DocumentRow,
  type EventRow,
  type StoredDocument,
} from '../../apps/server/src/event-store/rows.js';
import type { MemoryDatabase, Row } from './memory-database.js';

/** Pages end early here, as they do in PostgreSQL where events are large. */
const PAGE = 4;

/** Runs a read in the middle of a round trip. */
export type RoundTrip = <T>(work: () => T) => Promise<T>;

export class MemoryEventStore extends EventStore {
  constructor(
    private readonly database: MemoryDatabase,
    private readonly roundTrip: RoundTrip,
  ) {
    // Every read is overridden: there is no data source behind them.
    super(undefined as never);
  }

  override documents(keys: readonly DocumentKey[]): Promise<StoredDocument[]> {
    return this.roundTrip(() =>
      keys.flatMap(({ streamId, documentId }) => {
        const row = this.database.tables.documents.get(`${streamId}/${documentId}`);
        return row ? [toStored(row)] : [];
      }),
    );
  }

  override documentPage(
    streamId: StreamId,
    page: { readonly after: DocumentId | null; readonly includeDeleted: boolean; readonly limit: number },
  ): Promise<StoredDocument[]> {
    return this.roundTrip(() =>
      this.documentsOf(streamId)
        .filter(({ state }) => page.after === null || state.id > page.after)
        .filter(({ state }) => page.includeDeleted || state.deletedAt === null)
        .slice(0, page.limit),
    );
  }

  override documentTexts(
    streamId: StreamId,
    page: { readonly after: DocumentId | null; readonly limit: number },
  ): Promise<DocumentText[]> {
    return this.roundTrip(() =>
      this.documentsOf(streamId)
        .filter(({ state }) => page.after === null || state.id > page.after)
        .slice(0, page.limit)
        .map(({ state, lastSequence, characters }) => ({
          ...{ id: state.id, lastSequence, characters },
          text: JSON.stringify(toWireDocument(state)),
        })),
    );
  }

  override countDocuments(streamId: StreamId): Promise<number> {
    return this.roundTrip(() => this.documentsOf(streamId).length);
  }

  override eventsAround(
    streamId: StreamId,
    documentIds: readonly DocumentId[],
    sequence: number,
  ): Promise<Sequenced[]> {
    return this.roundTrip(() =>
      documentIds.flatMap((id) => {
        const events = this.eventsOf(streamId, id);
        const last = events.findLastIndex((event) => event.sequence <= sequence);
        return events.slice(Math.max(0, last));
      }),
    );
  }

  override eventsAfterVersion(keys: readonly (DocumentKey & { readonly version: number })[]): Promise<Sequenced[]> {
    return this.roundTrip(() =>
      keys.flatMap(({ streamId, documentId, version }) =>
        this.eventsOf(streamId, documentId).filter((event) => event.version > version),
      ),
    );
  }

  override lossesAfterVersion(
    keys: readonly (DocumentKey & { readonly version: number })[],
  ): Promise<(DocumentKey & LostOperation)[]> {
    return this.roundTrip(() =>
      keys.flatMap(({ streamId, documentId, version }) =>
        this.database.tables.conflicts
          .filter((row) => row['stream_id'] === streamId && row['document_id'] === documentId)
          .filter((row) => Number(row['server_version']) > version)
          .flatMap((row) => lostOperations(row).map((lost) => ({ streamId, documentId, ...lost }))),
      ),
    );
  }

  override mutations(keys: readonly MutationKey[]): Promise<RecordedMutation[]> {
    return this.roundTrip(() => {
      if (this.database.planted === 'forgotten-mutations') return [];
      return keys.flatMap(({ streamId, mutationId }) => {
        const row = this.database.tables.mutations.get(`${streamId}/${mutationId}`);
        if (!row) return [];
        const { conflicts } = this.database.tables;
        const conflict = conflicts.find((each) => each['stream_id'] === streamId && each['id'] === row['conflict_id']);
        return [toRecorded(row, streamId, mutationId, conflict)];
      });
    });
  }

  override changesSince(streamId: StreamId, sequence: number, limit: number): Promise<Sequenced[]> {
    return this.roundTrip(() => this.eventsAfter(streamId, sequence, limit));
  }

  override changesPage(streamId: StreamId, sequence: number, limit: number): Promise<ChangesPage> {
    return this.roundTrip(() => {
      const events = this.eventsAfter(streamId, sequence, limit);
      const [first, last] = [events[0], events.at(-1)];
      return {
        head: this.headOf(streamId),
        range: first && last ? { first: first.sequence, last: last.sequence } : null,
        text: events.map((event) => JSON.stringify(toChangeEvent(event))).join(','),
      };
    });
  }

  private eventsAfter(streamId: StreamId, sequence: number, limit: number): Sequenced[] {
    return this.database
      .visibleEvents(streamId)
      .filter((row) => Number(row['sequence']) > sequence)
      .slice(0, Math.min(limit, PAGE))
      .map(asEvent);
  }

  override history(
    streamId: StreamId,
    documentId: DocumentId,
    beforeVersion: number,
    limit: number,
  ): Promise<Sequenced[]> {
    return this.roundTrip(() =>
      this.eventsOf(streamId, documentId)
        .filter((event) => event.version < beforeVersion)
        .reverse()
        .slice(0, limit),
    );
  }

  override lastSequence(streamId: StreamId): Promise<number> {
    return this.roundTrip(() => this.headOf(streamId));
  }

  override streamsOf(userId: UserId): Promise<StreamInfo[]> {
    return this.roundTrip(() =>
      [...this.database.tables.streams]
        .filter(([id]) => id === (userId as string) || this.database.planted === 'open-door')
        .map(([id, { lastSequence, strategy }]) => ({
          stream_id: id as StreamId,
          name: 'personal',
          role: 'owner',
          latest_sequence: lastSequence,
          strategy,
        })),
    );
  }

  private headOf(streamId: StreamId): number {
    return this.database.tables.streams.get(streamId)?.lastSequence ?? 0;
  }

  private documentsOf(streamId: StreamId): StoredDocument[] {
    return [...this.database.tables.documents.values()]
      .filter((row) => row['stream_id'] === streamId)
      .map(toStored)
      .sort((a, b) => (a.state.id < b.state.id ? -1 : 1));
  }

  private eventsOf(streamId: StreamId, documentId: DocumentId): Sequenced[] {
    return this.database
      .visibleEvents(streamId)
      .filter((row) => row['document_id'] === documentId)
      .map(asEvent);
  }
}

export function asEvent(row: Row): Sequenced {
  return toEvent(row as unknown as EventRow);
}

export function toStored(row: Row): StoredDocument {
  return toStoredDocument(row as unknown as DocumentRow);
}

function lostOperations(row: Row): LostOperation[] {
  const dropped = row['dropped'] as { operation: LostOperation['operation'] | null }[];
  return dropped.flatMap(({ operation }) =>
    operation === null
      ? []
      : [
          {
            clientId: row['client_id'] as LostOperation['clientId'],
            serverVersion: Number(row['server_version']),
            operation,
          },
        ],
  );
}

function toRecorded(row: Row, streamId: StreamId, mutationId: MutationId, conflict: Row | undefined): RecordedMutation {
  return {
    streamId,
    mutationId,
    documentId: row['document_id'] as DocumentId,
    status: row['status'] as RecordedMutation['status'],
    version: Number(row['version']),
    sequence: Number(row['sequence']),
    conflict: conflict
      ? {
          id: conflict['id'] as ReportedConflict['id'],
          reason: String(conflict['reason']),
          dropped: conflict['dropped'] as DroppedOperation[],
          droppedTitle: conflict['dropped_title'] as string | null,
        }
      : null,
  };
}
