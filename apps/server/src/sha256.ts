/** SHA-256 from Node, as the domain asks for it: in one call, which takes half the time of a Hash object. */
import { hash } from 'node:crypto';

/** 32 bytes; a text is hashed as UTF-8. */
export function sha256(data: string | Uint8Array): Buffer {
  return hash('sha256', data, 'buffer');
}

/** Lower-case hex; a text is hashed as UTF-8. */
export function sha256Hex(text: string): string {
  return hash('sha256', text, 'hex');
}
