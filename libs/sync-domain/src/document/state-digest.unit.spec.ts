import { createHash } from 'node:crypto';
import fc from 'fast-check';
import type { DocumentId } from '../ids.js';
import type { RevisionId } from './revision.js';
import {
  EMPTY_DIGEST,
  combineDigests,
  digestBucket,
  documentDigest,
  type DigestedDocument,
  type StateDigest,
} from './state-digest.js';

const sha256Hex = (text: string): string => createHash('sha256').update(text).digest('hex');

const documents: fc.Arbitrary<DigestedDocument> = fc.record({
  id: fc.uuid().map((id) => id as DocumentId),
  version: fc.integer({ min: 1, max: 2_147_483_647 }),
  revisionId: fc.integer({ min: 1, max: 9 }).map((n) => `${n}-0123456789abcdef` as RevisionId),
  deletedAt: fc.option(fc.constant('2026-01-01T00:00:00.000Z')),
  title: fc.string({ unit: 'grapheme' }),
});
const digestOf = (all: readonly DigestedDocument[]): StateDigest =>
  all.reduce((sum, document) => combineDigests(sum, documentDigest(document, sha256Hex)), EMPTY_DIGEST);

describe('the digest of a stream', () => {
  it('is pinned: servers and clients of every version have to agree on it', () => {
    const document: DigestedDocument = {
      id: '0190d000-0000-7000-8000-0000000000fe' as DocumentId,
      version: 2,
      revisionId: '2-1903178e9265bcaf' as RevisionId,
      deletedAt: null,
      title: 'Café\nat eight',
    };
    expect(documentDigest(document, sha256Hex)).toBe('a25fc2534aec037a');
    expect(documentDigest({ ...document, deletedAt: '2026-01-01T00:00:00.000Z' }, sha256Hex)).toBe('64ca7a03a8307b55');
    expect(documentDigest(undefined, sha256Hex)).toBe(EMPTY_DIGEST);
    expect(digestBucket(document.id)).toBe(254);
  });

  it('does not depend on the order, and a document is taken out as it was put in', () => {
    fc.assert(
      fc.property(fc.array(documents), documents, (all, one) => {
        expect(digestOf([...all].reverse())).toBe(digestOf(all));
        const own = documentDigest(one, sha256Hex);
        expect(combineDigests(combineDigests(digestOf(all), own), own)).toBe(digestOf(all));
      }),
    );
  });

  it('is that of 64-bit integers', () => {
    const halves = fc.bigInt(0n, 2n ** 64n - 1n);
    const hex = (value: bigint) => value.toString(16).padStart(16, '0') as StateDigest;
    fc.assert(fc.property(halves, halves, (a, b) => expect(combineDigests(hex(a), hex(b))).toBe(hex(a ^ b))));
  });

  it('tells any difference in what it covers', () => {
    fc.assert(
      fc.property(documents, documents, (a, b) => {
        const same = (['id', 'version', 'revisionId', 'title'] as const).every((field) => a[field] === b[field]);
        const alike = same && (a.deletedAt === null) === (b.deletedAt === null);
        expect(documentDigest(a, sha256Hex) === documentDigest(b, sha256Hex)).toBe(alike);
      }),
    );
    const document = fc.sample(documents, 1)[0]!;
    for (const other of [{ version: document.version === 1 ? 2 : 1 }, { title: `${document.title}!` }])
      expect(documentDigest({ ...document, ...other }, sha256Hex)).not.toBe(documentDigest(document, sha256Hex));
  });
});
