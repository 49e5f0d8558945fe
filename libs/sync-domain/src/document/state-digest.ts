/**
 * Whether two copies of a stream hold the same, told by 16 hex digits.
 *
 * Each document has a digest: the first 8 bytes of SHA-256 over the UTF-8 text of five lines,
 *
 *     id LF version LF revision_id LF ("live" or "deleted") LF title
 *
 * Nothing but the title may hold a line feed, and it comes last, so that two documents never have one text. The content is
 * in it by the hash in its revision id: whoever stores content checks it against that hash. A stream's digest is the XOR
 * of those of its documents, deleted ones included, and that of no documents is zero: a change of one document alters it
 * by the document's digest before and after, whatever else the stream holds.
 *
 * It tells accidents, not attacks: 64 bits that anybody can compute.
 */
import { z } from 'zod';
import type { DocumentId } from '../ids.js';
import type { DocumentState } from './document.js';
import type { Sha256Hex } from './revision.js';

export const stateDigestSchema = z
  .string()
  .regex(/^[0-9a-f]{16}$/, 'a digest is 16 hex digits')
  .brand<'StateDigest'>();
export type StateDigest = z.infer<typeof stateDigestSchema>;

/** What a document's digest is made of. */
export type DigestedDocument = Pick<DocumentState, 'id' | 'version' | 'revisionId' | 'deletedAt' | 'title'>;

/** Of a stream without documents, and of a document that is not there. */
export const EMPTY_DIGEST = '0000000000000000' as StateDigest;

export function documentDigest(document: DigestedDocument | undefined, sha256Hex: Sha256Hex): StateDigest {
  if (!document) return EMPTY_DIGEST;
  const { id, version, revisionId, deletedAt, title } = document;
  const text = `${id}\n${version}\n${revisionId}\n${deletedAt === null ? 'live' : 'deleted'}\n${title}`;
  return sha256Hex(text).slice(0, 16) as StateDigest;
}

/** XOR: adds a document's digest to a stream's, or takes it out again. */
export function combineDigests(a: StateDigest, b: StateDigest): StateDigest {
  const sum = new DigestSum();
  sum.add(a);
  sum.add(b);
  return sum.digest();
}

/** Many digests combined, one after the other. */
export class DigestSum {
  private high = 0;
  private low = 0;

  add(digest: StateDigest): void {
    this.high ^= Number.parseInt(digest.slice(0, 8), 16);
    this.low ^= Number.parseInt(digest.slice(8), 16);
  }

  digest(): StateDigest {
    return `${hexHalf(this.high)}${hexHalf(this.low)}` as StateDigest;
  }
}

function hexHalf(half: number): string {
  return (half >>> 0).toString(16).padStart(8, '0');
}

/** Documents are put in so many groups, so that a difference is narrowed down without naming every document. */
export const DIGEST_BUCKETS = 256;

/** The last two hex digits of the id, which are random in both kinds of UUID that are used. */
export function digestBucket(id: DocumentId): number {
  return Number.parseInt(id.slice(-2), 16);
}
