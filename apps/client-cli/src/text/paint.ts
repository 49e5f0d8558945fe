/** Styled lines as text with or without ANSI colours. */
import pico from 'picocolors';
import type { Line, Span } from './line.js';

export type Paint = (line: Line) => string;

export function createPaint(colors: boolean): Paint {
  if (!colors) return (line) => line.map((part) => part.text).join('');
  const c = pico.createColors(true);
  return (line) => line.map((part) => paintSpan(part, c)).join('');
}

function paintSpan(part: Span, c: ReturnType<typeof pico.createColors>): string {
  let text = part.text;
  if (part.tone) text = c[part.tone](text);
  if (part.bold) text = c.bold(text);
  if (part.dim) text = c.dim(text);
  if (part.struck) text = c.strikethrough(text);
  if (part.inverse) text = c.inverse(text);
  return text;
}
