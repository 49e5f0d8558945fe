/**
 * The read side of the log and its projection. Writing is the commit pipeline's alone.
 */
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import {
  DEFAULT_STRATEGY,
  LIMITS,
  conflictIdSchema,
  conflictStrategySchema,
  type ClientId,
  type ConflictId,
  type DocumentId,
  type DroppedOperation,
  type JsonPatchOperation,
  type MutationId,
  type Sequenced,
  type StreamId,
  type StreamInfo,
  type UserId,
} from '@json-database-sync/domain';
import { DataSource } from 'typeorm';
import {
  LOAD_CHANGES,
  LOAD_CHANGES_TEXT,
  toChangesPage,
  type ChangesPage,
  type ChangesPageRow,
} from './changes-page.js';
import { LOAD_DOCUMENT_TEXTS, toDocumentText, type DocumentText, type DocumentTextRow } from './document-texts.js';
import { queryPrepared, type PreparedStatement } from './prepared-query.js';
import { DOCUMENT_COLUMNS, eventColumns, toEvent, toStoredDocument } from './rows.js';
import type { DocumentRow, EventRow, StoredDocument } from './rows.js';

export interface DocumentKey {
  readonly streamId: StreamId;
  readonly documentId: DocumentId;
}

export interface MutationKey {
  readonly streamId: StreamId;
  readonly mutationId: MutationId;
}

/** An operation that lost a conflict: whose it was, and the version that it lost against. */
export interface LostOperation {
  readonly clientId: ClientId;
  readonly serverVersion: number;
  readonly operation: JsonPatchOperation;
}

/** A lost change as its author is told of it. */
export interface ReportedConflict {
  readonly id: ConflictId;
  readonly reason: string;
  readonly dropped: readonly DroppedOperation[];
  readonly droppedTitle: string | null;
}

/** What a mutation came to when it was first carried out. */
export interface RecordedMutation extends MutationKey {
  readonly documentId: DocumentId;
  readonly status: 'applied' | 'merged' | 'conflicted';
  readonly version: number;
  readonly sequence: number;
  readonly conflict: ReportedConflict | null;
}

const documentColumns = DOCUMENT_COLUMNS.map((column) => `d.${column}`).join(', ');

const LOAD_DOCUMENTS: PreparedStatement = {
  name: 'load_documents',
  text: `SELECT ${documentColumns}
           FROM unnest($1::uuid[], $2::uuid[]) AS k (stream_id, id)
           JOIN documents d ON d.stream_id = k.stream_id AND d.id = k.id`,
};

const LOAD_EVENTS_AFTER_VERSION: PreparedStatement = {
  name: 'load_events_after_version',
  text: `SELECT ${eventColumns}
           FROM unnest($1::uuid[], $2::uuid[], $3::int[]) AS k (stream_id, document_id, version)
          CROSS JOIN LATERAL events_of_document(k.stream_id, k.document_id, k.version + 1, ${LIMITS.version}) e
          ORDER BY e.stream_id, e.document_id, e.version`,
};

const LOAD_MUTATIONS: PreparedStatement = {
  name: 'load_mutations',
  text: `SELECT m.stream_id, m.mutation_id, m.document_id, m.status, m.version, m.sequence,
                c.id AS conflict_id, c.reason, c.dropped, c.dropped_title
           FROM unnest($1::uuid[], $2::uuid[]) AS k (stream_id, mutation_id)
           JOIN mutations m ON m.stream_id = k.stream_id AND m.mutation_id = k.mutation_id
           LEFT JOIN conflicts c ON c.stream_id = m.stream_id AND c.id = m.conflict_id`,
};

const LOAD_LOSSES: PreparedStatement = {
  name: 'load_losses',
  text: `SELECT c.stream_id, c.document_id, c.client_id, c.server_version, c.dropped
           FROM unnest($1::uuid[], $2::uuid[], $3::int[]) AS k (stream_id, document_id, version)
           JOIN conflicts c ON c.stream_id = k.stream_id AND c.document_id = k.document_id
                           AND c.server_version > k.version`,
};

/** The newest event of a document is always a row of `events`: from there on, versions are counted down. */
const LOAD_HISTORY: PreparedStatement = {
  name: 'load_history',
  text: `WITH newest (version) AS MATERIALIZED (
           SELECT least($3::int - 1, max(e.version)) FROM events e WHERE e.stream_id = $1 AND e.document_id = $2
         )
         SELECT ${eventColumns} FROM (
           SELECT ${eventColumns}, sum(e.characters) OVER (ORDER BY e.version DESC) - e.characters AS before
             FROM newest n CROSS JOIN LATERAL events_of_document($1, $2, n.version - $4::int + 1, n.version) e
         ) e WHERE e.before < $5 ORDER BY e.version DESC`,
};

