/**
 * Measuring and cutting text in terminal cells. A cell is not a character: an ideograph or an emoji takes two, a
 * combining mark none. Text is cut between graphemes only, so that an emoji is never shown in halves.
 */
import stringWidth from 'string-width';

const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;
const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

export function cellsOf(text: string): number {
  return PRINTABLE_ASCII.test(text) ? text.length : stringWidth(text);
}

export function graphemesOf(text: string): string[] {
  if (PRINTABLE_ASCII.test(text)) return text.split('');
  return Array.from(segmenter.segment(text), (part) => part.segment);
}

/** At most `cells` wide; what had to be cut ends in an ellipsis. */
export function truncate(text: string, cells: number): string {
  if (cells <= 0) return '';
  if (cellsOf(text) <= cells) return text;
  return `${head(text, cells - 1)}…`;
}

/** The longest beginning that fits. */
export function head(text: string, cells: number): string {
  let width = 0;
  let kept = '';
  for (const grapheme of graphemesOf(text)) {
    width += cellsOf(grapheme);
    if (width > cells) break;
    kept += grapheme;
  }
  return kept;
}

/** Exactly `cells` wide: cut or filled up with spaces at the end. */
export function fit(text: string, cells: number): string {
  const cut = truncate(text, cells);
  return cut + ' '.repeat(Math.max(0, cells - cellsOf(cut)));
}
