/** A terminal small enough to read: what a program has written, as the lines that a person would see. */
import stringWidth from 'string-width';

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
// eslint-disable-next-line no-control-regex -- these are what a terminal obeys
const TOKEN = /\u001b\[([?>]?)([\d;]*)([A-Za-z])|\u001b\][^\u0007]*\u0007|[\u0000-\u001f]|[^\u0000-\u001f\u001b]+/gu;

export class Screen {
  alternate = false;
  cursorShown = true;
  /** Window titles, clipboard writes and whatever else a program may ask of a terminal and ours never should. */
  readonly otherRequests: string[] = [];
  private cells: string[][] = [[]];
  private row = 0;
  private column = 0;

  constructor(private size: { readonly columns: number; readonly rows: number }) {}

  /** What is seen after all of `output` has been written to an empty terminal. */
  static of(output: string, size: { readonly columns: number; readonly rows: number }): Screen {
    const screen = new Screen(size);
    for (const match of output.matchAll(TOKEN)) screen.take(match);
    return screen;
  }

  get lines(): string[] {
    return this.cells.map((line) =>
      Array.from(line, (cell) => cell ?? ' ')
        .join('')
        .trimEnd(),
    );
  }

  get text(): string {
    return this.lines.join('\n');
  }

  private take([token, prefix, parameters, final]: RegExpMatchArray): void {
    if (final !== undefined) this.control(prefix ?? '', parameters ?? '', final);
    else if (token === '\r') this.column = 0;
    else if (token === '\n') this.lineFeed();
    else if (token === '\b') this.column = Math.max(0, this.column - 1);
    else if (token < ' ') this.otherRequests.push(JSON.stringify(token));
    else if (token.startsWith('\u001b')) this.otherRequests.push(JSON.stringify(token));
    else for (const { segment } of segmenter.segment(token)) this.put(segment);
  }

  private control(prefix: string, parameters: string, final: string): void {
    const count = Number(parameters.split(';')[0] || 1);
    if (prefix === '?') {
      if (parameters === '1049') this.alternate = final === 'h';
      if (parameters === '25') this.cursorShown = final === 'h';
      return;
    }
    switch (final) {
      case 'A':
        this.row = Math.max(0, this.row - count);
        break;
      case 'B':
        this.row = Math.min(this.size.rows - 1, this.row + count);
        break;
      case 'G':
        this.column = count - 1;
        break;
      case 'H':
        this.row = this.column = 0;
        break;
      case 'J':
        this.cells = parameters === '2' || parameters === '3' ? [] : this.cells.slice(0, this.row + 1);
        break;
      case 'K':
        this.cells[this.row] = parameters === '2' ? [] : this.line().slice(0, this.column);
        break;
      case 'm':
        break;
      default:
        this.otherRequests.push(JSON.stringify(`CSI ${prefix}${parameters}${final}`));
    }
  }

  private put(grapheme: string): void {
    const width = stringWidth(grapheme);
    if (this.column + width > this.size.columns) {
      this.lineFeed();
      this.column = 0;
    }
    const line = this.line();
    while (line.length < this.column) line.push(' ');
    line.splice(this.column, width, grapheme, ...Array<string>(Math.max(0, width - 1)).fill(''));
    this.column += width;
  }

  private lineFeed(): void {
    if (this.row < this.size.rows - 1) this.row++;
    else this.cells.splice(0, 1);
    this.line();
  }

  private line(): string[] {
    while (this.cells.length <= this.row) this.cells.push([]);
    return this.cells[this.row] ?? [];
  }
}
