/** What the log says of the past, however much of it retention hides from readers. */
import {
  evolve,
  type ConflictStrategy,
  type DocumentState,
  type JsonValue,
  type Sequenced,
} from '@json-database-sync/domain';
import type { MemoryDatabase } from '../memory-database.js';
import { asEvent } from '../memory-event-store.js';

export class Past {
  private readonly byMutation = new Map<string, Sequenced>();
  private readonly byVersion = new Map<string, { readonly event: Sequenced; readonly state: DocumentState }>();

  constructor(private readonly database: MemoryDatabase) {
    for (const rows of database.tables.events.values()) {
      for (const event of rows.map(asEvent)) this.add(event);
    }
  }

  event(mutationId: string): Sequenced | undefined {
    return this.byMutation.get(mutationId);
  }

  eventAt(streamId: string, documentId: string, version: number): Sequenced | undefined {
    return this.byVersion.get(keyOf(streamId, documentId, version))?.event;
  }

  stateAt(streamId: string, documentId: string, version: number): DocumentState | undefined {
    return this.byVersion.get(keyOf(streamId, documentId, version))?.state;
  }

  contentAt(streamId: string, documentId: string, version: number): JsonValue | undefined {
    return this.stateAt(streamId, documentId, version)?.content;
  }

  strategyOf(streamId: string): ConflictStrategy {
    return this.database.strategyOf(streamId);
  }

  private add(event: Sequenced): void {
    const { streamId, documentId, version, mutationId } = event;
    this.byMutation.set(mutationId, event);
    const before = this.stateAt(streamId, documentId, version - 1);
    // A log that cannot be replayed is reported as such elsewhere.
    if (!before && event.type !== 'create') return;
    this.byVersion.set(keyOf(streamId, documentId, version), { event, state: evolve(before, event) });
  }
}

const keyOf = (streamId: string, documentId: string, version: number): string => `${streamId}/${documentId}/${version}`;
