/** SHA-256 from Node, as the domain asks for it. */
import { createHash } from 'node:crypto';

/** 32 bytes; a text is hashed as UTF-8. */
export function sha256(data: string | Uint8Array): Buffer {
  return createHash('sha256').update(data).digest();
}

/** Lower-case hex; a text is hashed as UTF-8. */
export function sha256Hex(text: string): string {
  return sha256(text).toString('hex');
}
