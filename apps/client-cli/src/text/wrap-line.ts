/** Styled lines broken to a width, at spaces where there are some, each part keeping its style. */
import { cellsOf, head, graphemesOf } from './cells.js';
import { type Line, type Span } from './line.js';

export function wrapLine(line: Line, cells: number): Line[] {
  const width = Math.max(1, cells);
  const lines: Span[][] = [[]];
  let used = 0;
  const breakLine = (): void => {
    lines.push([]);
    used = 0;
  };
  const put = (part: Span, text: string): void => {
    lines.at(-1)?.push({ ...part, text });
    used += cellsOf(text);
  };
  for (const part of line) {
    for (const token of part.text.split(/(?<= )(?=\S)/)) {
      let rest = token;
      if (used > 0 && used + cellsOf(rest.trimEnd()) > width && cellsOf(rest.trimEnd()) <= width) breakLine();
      while (used + cellsOf(rest) > width) {
        const piece = head(rest, width - used) || (used === 0 ? (graphemesOf(rest)[0] ?? '') : '');
        if (piece !== '') put(part, piece);
        rest = rest.slice(piece.length);
        // Spaces that do not fit at the end are not carried to the next line.
        if (rest.trim() === '') break;
        breakLine();
      }
      if (rest.trim() !== '' || used + cellsOf(rest) <= width) put(part, rest);
    }
  }
  return lines;
}
