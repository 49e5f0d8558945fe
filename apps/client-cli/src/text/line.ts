/** Styled text without a terminal: the board and the commands build these, and only the edge turns them into colours. */
import { cellsOf, truncate } from './cells.js';

export type Tone = 'red' | 'green' | 'yellow' | 'blue' | 'magenta' | 'cyan' | 'gray';

export interface Span {
  readonly text: string;
  readonly tone?: Tone;
  readonly bold?: boolean;
  readonly dim?: boolean;
  readonly inverse?: boolean;
  readonly struck?: boolean;
}

export type Line = readonly Span[];

export function span(text: string, style: Omit<Span, 'text'> = {}): Span {
  return { text, ...style };
}

export function textOf(line: Line): string {
  return line.map((part) => part.text).join('');
}

export function widthOf(line: Line): number {
  return line.reduce((sum, part) => sum + cellsOf(part.text), 0);
}

/** At most `cells` wide, the style of each part kept. */
export function truncateLine(line: Line, cells: number): Line {
  if (widthOf(line) <= cells) return line;
  const kept: Span[] = [];
  let left = cells;
  for (const part of line) {
    const width = cellsOf(part.text);
    if (width < left) {
      kept.push(part);
      left -= width;
      continue;
    }
    // Something follows that does not fit: the ellipsis has to show it even where this part just would.
    kept.push({ ...part, text: truncate(`${part.text}  `, left) });
    break;
  }
  return kept;
}

/** Exactly `cells` wide. */
export function fitLine(line: Line, cells: number): Line {
  const cut = truncateLine(line, cells);
  const missing = cells - widthOf(cut);
  return missing > 0 ? [...cut, span(' '.repeat(missing))] : cut;
}

/** `left` at the left edge and `right` at the right one; where both do not fit, `left` is cut. */
export function spread(left: Line, right: Line, cells: number): Line {
  const rightWidth = widthOf(right);
  if (rightWidth >= cells) return fitLine(right, cells);
  return [...fitLine(left, cells - rightWidth), ...right];
}
