/** One field of text being edited. The cursor stands between graphemes, never inside one. */
import { graphemesOf, cellsOf } from '../text/cells.js';
import type { Key } from './keys.js';

export interface TextField {
  readonly before: string;
  readonly after: string;
}

export interface TextFieldOptions {
  readonly maxCharacters: number;
  readonly multiline?: boolean;
}

export function textField(text: string): TextField {
  return { before: text, after: '' };
}

export function fieldText(field: TextField): string {
  return field.before + field.after;
}

/** undefined when the key means nothing to a text. */
export function editText(field: TextField, key: Key, options: TextFieldOptions): TextField | undefined {
  if (key.kind === 'text') return insert(field, key.text, options);
  if (key.kind === 'control') return controlled(field, key.letter);
  switch (key.name) {
    case 'newline':
      return insert(field, options.multiline ? '\n' : ' ', options);
    case 'backspace':
      return { ...field, before: withoutLast(field.before) };
    case 'left': {
      const before = withoutLast(field.before);
      return { before, after: field.before.slice(before.length) + field.after };
    }
    case 'right': {
      const [first = ''] = graphemesOf(field.after);
      return { before: field.before + first, after: field.after.slice(first.length) };
    }
    case 'home':
      return { before: '', after: fieldText(field) };
    case 'end':
      return textField(fieldText(field));
    default:
      return undefined;
  }
}

/** As shells have them: a and e to the ends, u and k to clear, w for a word, d for what follows. */
function controlled(field: TextField, letter: string): TextField | undefined {
  switch (letter) {
    case 'a':
      return { before: '', after: fieldText(field) };
    case 'e':
      return textField(fieldText(field));
    case 'u':
      return { before: '', after: field.after };
    case 'k':
      return { before: field.before, after: '' };
    case 'w':
      return { ...field, before: field.before.replace(/\S*\s*$/u, '') };
    case 'd': {
      const [first = ''] = graphemesOf(field.after);
      return { ...field, after: field.after.slice(first.length) };
    }
    default:
      return undefined;
  }
}

function insert(field: TextField, text: string, { maxCharacters }: TextFieldOptions): TextField {
  if (field.before.length + field.after.length + text.length > maxCharacters) return field;
  return { ...field, before: field.before + text };
}

function withoutLast(text: string): string {
  const last = graphemesOf(text).at(-1) ?? '';
  return text.slice(0, text.length - last.length);
}

export interface FieldWindow {
  readonly before: string;
  /** What the cursor stands on; a space at the end of the text. */
  readonly under: string;
  readonly after: string;
}

/** The part around the cursor that fits `cells`. Line breaks are shown as a sign. */
export function fieldWindow(field: TextField, cells: number): FieldWindow {
  const shown = (text: string): string => text.replaceAll('\n', '⏎');
  const [under = ' ', ...rest] = graphemesOf(shown(field.after));
  let left = Math.max(0, cells - cellsOf(under));
  let before = '';
  for (const grapheme of graphemesOf(shown(field.before)).reverse()) {
    left -= cellsOf(grapheme);
    if (left < 0) break;
    before = grapheme + before;
  }
  let room = cells - cellsOf(before) - cellsOf(under);
  let after = '';
  for (const grapheme of rest) {
    room -= cellsOf(grapheme);
    if (room < 0) break;
    after += grapheme;
  }
  return { before, under, after };
}
