/**
 * The chain of hashes through a stream's events: each hash covers its event and, by the hash before it, all earlier ones.
 *
 *     hash(n) = SHA-256( hash(n-1) || SHA-256( canonical record of event n ) )        32 bytes each
 *
 * The first event follows 32 zero bytes. The sequence is not in the record: the chain's order gives it, and whoever
 * verifies checks that there is no gap. Hashes are bytes in the database and lower-case hex everywhere else.
 */
import { z } from 'zod';

/** SHA-256 of bytes, or of a text's UTF-8 bytes, from the platform. */
export type Sha256 = (data: string | Uint8Array) => Uint8Array;

/** 64 lower-case hex digits. */
export const eventHashSchema = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'a hash is 64 lower-case hex digits')
  .brand<'EventHash'>();
export type EventHash = z.infer<typeof eventHashSchema>;

/** What the first event of a stream follows, and the head of a stream without events. */
export const CHAIN_START = '0'.repeat(64) as EventHash;

/** @param record the canonical text of the event (`canonicalEvent`) */
export function bodyHash(record: string, sha256: Sha256): Uint8Array {
  return sha256(record);
}

/** The hash of the event whose body hashes to `body`, after the one whose hash is `previous`. */
export function chainHash(previous: EventHash, body: Uint8Array, sha256: Sha256): EventHash {
  const link = new Uint8Array(64);
  for (let at = 0; at < 32; at++) link[at] = Number.parseInt(previous.slice(2 * at, 2 * at + 2), 16);
  link.set(body, 32);
  return toHex(sha256(link));
}

function toHex(bytes: Uint8Array): EventHash {
  let hex = '';
  for (const byte of bytes) hex += byte.toString(16).padStart(2, '0');
  return hex as EventHash;
}
