/** What clients hold their copies against, over the tables in memory; the stream's own digest is the one that commits keep. */
import {
  DEFAULT_STRATEGY,
  DIGEST_BUCKETS,
  EMPTY_DIGEST,
  combineDigests,
  digestBucket,
  documentDigest,
  type DocumentId,
  type DocumentState,
  type StateDigest,
  type StreamId,
} from '@json-database-sync/domain';
import {
  DigestReader,
  type BucketDigests,
  type DocumentDigests,
  type DocumentsAtHead,
  type StreamDigest,
} from '../../apps/server/src/event-store/digest-reader.js';
import { sha256Hex } from '../../apps/server/src/sha256.js';
import type { MemoryDatabase } from './memory-database.js';
import { toStored, type RoundTrip } from './memory-event-store.js';

/** Pages end early here, so that there are several. */
const PAGE = 2;

export class MemoryDigestReader extends DigestReader {
  constructor(
    private readonly database: MemoryDatabase,
    private readonly roundTrip: RoundTrip,
  ) {
    // Every read is overridden: there is no data source behind them.
    super(undefined as never);
  }

  override stream(streamId: StreamId): Promise<StreamDigest> {
    return this.roundTrip(() => ({ ...this.head(streamId), strategy: DEFAULT_STRATEGY }));
  }

  override buckets(streamId: StreamId): Promise<BucketDigests> {
    return this.roundTrip(() => {
      const buckets: StateDigest[] = Array.from({ length: DIGEST_BUCKETS }, () => EMPTY_DIGEST);
      for (const document of this.documentsOf(streamId)) {
        const bucket = digestBucket(document.id);
        buckets[bucket] = combineDigests(buckets[bucket] ?? EMPTY_DIGEST, documentDigest(document, sha256Hex));
      }
      return { ...this.head(streamId), buckets };
    });
  }

  override documentDigests(
    streamId: StreamId,
    buckets: readonly number[],
    after: DocumentId | null,
  ): Promise<DocumentDigests> {
    return this.roundTrip(() => {
      const { sequence } = this.head(streamId);
      const documents = this.documentsOf(streamId)
        .filter(({ id }) => buckets.includes(digestBucket(id)) && (after === null || id > after))
        .slice(0, PAGE)
        .map((document) => ({ documentId: document.id, digest: documentDigest(document, sha256Hex) }));
      const next = documents.length < PAGE ? null : (documents.at(-1)?.documentId ?? null);
      return { sequence, documents, next };
    });
  }

  override documents(streamId: StreamId, ids: readonly DocumentId[]): Promise<DocumentsAtHead> {
    return this.roundTrip(() => {
      const { sequence } = this.head(streamId);
      const documents = this.documentsOf(streamId).filter(({ id }) => ids.includes(id));
      const page = documents.slice(0, PAGE);
      const last = page.at(-1)?.id;
      const full = last !== undefined && documents.length > PAGE;
      return { sequence, documents: page, leftOut: full ? ids.filter((id) => id > last) : [] };
    });
  }

  private head(streamId: StreamId): { sequence: number; digest: StateDigest } {
    const stream = this.database.tables.streams.get(streamId);
    return { sequence: stream?.lastSequence ?? 0, digest: stream?.digest ?? EMPTY_DIGEST };
  }

  private documentsOf(streamId: StreamId): DocumentState[] {
    return [...this.database.tables.documents.values()]
      .filter((row) => row['stream_id'] === streamId)
      .map((row) => toStored(row).state)
      .sort((a, b) => (a.id < b.id ? -1 : 1));
  }
}
