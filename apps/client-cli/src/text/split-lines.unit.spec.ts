/** Lines come out as they went in, wherever the pieces were cut, and none is longer than it may be. */
import fc from 'fast-check';
import { splitLines } from './split-lines.js';

async function* inPieces(bytes: Uint8Array, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  let from = 0;
  for (const cut of [...cuts.map((at) => at % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length]) {
    yield await Promise.resolve(bytes.slice(from, cut));
    from = cut;
  }
}

async function collect(lines: AsyncIterable<string>): Promise<string[]> {
  const found: string[] = [];
  for await (const line of lines) found.push(line);
  return found;
}

it('gives every line, wherever the pieces were cut', async () => {
  const line = fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\n', ''));
  await fc.assert(
    fc.asyncProperty(fc.array(line), fc.array(fc.nat()), fc.boolean(), async (lines, cuts, ended) => {
      const text = lines.join('\n') + (ended ? '\n' : '');
      const found = await collect(splitLines(inPieces(Buffer.from(text), cuts)));
      const expected = text.split('\n');
      expect(found).toEqual(expected.at(-1) === '' ? expected.slice(0, -1) : expected);
    }),
  );
});

it('refuses a line that is too long, and bytes that are no UTF-8', async () => {
  const long = inPieces(Buffer.from('short\n0123456789'), [8]);
  await expect(collect(splitLines(long, 9))).rejects.toMatchObject({ code: 'invalid_argument' });
  const broken = inPieces(Buffer.from([0x7b, 0xff, 0x0a]), []);
  await expect(collect(splitLines(broken))).rejects.toMatchObject({ code: 'invalid_argument' });
  const cut = inPieces(Buffer.from('ä').subarray(0, 1), []);
  await expect(collect(splitLines(cut))).rejects.toMatchObject({ code: 'invalid_argument' });
});
