/** What was pressed, independent of the library that reads the terminal. */
export type SpecialKey =
  | 'up'
  | 'down'
  | 'left'
  | 'right'
  | 'pageup'
  | 'pagedown'
  | 'home'
  | 'end'
  | 'enter'
  | 'newline'
  | 'escape'
  | 'tab'
  | 'backtab'
  | 'backspace';

export type Key =
  | { readonly kind: 'special'; readonly name: SpecialKey }
  | { readonly kind: 'control'; readonly letter: string }
  /** One grapheme. */
  | { readonly kind: 'text'; readonly text: string };

/** The part of Ink's key that is looked at. */
export interface RawKey {
  readonly upArrow: boolean;
  readonly downArrow: boolean;
  readonly leftArrow: boolean;
  readonly rightArrow: boolean;
  readonly pageDown: boolean;
  readonly pageUp: boolean;
  readonly home: boolean;
  readonly end: boolean;
  readonly return: boolean;
  readonly escape: boolean;
  readonly ctrl: boolean;
  readonly shift: boolean;
  readonly tab: boolean;
  readonly backspace: boolean;
  readonly delete: boolean;
  readonly meta: boolean;
}

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** A terminal hands over what has been typed or pasted since it was last asked: one key, or several at once. */
export function keysFrom(input: string, raw: RawKey): Key[] {
  const name = specialName(raw);
  if (name) return [{ kind: 'special', name }];
  if (raw.ctrl && /^[a-z]$/.test(input)) return [{ kind: 'control', letter: input }];
  // Alt with a letter means nothing here, and must not be taken for the letter.
  if (raw.meta || raw.ctrl) return [];
  return typed(input);
}

function specialName(raw: RawKey): SpecialKey | undefined {
  if (raw.return) return raw.meta ? 'newline' : 'enter';
  if (raw.tab) return raw.shift ? 'backtab' : 'tab';
  // Most terminals send for Backspace what the library calls Delete.
  if (raw.backspace || raw.delete) return 'backspace';
  if (raw.escape) return 'escape';
  if (raw.upArrow) return 'up';
  if (raw.downArrow) return 'down';
  if (raw.leftArrow) return 'left';
  if (raw.rightArrow) return 'right';
  if (raw.pageUp) return 'pageup';
  if (raw.pageDown) return 'pagedown';
  if (raw.home) return 'home';
  return raw.end ? 'end' : undefined;
}

function typed(input: string): Key[] {
  const text = input.replace(/\r\n/g, '\r');
  const keys: Key[] = [];
  let end = 0;
  for (const { segment } of segmenter.segment(text)) {
    end += segment.length;
    if (segment === '\r' || segment === '\n') {
      // Enter at the end was pressed; a line break inside came with a pasted text.
      keys.push(end === text.length ? { kind: 'special', name: 'enter' } : { kind: 'special', name: 'newline' });
    } else if (segment === '\t') keys.push({ kind: 'special', name: 'tab' });
    else if (segment === '\u007f' || segment === '\b') keys.push({ kind: 'special', name: 'backspace' });
    else if (segment === '\u0003') keys.push({ kind: 'control', letter: 'c' });
    // eslint-disable-next-line no-control-regex -- other control characters are nothing that one types
    else if (!/^[\u0000-\u001f\u0080-\u009f]/.test(segment)) keys.push({ kind: 'text', text: segment });
  }
  return keys;
}
