/** Frames between the library and its host (`abi/wire.ts` has the format). What comes in is bounded before it is kept. */
import { HEADER_BYTES, KIND, MAX_BODY_BYTES, NULL_FIELD } from '../abi/wire.js';

export interface Frame {
  readonly kind: number;
  readonly engine: number;
  readonly code: number;
  readonly id: number;
  readonly body: Buffer;
}

export type Field = string | null;

/** The other side does not speak this protocol: there is nothing to be done but to end. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
}

export function encodeFrame(frame: Omit<Frame, 'body'>, body: string | Buffer): Buffer {
  const length = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + length);
  bytes.writeUInt32LE(length, 0);
  bytes.writeUInt32LE(frame.kind, 4);
  bytes.writeUInt32LE(frame.engine, 8);
  bytes.writeInt32LE(frame.code, 12);
  bytes.writeUIntLE(frame.id, 16, 6);
  bytes.writeUInt16LE(0, 22);
  if (typeof body === 'string') bytes.write(body, HEADER_BYTES);
  else body.copy(bytes, HEADER_BYTES);
  return bytes;
}

export function encodeFields(fields: readonly Field[]): Buffer {
  const parts = fields.flatMap((field) => {
    const length = Buffer.allocUnsafe(4);
    if (field === null) {
      length.writeUInt32LE(NULL_FIELD);
      return [length];
    }
    const bytes = Buffer.from(field);
    length.writeUInt32LE(bytes.length);
    return [length, bytes];
  });
  return Buffer.concat(parts);
}

/** @throws FrameError */
export function decodeFields(body: Buffer): Field[] {
  const fields: Field[] = [];
  let offset = 0;
  while (offset < body.length) {
    if (body.length - offset < 4) throw new FrameError('a field has no length');
    const length = body.readUInt32LE(offset);
    offset += 4;
    if (length === NULL_FIELD) {
      fields.push(null);
      continue;
    }
    if (length > body.length - offset) throw new FrameError('a field is longer than its body');
    fields.push(body.toString('utf8', offset, offset + length));
    offset += length;
  }
  return fields;
}

/** Makes frames of a stream of bytes, however it is cut. */
export class FrameReader {
  private chunks: Buffer[] = [];
  private held = 0;

  /** @throws FrameError */
  read(bytes: Buffer, received: (frame: Frame) => void): void {
    this.chunks.push(bytes);
    this.held += bytes.length;
    while (this.held >= HEADER_BYTES) {
      const length = this.front(4).readUInt32LE(0);
      if (length > MAX_BODY_BYTES) throw new FrameError(`a body of ${length} bytes`);
      if (this.held < HEADER_BYTES + length) return;
      const whole = this.front(HEADER_BYTES + length);
      received(frameOf(whole.subarray(0, HEADER_BYTES + length)));
      const rest = whole.subarray(HEADER_BYTES + length);
      this.held -= HEADER_BYTES + length;
      this.chunks[0] = rest;
      if (rest.length === 0) this.chunks.shift();
    }
  }

  /** The first chunk, made to hold this many bytes at least. */
  private front(bytes: number): Buffer {
    const [first] = this.chunks;
    if (first !== undefined && first.length >= bytes) return first;
    const joined = Buffer.concat(this.chunks);
    this.chunks = [joined];
    return joined;
  }
}

function frameOf(whole: Buffer): Frame {
  const kind = whole.readUInt32LE(4);
  const known: readonly number[] = Object.values(KIND);
  if (!known.includes(kind)) throw new FrameError(`a frame of kind ${kind}`);
  return {
    kind,
    engine: whole.readUInt32LE(8),
    code: whole.readInt32LE(12),
    id: whole.readUIntLE(16, 6),
    body: whole.subarray(HEADER_BYTES),
  };
}
