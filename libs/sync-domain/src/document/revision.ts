/**
 * Revision ids: `"<generation>-<hash>"`. The generation is the document's version, the hash the first 16 hex digits
 * of SHA-256 over the canonical text (RFC 8785) of its content, so that two replicas that say the same revision
 * hold the same content.
 */
import { z } from 'zod';
import { canonicalJson } from '../json/canonical-json.js';
import type { JsonValue } from '../json/json-value.js';

/** Lower-case hex SHA-256 of a text's UTF-8 bytes, from the platform. */
export type Sha256Hex = (text: string) => string;

export const revisionIdSchema = z
  .string()
  .regex(/^[1-9][0-9]{0,15}-[0-9a-f]{16}$/, 'a revision id is "<generation>-<16 hex digits>"')
  .brand<'RevisionId'>();
export type RevisionId = z.infer<typeof revisionIdSchema>;

export function generationOf(revisionId: RevisionId): number {
  return Number(revisionId.slice(0, revisionId.indexOf('-')));
}

export interface Fingerprint {
  readonly revisionId: RevisionId;
  /** All 64 hex digits. */
  readonly checksum: string;
  /** Length of the canonical text, to hold against the size limit. */
  readonly characters: number;
}

export function fingerprint(content: JsonValue, version: number, sha256Hex: Sha256Hex): Fingerprint {
  const text = canonicalJson(content);
  const checksum = sha256Hex(text);
  return { revisionId: `${version}-${checksum.slice(0, 16)}` as RevisionId, checksum, characters: text.length };
}