/** Pages of documents in id order; a page also ends when its content has grown to the bound. */
const LOAD_DOCUMENT_PAGE: PreparedStatement = {
  name: 'load_document_page',
  text: `SELECT ${documentColumns} FROM (
           SELECT ${documentColumns}, sum(d.characters) OVER (ORDER BY d.id) - d.characters AS before
             FROM documents d
            WHERE d.stream_id = $1 AND ($2::uuid IS NULL OR d.id > $2) AND (d.deleted_at IS NULL OR $3)
            ORDER BY d.id LIMIT $4
         ) d WHERE d.before < $5 ORDER BY d.id`,
};

/**
 * The events of some documents after a sequence, and the last one before it. That one is a row, or else in the newest pack
 * that begins before.
 */
const LOAD_EVENTS_AROUND: PreparedStatement = {
  name: 'load_events_around',
  text: `SELECT ${eventColumns}
           FROM unnest($2::uuid[]) AS k (document_id)
          CROSS JOIN LATERAL (
            SELECT coalesce(
              (SELECT max(r.version) FROM events r
                WHERE r.stream_id = $1 AND r.document_id = k.document_id AND r.sequence <= $3),
              (SELECT p.first_version - 1 + (SELECT count(*)::int FROM unnest(p.sequences) AS s (step)
                                              WHERE p.first_sequence + s.step <= $3)
                 FROM event_packs p
                WHERE p.stream_id = $1 AND p.document_id = k.document_id AND p.first_sequence <= $3
                ORDER BY p.last_version DESC LIMIT 1),
              0) AS version OFFSET 0
          ) f
          CROSS JOIN LATERAL events_of_document($1, k.document_id, f.version, ${LIMITS.version}) e
          ORDER BY e.document_id, e.version`,
};

const COUNT_DOCUMENTS: PreparedStatement = {
  name: 'count_documents',
  text: 'SELECT count(*)::int AS count FROM documents WHERE stream_id = $1',
};

const LAST_SEQUENCE: PreparedStatement = {
  name: 'last_sequence',
  text: 'SELECT last_sequence FROM streams WHERE id = $1',
};

const LOAD_STREAMS_OF_USER: PreparedStatement = {
  name: 'load_streams_of_user',
  text: `SELECT s.id, s.name, m.role, s.last_sequence, s.strategy
           FROM stream_members m JOIN streams s ON s.id = m.stream_id
          WHERE m.user_id = $1 ORDER BY s.id`,
};

@Injectable()
export class EventStore {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  async documents(keys: readonly DocumentKey[]): Promise<StoredDocument[]> {
    const rows = await queryPrepared<DocumentRow>(this.dataSource, LOAD_DOCUMENTS, [
      keys.map((key) => key.streamId),
      keys.map((key) => key.documentId),
    ]);
    return rows.map(toStoredDocument);
  }

  async document(streamId: StreamId, documentId: DocumentId): Promise<StoredDocument | undefined> {
    return (await this.documents([{ streamId, documentId }]))[0];
  }

  /** The next documents of a stream in id order, at least one where there is one. */
  async documentPage(
    streamId: StreamId,
    page: { readonly after: DocumentId | null; readonly includeDeleted: boolean; readonly limit: number },
  ): Promise<StoredDocument[]> {
    const rows = await queryPrepared<DocumentRow>(this.dataSource, LOAD_DOCUMENT_PAGE, [
      streamId,
      page.after,
      page.includeDeleted,
      page.limit,
      LIMITS.pageCharacters,
    ]);
    return rows.map(toStoredDocument);
  }

  /** `documentPage` as text, deleted ones included. */
  async documentTexts(
    streamId: StreamId,
    page: { readonly after: DocumentId | null; readonly limit: number },
  ): Promise<DocumentText[]> {
    const values = [streamId, page.after, page.limit];
    return (await queryPrepared<DocumentTextRow>(this.dataSource, LOAD_DOCUMENT_TEXTS, values)).map(toDocumentText);
  }

  /** Deleted ones included. */
  async countDocuments(streamId: StreamId): Promise<number> {
    const rows = await queryPrepared<{ count: number }>(this.dataSource, COUNT_DOCUMENTS, [streamId]);
    return rows[0]?.count ?? 0;
  }

  /** The documents' events after `sequence` and, first, the last one up to it; by document and version. */
  async eventsAround(streamId: StreamId, documentIds: readonly DocumentId[], sequence: number): Promise<Sequenced[]> {
    const rows = await queryPrepared<EventRow>(this.dataSource, LOAD_EVENTS_AROUND, [streamId, documentIds, sequence]);
    return rows.map(toEvent);
  }

