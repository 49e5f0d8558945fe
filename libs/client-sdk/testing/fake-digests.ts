/** What the server in memory answers to whoever compares a copy with it. */
import {
  DIGEST_BUCKETS,
  EMPTY_DIGEST,
  combineDigests,
  digestBucket,
  documentDigest,
  toWireDocument,
  type ConflictStrategy,
  type DocumentState,
  type Sha256Hex,
  type StateDigest,
  type StreamId,
  type StreamingDown,
  type StreamingUp,
  type StreamingUpOf,
} from '@json-database-sync/domain';

export interface DigestedStream {
  readonly streamId: StreamId;
  readonly head: number;
  readonly strategy: ConflictStrategy;
  readonly documents: ReadonlyMap<string, DocumentState>;
  readonly sha256Hex: Sha256Hex;
  /** Documents on one page. */
  readonly page: number;
}

export type DigestQuestion =
  StreamingUpOf<'get_digest'> | StreamingUpOf<'get_document_digests'> | StreamingUpOf<'get_documents'>;

export function isDigestQuestion(frame: StreamingUp): frame is DigestQuestion {
  return frame.type === 'get_digest' || frame.type === 'get_document_digests' || frame.type === 'get_documents';
}

export function answerDigest(frame: DigestQuestion, stream: DigestedStream): StreamingDown {
  const { streamId: stream_id, head: sequence, strategy, documents, sha256Hex, page } = stream;
  const all = [...documents.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  switch (frame.type) {
    case 'get_digest': {
      const buckets: StateDigest[] = Array.from({ length: DIGEST_BUCKETS }, () => EMPTY_DIGEST);
      for (const document of all) {
        const bucket = digestBucket(document.id);
        buckets[bucket] = combineDigests(buckets[bucket]!, documentDigest(document, sha256Hex));
      }
      const digest = buckets.reduce(combineDigests);
      return { type: 'digest', stream_id, sequence, digest, strategy, ...(frame.buckets && { buckets }) };
    }
    case 'get_document_digests': {
      const { cursor, buckets } = frame;
      const left = all.filter(({ id }) => buckets.includes(digestBucket(id)) && (!cursor || id > cursor));
      const told = left.slice(0, page);
      return {
        type: 'document_digests',
        stream_id,
        sequence,
        documents: told.map((each) => ({ document_id: each.id, digest: documentDigest(each, sha256Hex) })),
        cursor: told.length < left.length ? (told.at(-1)?.id ?? null) : null,
      };
    }
    case 'get_documents': {
      const found = all.filter(({ id }) => frame.document_ids.includes(id));
      return {
        type: 'documents',
        stream_id,
        sequence,
        documents: found.slice(0, page).map((each) => toWireDocument(each)),
        left_out: found.slice(page).map(({ id }) => id),
      };
    }
  }
}
