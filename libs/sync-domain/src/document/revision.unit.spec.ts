import { createHash } from 'node:crypto';
import { sha256Hex } from '../../../../testing/decider.js';
import { fingerprint, generationOf, revisionIdSchema } from './revision.js';

describe('fingerprint', () => {
  it('is the generation and the first 16 digits of the SHA-256 of the canonical content', () => {
    const checksum = createHash('sha256').update('{"a":[1,true],"b":"\u00e9"}').digest('hex');
    expect(fingerprint({ b: '\u00e9', a: [1, true] }, 7, sha256Hex)).toEqual({
      revisionId: `7-${checksum.slice(0, 16)}`,
      checksum,
      characters: 22,
    });
  });

  it('does not depend on the order of keys', () => {
    const a = fingerprint({ x: 1, y: { p: 1, q: 2 } }, 1, sha256Hex);
    expect(fingerprint({ y: { q: 2, p: 1 }, x: 1 }, 1, sha256Hex)).toEqual(a);
  });

  it('differs with the content and with the version', () => {
    const ids = [
      fingerprint({ a: 1 }, 1, sha256Hex),
      fingerprint({ a: 2 }, 1, sha256Hex),
      fingerprint({ a: 1 }, 2, sha256Hex),
    ];
    expect(new Set(ids.map(({ revisionId }) => revisionId)).size).toBe(3);
  });

  it('gives ids that the schema takes, with the generation in them', () => {
    const id = fingerprint(null, 1_234, sha256Hex).revisionId;
    expect(generationOf(revisionIdSchema.parse(id))).toBe(1_234);
  });
});

describe('revisionIdSchema', () => {
  it.each([
    '',
    '1',
    '0-0123456789abcdef',
    '01-0123456789abcdef',
    '1-0123456789ABCDEF',
    '1-0123',
    '-1-0123456789abcdef',
    3,
  ])('refuses %j', (id) => {
    expect(revisionIdSchema.safeParse(id).success).toBe(false);
  });
});
