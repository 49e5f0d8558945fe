/**
 * A whole stream as it was: its documents at a sequence of its past, page by page, while writing goes on.
 *
 * A time stands for the sequence that the stream had come to by then, and the first page fixes that sequence; the cursor
 * carries it. What a page costs is bounded: which version a document had is found by halving, and a version is reached over
 * at most half a keyframe's spacing of events (`TimeTravel`), however long ago it was.
 */
import { Injectable } from '@nestjs/common';
import {
  LIMITS,
  SyncError,
  documentIdSchema,
  type DocumentId,
  type DocumentState,
  type StreamId,
} from '@json-database-sync/domain';
import { DocumentHistory } from './document-history.js';
import { EventStore } from './event-store.js';
import type { StoredDocument } from './rows.js';
import { TimeTravel } from './time-travel.js';

export interface PastPage {
  readonly sequence: number;
  /** In the order of their ids; without those that were not there yet. */
  readonly documents: readonly DocumentState[];
  /** null on the last page. */
  readonly cursor: string | null;
}

/** What is asked for: a sequence, a time (RFC 3339), or what is there now. */
export interface PastQuestion {
  readonly streamId: StreamId;
  readonly when: { readonly sequence: number } | { readonly time: string } | 'now';
  /** Of the page before; it counts, and `when` no more. */
  readonly cursor: string | null;
  readonly limit: number;
  readonly includeDeleted: boolean;
}

interface Position {
  readonly sequence: number;
  readonly after: DocumentId | null;
}

@Injectable()
export class StreamPast {
  constructor(
    private readonly store: EventStore,
    private readonly history: DocumentHistory,
    private readonly timeTravel: TimeTravel,
  ) {}

  /**
   * At least one document a page where there are some; only the cursor tells the end.
   * @throws SyncError `history_too_long` where the log no longer reaches it, `version_mismatch` for a sequence that the
   * stream has not come to, `invalid_message` for a cursor that is not one of ours
   */
  async page(question: PastQuestion): Promise<PastPage> {
    const { streamId, cursor, limit, includeDeleted } = question;
    const position = cursor === null ? await this.start(question) : parseCursor(cursor);
    const current = await this.store.documentPage(streamId, {
      after: position.after,
      includeDeleted: true,
      limit: Math.min(limit, LIMITS.snapshotPage),
    });
    const versions = await this.versionsAt(streamId, position.sequence, current);
    const documents: DocumentState[] = [];
    let last: DocumentId | null = null;
    let characters = 0;
    for (const document of current) {
      const { id, version: currentVersion } = document.state;
      const version = versions.get(id) ?? currentVersion;
      last = id;
      if (version === 0) continue;
      const state = await this.timeTravel.fromCurrent(document.state, version);
      if (state.deletedAt !== null && !includeDeleted) continue;
      documents.push(state);
      characters += version === currentVersion ? document.characters : JSON.stringify(state.content).length;
      if (characters >= LIMITS.pageCharacters) break;
    }
    return {
      sequence: position.sequence,
      documents,
      cursor: last === null ? null : formatCursor({ ...position, after: last }),
    };
  }

  private async start({ streamId, when }: PastQuestion): Promise<Position> {
    const head = await this.store.lastSequence(streamId);
    if (when === 'now') return { sequence: head, after: null };
    if ('time' in when) return { sequence: await this.history.sequenceAt(streamId, when.time), after: null };
    if (when.sequence > head) {
      throw new SyncError('version_mismatch', `the stream has not come to sequence ${when.sequence}`, {
        details: { latest_sequence: head },
      });
    }
    return { sequence: when.sequence, after: null };
  }

  /** Of those that have changed since. */
  private async versionsAt(
    streamId: StreamId,
    sequence: number,
    documents: readonly StoredDocument[],
  ): Promise<ReadonlyMap<DocumentId, number>> {
    const changed = documents.filter((document) => document.lastSequence > sequence).map(({ state }) => state);
    return changed.length === 0 ? new Map() : this.history.versionsAtSequence(streamId, changed, sequence);
  }
}

function formatCursor({ sequence, after }: Position): string {
  return `${sequence}.${after ?? ''}`;
}

function parseCursor(cursor: string): Position {
  const match = /^(\d{1,15})\.([0-9a-f-]{36})$/.exec(cursor);
  const after = documentIdSchema.safeParse(match?.[2]);
  if (!match || !after.success) throw new SyncError('invalid_message', 'the cursor is not one of this server');
  return { sequence: Number(match[1]), after: after.data };
}