  /** Each document's events after the version named, oldest first. */
  async eventsAfterVersion(keys: readonly (DocumentKey & { readonly version: number })[]): Promise<Sequenced[]> {
    const rows = await queryPrepared<EventRow>(this.dataSource, LOAD_EVENTS_AFTER_VERSION, [
      keys.map((key) => key.streamId),
      keys.map((key) => key.documentId),
      keys.map((key) => key.version),
    ]);
    return rows.map(toEvent);
  }

  /** What lost a conflict on each document after the version named. */
  async lossesAfterVersion(
    keys: readonly (DocumentKey & { readonly version: number })[],
  ): Promise<(DocumentKey & LostOperation)[]> {
    const rows = await queryPrepared<{
      stream_id: StreamId;
      document_id: DocumentId;
      client_id: ClientId;
      server_version: number;
      dropped: DroppedOperation[];
    }>(this.dataSource, LOAD_LOSSES, [
      keys.map((key) => key.streamId),
      keys.map((key) => key.documentId),
      keys.map((key) => key.version),
    ]);
    return rows.flatMap((row) =>
      row.dropped.flatMap(({ operation }) =>
        operation === null
          ? []
          : [
              {
                streamId: row.stream_id,
                documentId: row.document_id,
                clientId: row.client_id,
                serverVersion: row.server_version,
                operation,
              },
            ],
      ),
    );
  }

  async mutations(keys: readonly MutationKey[]): Promise<RecordedMutation[]> {
    const rows = await queryPrepared<{
      stream_id: StreamId;
      mutation_id: MutationId;
      document_id: DocumentId;
      status: RecordedMutation['status'];
      version: number;
      sequence: string;
      conflict_id: string | null;
      reason: string | null;
      dropped: DroppedOperation[] | null;
      dropped_title: string | null;
    }>(this.dataSource, LOAD_MUTATIONS, [keys.map((key) => key.streamId), keys.map((key) => key.mutationId)]);
    return rows.map((row) => ({
      streamId: row.stream_id,
      mutationId: row.mutation_id,
      documentId: row.document_id,
      status: row.status,
      version: row.version,
      sequence: Number(row.sequence),
      conflict:
        row.conflict_id === null
          ? null
          : {
              id: conflictIdSchema.parse(row.conflict_id),
              reason: row.reason ?? '',
              dropped: row.dropped ?? [],
              droppedTitle: row.dropped_title,
            },
    }));
  }

  /** A stream's events after `sequence`, in order, without gaps. */
  async changesSince(streamId: StreamId, sequence: number, limit: number): Promise<Sequenced[]> {
    const rows = await queryPrepared<EventRow>(this.dataSource, LOAD_CHANGES, [streamId, sequence, limit]);
    return rows.map(toEvent);
  }

  /** The same as the wire has them, with where the stream stands. */
  async changesPage(streamId: StreamId, sequence: number, limit: number): Promise<ChangesPage> {
    const values = [streamId, sequence, limit];
    const [row] = await queryPrepared<ChangesPageRow>(this.dataSource, LOAD_CHANGES_TEXT, values);
    return toChangesPage(row);
  }

  /** A document's events before a version, newest first. */
  async history(
    streamId: StreamId,
    documentId: DocumentId,
    beforeVersion: number,
    limit: number,
  ): Promise<Sequenced[]> {
    const rows = await queryPrepared<EventRow>(this.dataSource, LOAD_HISTORY, [
      streamId,
      documentId,
      beforeVersion,
      limit,
      LIMITS.pageCharacters,
    ]);
    return rows.map(toEvent);
  }

  /** 0 for a stream that has no events or does not exist. */
  async lastSequence(streamId: StreamId): Promise<number> {
    const rows = await queryPrepared<{ last_sequence: string }>(this.dataSource, LAST_SEQUENCE, [streamId]);
    return Number(rows[0]?.last_sequence ?? 0);
  }

  /** The streams that a user is a member of. */
  async streamsOf(userId: UserId): Promise<StreamInfo[]> {
    const rows = await queryPrepared<{
      id: StreamId;
      name: string;
      role: StreamInfo['role'];
      last_sequence: string;
      strategy: string;
    }>(this.dataSource, LOAD_STREAMS_OF_USER, [userId]);
    return rows.map((row) => ({
      stream_id: row.id,
      name: row.name,
      role: row.role,
      latest_sequence: Number(row.last_sequence),
      strategy: conflictStrategySchema.safeParse(row.strategy).data ?? DEFAULT_STRATEGY,
    }));
  }
}
