/** The digests of the documents here, and which of them are not the server's. Pure but for reading the store. */
import {
  DIGEST_BUCKETS,
  EMPTY_DIGEST,
  combineDigests,
  digestBucket,
  documentDigest,
  type DocumentId,
  type StateDigest,
} from '@json-database-sync/domain';
import type { Platform } from '../platform/platform.js';
import type { ConfirmedDocument } from '../store/local-store.js';
import { isDamaged } from './repair-documents.js';

export class LocalDigests {
  readonly byDocument = new Map<DocumentId, StateDigest>();
  /** Their content is not what their revision says: whatever the server has, it is not this. */
  readonly damaged = new Set<DocumentId>();

  constructor(private readonly platform: Platform) {}

  add(document: ConfirmedDocument): void {
    if (isDamaged(document, this.platform)) this.damaged.add(document.id);
    const digest = documentDigest(document.state ?? undefined, (text) => this.platform.sha256Hex(text));
    this.byDocument.set(document.id, digest);
  }

  /** The numbers of the buckets in which something differs. */
  differingBuckets(theirs: readonly StateDigest[]): number[] {
    const ours: StateDigest[] = Array.from({ length: DIGEST_BUCKETS }, () => EMPTY_DIGEST);
    for (const [id, digest] of this.byDocument) {
      const bucket = digestBucket(id);
      ours[bucket] = combineDigests(ours[bucket] ?? EMPTY_DIGEST, digest);
    }
    return ours.flatMap((digest, bucket) => (digest === theirs[bucket] ? [] : [bucket]));
  }

  /** The documents of those buckets, for the server's to be taken out one by one: what stays, it does not have. */
  inBuckets(buckets: readonly number[]): Map<DocumentId, StateDigest> {
    const wanted = new Set(buckets);
    return new Map([...this.byDocument].filter(([id]) => wanted.has(digestBucket(id))));
  }
}
