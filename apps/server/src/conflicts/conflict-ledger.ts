/** The ledger: the changes that lost, with both sides made from the log again. Losses are written by the commit statement. */
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import {
  LIMITS,
  SyncError,
  authorsView,
  lostChangeOf,
  reapply,
  toWireDocument,
  type ClientId,
  type ConflictDetail,
  type ConflictId,
  type ConflictStatus,
  type ConflictStrategy,
  type DocumentCommand,
  type DocumentId,
  type DocumentSide,
  type DocumentState,
  type DroppedOperation,
  type MutationId,
  type Reapplied,
  type StreamId,
  type UserId,
  type WireConflict,
} from '@json-database-sync/domain';
import { DataSource } from 'typeorm';
import { EventStore } from '../event-store/event-store.js';
import { queryPrepared, type PreparedStatement } from '../event-store/prepared-query.js';

export interface ConflictPage {
  readonly documentId?: DocumentId | undefined;
  readonly status?: ConflictStatus | undefined;
  /** The oldest conflict of the page before. */
  readonly before?: ConflictId | undefined;
  readonly limit: number;
}

/** A loss with what it takes to judge it. */
export interface ConflictSidesOf {
  readonly conflict: WireConflict;
  /** The document as the author saw it; null where the log does not reach back to it. */
  readonly base: DocumentSide | null;
  readonly current: DocumentState;
  /** The document with the loss brought back; null where it has no place in it any more. */
  readonly wouldBe: Reapplied | null;
}

/** A row of the table. */
export interface ConflictRow {
  id: ConflictId;
  document_id: DocumentId;
  user_id: UserId;
  client_id: ClientId;
  mutation_id: MutationId;
  base_version: number;
  server_version: number;
  strategy: ConflictStrategy;
  reason: string;
  command: DocumentCommand;
  dropped: DroppedOperation[];
  dropped_title: string | null;
  created_at: Date;
  status: ConflictStatus;
  resolved_at: Date | null;
  resolved_by_mutation: MutationId | null;
}

/** Ids of conflicts are in the order of their making. */
const LIST: PreparedStatement = {
  name: 'list_conflicts',
  text: `SELECT * FROM conflicts
          WHERE stream_id = $1 AND ($2::uuid IS NULL OR document_id = $2) AND ($3::text IS NULL OR status = $3)
            AND ($4::uuid IS NULL OR id < $4)
          ORDER BY id DESC LIMIT $5`,
};
const FIND: PreparedStatement = {
  name: 'find_conflict',
  text: 'SELECT * FROM conflicts WHERE stream_id = $1 AND id = $2',
};
const DISMISS: PreparedStatement = {
  name: 'dismiss_conflict',
  text: `UPDATE conflicts SET status = 'dismissed', resolved_at = now()
          WHERE stream_id = $1 AND id = $2 AND status = 'open'`,
};

@Injectable()
export class ConflictLedger {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly store: EventStore,
  ) {}

  /** Newest first. */
  async list(streamId: StreamId, page: ConflictPage): Promise<{ conflicts: WireConflict[]; next: ConflictId | null }> {
    const { documentId = null, status = null, before = null, limit } = page;
    const parameters = [streamId, documentId, status, before, limit + 1];
    const rows = await queryPrepared<ConflictRow>(this.dataSource, LIST, parameters);
    const shown = rows.slice(0, limit);
    return { conflicts: shown.map(toWire), next: rows.length > limit ? (shown.at(-1)?.id ?? null) : null };
  }

  /** @throws SyncError `document_not_found`, also where it is in another stream */
  async show(streamId: StreamId, id: ConflictId): Promise<ConflictSidesOf> {
    const row = await this.find(streamId, id);
    const stored = await this.store.document(streamId, row.document_id);
    if (!stored) throw unknownConflict();
    const { state } = stored;
    const base = await this.baseOf(row, state);
    const { command } = row;
    const loss = {
      patch: command.kind === 'update' ? command.patch : [],
      dropped: row.dropped,
      droppedTitle: row.dropped_title,
      base: base?.content ?? null,
    };
    const wouldBe = command.kind === 'update' ? reapply(state, loss) : null;
    return { conflict: toWire(row), base, current: state, wouldBe };
  }

  /** What is not open any more stays as it is. */
  async dismiss(streamId: StreamId, id: ConflictId): Promise<WireConflict> {
    await queryPrepared(this.dataSource, DISMISS, [streamId, id]);
    return toWire(await this.find(streamId, id));
  }

  protected async find(streamId: StreamId, id: ConflictId): Promise<ConflictRow> {
    const [row] = await queryPrepared<ConflictRow>(this.dataSource, FIND, [streamId, id]);
    if (!row) throw unknownConflict();
    return row;
  }

  /** What the author saw: the base version, and the author's own changes from there to the loss. */
  private async baseOf(row: ConflictRow, state: DocumentState): Promise<DocumentSide | null> {
    const { streamId, id: documentId } = state;
    const version = row.base_version;
    if (version > state.version || state.version - version > LIMITS.mergeEvents) return null;
    const events = await this.store.eventsAfterVersion([{ streamId, documentId, version }]);
    if (events.length > 0 && events[0]?.version !== version + 1) return null;
    const knows = row.command.kind === 'update' && row.command.knowsOwnChanges;
    const isOwn = (event: { readonly clientId: ClientId; readonly version: number }) =>
      knows && event.clientId === row.client_id && event.version <= row.server_version;
    return authorsView(state, events, isOwn);
  }
}

export function toConflictDetail({ conflict, base, current, wouldBe }: ConflictSidesOf): ConflictDetail {
  return {
    conflict,
    base: base && { title: base.title, content: base.content },
    current: toWireDocument(current),
    would_be: wouldBe && { title: wouldBe.title, content: wouldBe.content, patch: [...wouldBe.patch] },
  };
}

export function unknownConflict(): SyncError {
  return new SyncError('document_not_found', 'there is no such conflict');
}

export function toWire(row: ConflictRow): WireConflict {
  return {
    id: row.id,
    document_id: row.document_id,
    user_id: row.user_id,
    client_id: row.client_id,
    mutation_id: row.mutation_id,
    base_version: row.base_version,
    server_version: row.server_version,
    strategy: row.strategy,
    reason: row.reason,
    change: lostChangeOf(row.command),
    dropped: row.dropped,
    dropped_title: row.dropped_title,
    created_at: row.created_at.toISOString(),
    status: row.status,
    resolved_at: row.resolved_at?.toISOString() ?? null,
    resolved_by_mutation: row.resolved_by_mutation,
  };
}
