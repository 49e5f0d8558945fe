/** The frames that are made here. */
import { textFrame } from './text-frame.js';

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
