import fc from 'fast-check';
import { HEADER_BYTES, KIND, MAX_BODY_BYTES } from '../abi/wire.js';
import { FrameError, FrameReader, decodeFields, encodeFields, encodeFrame, type Frame } from './frame.js';

const field = fc.option(fc.string({ unit: 'grapheme' }), { nil: null });
const frame = fc.record({
  kind: fc.constantFrom(...Object.values(KIND)),
  engine: fc.nat(0xffffffff),
  code: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  id: fc.nat(2 ** 48 - 1),
  fields: fc.array(field, { maxLength: 6 }),
});

/** What a reader makes of bytes that come in pieces of these sizes. */
function readInPieces(bytes: Buffer, sizes: readonly number[]): Frame[] {
  const reader = new FrameReader();
  const frames: Frame[] = [];
  for (let offset = 0, piece = 0; offset < bytes.length; piece++) {
    const size = sizes[piece % sizes.length] ?? 1;
    reader.read(bytes.subarray(offset, offset + size), (one) => frames.push({ ...one, body: Buffer.from(one.body) }));
    offset += size;
  }
  return frames;
}

test('frames come out as they went in, however the stream is cut', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 5 }), sizes, (frames, cuts) => {
      const bytes = Buffer.concat(frames.map(({ fields, ...head }) => encodeFrame(head, encodeFields(fields))));
      const read = readInPieces(bytes, cuts).map(({ body, ...head }) => ({ ...head, fields: decodeFields(body) }));
      expect(read).toEqual(frames);
    }),
  );
});

test('a body over the limit, a kind that there is not, and fields that are cut short are refused', () => {
  const head = Buffer.alloc(HEADER_BYTES);
  head.writeUInt32LE(MAX_BODY_BYTES + 1, 0);
  head.writeUInt32LE(KIND.request, 4);
  expect(() => new FrameReader().read(head, () => undefined)).toThrow(FrameError);
  head.writeUInt32LE(0, 0);
  head.writeUInt32LE(99, 4);
  expect(() => new FrameReader().read(head, () => undefined)).toThrow(FrameError);
  const fields = encodeFields(['abc']);
  expect(() => decodeFields(fields.subarray(0, 2))).toThrow(FrameError);
  expect(() => decodeFields(fields.subarray(0, 6))).toThrow(FrameError);
});
