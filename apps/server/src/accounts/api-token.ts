/**
 * Bearer tokens: `jds_` and 256 random bits. The prefix lets people and secret scanners recognise one. Only the SHA-256
 * is stored: so many random bits need no slow hash, and looking one up by its hash compares nothing in our code, so its
 * timing tells nothing about the tokens that exist.
 */
import { createHash, randomBytes } from 'node:crypto';

const PREFIX = 'jds_';

export function newApiToken(): string {
  return PREFIX + randomBytes(32).toString('base64url');
}

export function hashApiToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** Anything else need not be looked for. */
export function looksLikeApiToken(token: string): boolean {
  return /^jds_[\w-]{43}$/.test(token);
}
