/** The frames that are made here. */
import { constants, inflateRawSync } from 'node:zlib';
import { sharedFrame, textFrame } from './text-frame.js';

/** What the header says of the payload, by RFC 6455, section 5.2. */
function headerOf(framed: Buffer): { first: number | undefined; masked: boolean; length: number; bytes: number } {
  const second = framed[1] ?? 0;
  const [first, masked, short] = [framed[0], second >= 128, second % 128];
  if (short < 126) return { first, masked, length: short, bytes: 2 };
  if (short === 126) return { first, masked, length: framed.readUInt16BE(2), bytes: 4 };
  return { first, masked, length: Number(framed.readBigUInt64BE(2)), bytes: 10 };
}

const FIN_AND_TEXT = 0x81;

test.each([
  [0, 2],
  [125, 2],
  [126, 4],
  [65_535, 4],
  [65_536, 10],
  [300_000, 10],
])('a text of %i bytes has a header of %i', (length, bytes) => {
  const text = 'x'.repeat(length);
  const { framed, data } = textFrame(text);
  expect(headerOf(framed)).toEqual({ first: FIN_AND_TEXT, masked: false, length, bytes });
  expect(framed.subarray(bytes).toString()).toBe(text);
  expect(data.toString()).toBe(text);
});

test.each(['é'.repeat(63), '🙂'.repeat(20_000)])('its length is that of bytes, not of characters', (text) => {
  const { framed, data } = textFrame(text);
  expect(headerOf(framed)).toMatchObject({ length: Buffer.byteLength(text) });
  expect(data.toString()).toBe(text);
  expect(framed.includes(data)).toBe(true);
});

test.each(['x'.repeat(9_000), '🙂é'.repeat(50_000)])(
  'compressed, it is another frame of the same text, made once',
  (text) => {
    const { compressed } = sharedFrame(text);
    const framed = compressed?.() ?? Buffer.alloc(0);
    const { first, masked, length, bytes } = headerOf(framed);
    expect({ first, masked, length }).toEqual({
      first: FIN_AND_TEXT + 0x40,
      masked: false,
      length: framed.length - bytes,
    });
    const whole = Buffer.concat([framed.subarray(bytes), Buffer.from([0, 0, 0xff, 0xff])]);
    expect(inflateRawSync(whole, { finishFlush: constants.Z_SYNC_FLUSH }).toString()).toBe(text);
    expect(compressed?.()).toBe(framed);
  },
);
