/**
 * What a client holds its copy against: the digest of a stream, of its buckets, of single documents, and those documents
 * themselves. Each answer is one statement, and so tells of one sequence.
 *
 * The stream's own digest is kept by the commit statement and costs one row. The others are counted from the documents, all
 * of a stream's in the worst case: few at a time may, and not for long. Clients ask for them only where digests differ.
 */
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import {
  DEFAULT_STRATEGY,
  DIGEST_BUCKETS,
  EMPTY_DIGEST,
  LIMITS,
  conflictStrategySchema,
  type ConflictStrategy,
  type DocumentId,
  type DocumentState,
  type StateDigest,
  type StreamId,
} from '@json-database-sync/domain';
import type { QueryResultRow } from 'pg';
import { DataSource } from 'typeorm';
import { Turns } from '../turns.js';
import { queryBounded } from './bounded-query.js';
import { fromBigint } from './digest-column.js';
import { queryPrepared, type PreparedStatement } from './prepared-query.js';
import { DOCUMENT_COLUMNS, toStoredDocument, type DocumentRow } from './rows.js';

export interface StreamDigest {
  readonly sequence: number;
  readonly digest: StateDigest;
  readonly strategy: ConflictStrategy;
}

export interface BucketDigests {
  readonly sequence: number;
  readonly digest: StateDigest;
  readonly buckets: readonly StateDigest[];
}

export interface DocumentDigests {
  readonly sequence: number;
  /** In the order of the ids. */
  readonly documents: readonly { readonly documentId: DocumentId; readonly digest: StateDigest }[];
  readonly next: DocumentId | null;
}

export interface DocumentsAtHead {
  readonly sequence: number;
  readonly documents: readonly DocumentState[];
  /** Asked for, and no room for on this page. */
  readonly leftOut: readonly DocumentId[];
}

const TIMEOUT_MS = 10_000;
const BOUNDS = { atOnce: 2, waiting: 100 };

const LOAD_DIGEST: PreparedStatement = {
  name: 'load_digest',
  text: 'SELECT last_sequence, state_digest, strategy FROM streams WHERE id = $1',
};

const DIGEST = 'document_digest(d.id, d.version, d.revision_id, d.deleted_at, d.title)';
/** As the domain's `digestBucket`. */
const BUCKET = 'get_byte(uuid_send(d.id), 15)';

const BUCKETS = `
  SELECT s.last_sequence, s.state_digest, b.bucket, b.digest FROM streams s
    LEFT JOIN (SELECT ${BUCKET} AS bucket, bit_xor(${DIGEST}) AS digest FROM documents d WHERE d.stream_id = $1 GROUP BY 1) b
      ON true
   WHERE s.id = $1`;

const DOCUMENT_DIGESTS = `
  SELECT s.last_sequence, p.id, p.digest FROM streams s
    LEFT JOIN (SELECT d.id, ${DIGEST} AS digest FROM documents d
                WHERE d.stream_id = $1 AND ($3::uuid IS NULL OR d.id > $3) AND ${BUCKET} = ANY ($2::int[])
                ORDER BY d.id LIMIT $4) p
      ON true
   WHERE s.id = $1 ORDER BY p.id`;

const documentColumns = DOCUMENT_COLUMNS.map((column) => `d.${column}`).join(', ');
const pageColumns = DOCUMENT_COLUMNS.map((column) => `p.${column}`).join(', ');
const LOAD_DOCUMENTS_AT_HEAD: PreparedStatement = {
  name: 'load_documents_at_head',
  text: `SELECT s.last_sequence AS head, ${pageColumns} FROM streams s
           LEFT JOIN (SELECT ${documentColumns}, sum(d.characters) OVER (ORDER BY d.id) - d.characters AS before
                        FROM documents d WHERE d.stream_id = $1 AND d.id = ANY ($2::uuid[])) p
             ON p.before < $3
          WHERE s.id = $1 ORDER BY p.id`,
};

@Injectable()
export class DigestReader {
  private readonly turns = new Turns(BOUNDS, 'too many comparisons at this moment');

  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  /** Of a stream that does not exist: what an empty one has. */
  async stream(streamId: StreamId): Promise<StreamDigest> {
    const [row] = await queryPrepared<{ last_sequence: string; state_digest: string; strategy: string }>(
      this.dataSource,
      LOAD_DIGEST,
      [streamId],
    );
    return {
      sequence: Number(row?.last_sequence ?? 0),
      digest: row ? fromBigint(row.state_digest) : EMPTY_DIGEST,
      strategy: conflictStrategySchema.safeParse(row?.strategy).data ?? DEFAULT_STRATEGY,
    };
  }

  /** One digest a bucket, by its number, with the stream's as it is kept. @throws SyncError `timed_out`, `overloaded` */
  async buckets(streamId: StreamId): Promise<BucketDigests> {
    type Row = { last_sequence: string; state_digest: string; bucket: number | null; digest: string | null };
    const rows = await this.slow<Row>(BUCKETS, [streamId]);
    const buckets: StateDigest[] = Array.from({ length: DIGEST_BUCKETS }, () => EMPTY_DIGEST);
    for (const { bucket, digest } of rows) {
      if (bucket !== null && digest !== null) buckets[bucket] = fromBigint(digest);
    }
    const digest = rows[0] ? fromBigint(rows[0].state_digest) : EMPTY_DIGEST;
    return { sequence: Number(rows[0]?.last_sequence ?? 0), digest, buckets };
  }

  /** A page of the documents in some buckets. @throws SyncError `timed_out`, `overloaded` */
  async documentDigests(
    streamId: StreamId,
    buckets: readonly number[],
    after: DocumentId | null,
  ): Promise<DocumentDigests> {
    const values = [streamId, buckets, after, LIMITS.digestPage];
    type Row = { last_sequence: string; id: DocumentId | null; digest: string | null };
    const rows = await this.slow<Row>(DOCUMENT_DIGESTS, values);
    const documents = rows.flatMap(({ id, digest }) =>
      id === null || digest === null ? [] : [{ documentId: id, digest: fromBigint(digest) }],
    );
    return {
      sequence: Number(rows[0]?.last_sequence ?? 0),
      documents,
      next: documents.length < LIMITS.digestPage ? null : (documents.at(-1)?.documentId ?? null),
    };
  }

  /** The documents as they are now, deleted ones included, at least one where there is one. */
  async documents(streamId: StreamId, ids: readonly DocumentId[]): Promise<DocumentsAtHead> {
    type Row = DocumentRow & { head: string };
    const rows = await queryPrepared<Row>(this.dataSource, LOAD_DOCUMENTS_AT_HEAD, [
      streamId,
      ids,
      LIMITS.pageCharacters,
    ]);
    // Without a document there is one row all the same, for the sequence.
    const stored = rows.filter((row) => row.id !== null).map(toStoredDocument);
    const characters = stored.reduce((sum, document) => sum + document.characters, 0);
    const last = stored.at(-1)?.state.id;
    const full = last !== undefined && characters >= LIMITS.pageCharacters;
    return {
      sequence: Number(rows[0]?.head ?? 0),
      documents: stored.map(({ state }) => state),
      leftOut: full ? ids.filter((id) => id > last) : [],
    };
  }

  private slow<Row extends QueryResultRow>(text: string, values: readonly unknown[]): Promise<Row[]> {
    return this.turns.take(() =>
      queryBounded<Row>(this.dataSource, {
        text,
        values,
        timeoutMs: TIMEOUT_MS,
        tookTooLong: `comparing the stream took more than ${TIMEOUT_MS / 1_000} seconds`,
      }),
    );
  }
}
