/**
 * A text message as one WebSocket frame, header and payload in one buffer, as a server sends it (RFC 6455, section 5.2: FIN,
 * no mask). Made once, it can be written to the sockets of any number of receivers as it is; compressed too (RFC 7692), to
 * those who have agreed to messages that stand alone, without the context of those before them.
 */
import { constants, deflateRawSync } from 'node:zlib';

const FIN_TEXT = 0x81;
/** The bit by which a message says that it is compressed. */
const COMPRESSED = 0x40;
/** An empty block ends the flush; its last four bytes are not sent. */
const FLUSH_BYTES = 4;
/** Payloads up to this carry their length in the second byte; up to the next, in two bytes more; beyond, in eight. */
const SHORT = 125;
const MEDIUM = 0xffff;

export interface TextFrame {
  /** The whole frame, for a socket without a compression that this message is to go through. */
  readonly framed: Buffer;
  /** Its payload alone: UTF-8 text. */
  readonly data: Buffer;
  /** The whole frame with its payload compressed. Only where it goes to many: it is made when the first of them wants it. */
  readonly compressed?: () => Buffer;
}

export function textFrame(text: string): TextFrame {
  const length = Buffer.byteLength(text);
  const framed = frameOf(FIN_TEXT, length);
  const data = framed.subarray(framed.length - length);
  data.write(text);
  return { framed, data };
}

/** For many receivers. */
export function sharedFrame(text: string): TextFrame {
  const frame = textFrame(text);
  let compressed: Buffer | undefined;
  return { ...frame, compressed: () => (compressed ??= compress(frame.data)) };
}

function compress(data: Buffer): Buffer {
  const deflated = deflateRawSync(data, { finishFlush: constants.Z_SYNC_FLUSH });
  const length = deflated.length - FLUSH_BYTES;
  const framed = frameOf(FIN_TEXT + COMPRESSED, length);
  deflated.copy(framed, framed.length - length, 0, length);
  return framed;
}

/** The header, and room for the payload behind it. */
function frameOf(first: number, length: number): Buffer {
  const headerLength = length <= SHORT ? 2 : length <= MEDIUM ? 4 : 10;
  const framed = Buffer.allocUnsafe(headerLength + length);
  framed[0] = first;
  if (headerLength === 2) framed[1] = length;
  else if (headerLength === 4) {
    framed[1] = SHORT + 1;
    framed.writeUInt16BE(length, 2);
  } else {
    framed[1] = SHORT + 2;
    framed.writeBigUInt64BE(BigInt(length), 2);
  }
  return framed;
}
