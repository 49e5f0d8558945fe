/**
 * A stream's documents as they were at ONE sequence, page by page, while writing goes on.
 *
 * The first page fixes the sequence; the cursor carries it. A document that has changed since is walked back over its
 * later events; one that was created since is left out. Deleted documents are part of it: a replica holds them too.
 */
import { Injectable } from '@nestjs/common';
import {
  LIMITS,
  SyncError,
  devolve,
  documentIdSchema,
  toWireDocument,
  type DocumentId,
  type DocumentState,
  type Sequenced,
  type StreamId,
} from '@json-database-sync/domain';
import { groupBy } from '../collections.js';
import type { DocumentText } from './document-texts.js';
import { EventStore } from './event-store.js';
import { ReadAhead } from './read-ahead.js';

export interface SnapshotPage {
  readonly sequence: number;
  /** Each a WireDocument as JSON text. */
  readonly documents: readonly string[];
  /** null on the last page. */
  readonly cursor: string | null;
  /** Documents that the stream held when the snapshot began. */
  readonly total: number;
}

interface Position {
  readonly sequence: number;
  readonly total: number;
  readonly after: DocumentId | null;
}

@Injectable()
export class SnapshotReader {
  private readonly ahead = new ReadAhead<SnapshotPage>();

  constructor(private readonly store: EventStore) {}

  /**
   * @throws SyncError `invalid_message` for a cursor that is not one of ours, `cursor_too_old` where the log has lost
   * what the walk back needs: a new snapshot is then the way
   */
  async page(streamId: StreamId, cursor: string | undefined): Promise<SnapshotPage> {
    const position = cursor === undefined ? await this.start(streamId) : parseCursor(cursor);
    const ready = cursor === undefined ? undefined : await this.ahead.take(`${streamId} ${cursor}`);
    const page = ready ?? (await this.read(streamId, position));
    const { cursor: next } = page;
    if (next !== null) this.ahead.begin(`${streamId} ${next}`, () => this.read(streamId, parseCursor(next)));
    return page;
  }

  private async read(streamId: StreamId, { sequence, total, after }: Position): Promise<SnapshotPage> {
    // One more than the page holds tells whether there is another.
    const found = await this.store.documentTexts(streamId, { after, limit: LIMITS.snapshotDocuments + 1 });
    const page = found.slice(0, LIMITS.snapshotDocuments);
    const last = page.at(-1);
    const characters = page.reduce((sum, document) => sum + document.characters, 0);
    const ended = found.length === page.length && characters < LIMITS.pageCharacters;
    return {
      sequence,
      total,
      documents: await this.asOf(streamId, sequence, page),
      cursor: last && !ended ? formatCursor({ sequence, total, after: last.id }) : null,
    };
  }

  private async start(streamId: StreamId): Promise<Position> {
    // The sequence is read first: what is committed between the two reads is walked back.
    const sequence = await this.store.lastSequence(streamId);
    return { sequence, total: await this.store.countDocuments(streamId), after: null };
  }

  private async asOf(streamId: StreamId, sequence: number, page: readonly DocumentText[]): Promise<string[]> {
    const changed = page.filter((document) => document.lastSequence > sequence).map(({ id }) => id);
    if (changed.length === 0) return page.map(({ text }) => text);
    const before = await this.walkedBack(streamId, sequence, changed);
    return page.flatMap((document) => {
      if (document.lastSequence <= sequence) return [document.text];
      const state = before.get(document.id);
      return state ? [JSON.stringify(toWireDocument(state))] : [];
    });
  }

  /** The documents as they were at the sequence, but for those that were not there yet. */
  private async walkedBack(
    streamId: StreamId,
    sequence: number,
    ids: readonly DocumentId[],
  ): Promise<Map<DocumentId, DocumentState | undefined>> {
    const stored = await this.store.documents(ids.map((documentId) => ({ streamId, documentId })));
    const events = groupBy(await this.store.eventsAround(streamId, ids, sequence), (event) => event.documentId);
    return new Map(
      stored.map(({ state }) => {
        const own = events.get(state.id);
        assertReachesBack(own, sequence);
        return [state.id, walkBack(state, own ?? [], sequence)];
      }),
    );
  }
}

/** Retention may have passed the snapshot's sequence since it began. */
function assertReachesBack(events: readonly Sequenced[] | undefined, sequence: number): void {
  const oldest = events?.[0];
  if (oldest && (oldest.version === 1 || oldest.sequence <= sequence)) return;
  throw new SyncError('cursor_too_old', 'the log no longer goes back to where this snapshot began; begin a new one');
}

/** @param events by version, from the last one up to `sequence` on */
function walkBack(current: DocumentState, events: readonly Sequenced[], sequence: number): DocumentState | undefined {
  let state: DocumentState | undefined = current;
  for (let i = events.length - 1; i >= 0 && state; i--) {
    const event = events[i];
    // Later ones may have been committed after the document was read.
    if (!event || event.version > state.version) continue;
    if (event.sequence <= sequence) break;
    state = devolve(state, { event, previous: events[i - 1] ?? null });
  }
  return state;
}

function formatCursor(position: Position): string {
  return `${position.sequence}.${position.total}.${position.after ?? ''}`;
}

function parseCursor(cursor: string): Position {
  const match = /^(\d{1,15})\.(\d{1,9})\.([0-9a-f-]{36})$/.exec(cursor);
  const after = documentIdSchema.safeParse(match?.[3]);
  if (!match || !after.success) throw new SyncError('invalid_message', 'the snapshot cursor is not one of this server');
  return { sequence: Number(match[1]), total: Number(match[2]), after: after.data };
}
