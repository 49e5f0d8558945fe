/**
 * A text message as one WebSocket frame, header and payload in one buffer, as a server sends it (RFC 6455, section 5.2: FIN,
 * no mask, no extension). Made once, it can be written to the sockets of any number of receivers as it is.
 */
const FIN_TEXT = 0x81;
/** Payloads up to this carry their length in the second byte; up to the next, in two bytes more; beyond, in eight. */
const SHORT = 125;
const MEDIUM = 0xffff;

export interface TextFrame {
  /** The whole frame, for a socket without a compression that this message is to go through. */
  readonly framed: Buffer;
  /** Its payload alone: UTF-8 text. */
  readonly data: Buffer;
}

export function textFrame(text: string): TextFrame {
  const length = Buffer.byteLength(text);
  const headerLength = length <= SHORT ? 2 : length <= MEDIUM ? 4 : 10;
  const framed = Buffer.allocUnsafe(headerLength + length);
  framed[0] = FIN_TEXT;
  if (headerLength === 2) framed[1] = length;
  else if (headerLength === 4) {
    framed[1] = SHORT + 1;
    framed.writeUInt16BE(length, 2);
  } else {
    framed[1] = SHORT + 2;
    framed.writeBigUInt64BE(BigInt(length), 2);
  }
  framed.write(text, headerLength);
  return { framed, data: framed.subarray(headerLength) };
}
