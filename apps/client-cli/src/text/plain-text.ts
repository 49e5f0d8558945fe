/**
 * Text of documents on its way to a terminal. Whoever can write a document must not be able to move the cursor, set the
 * window title, paste into the clipboard or reorder what is shown: escape sequences, control characters and
 * bidirectional overrides are taken out here, and every text from outside passes through here before it is shown.
 */
/* eslint-disable no-control-regex -- control characters are what this is about */
import { stripVTControlCharacters } from 'node:util';

const LINE_BREAKS = /\r\n|[\n\r\u000b\u000c\u0085\u2028\u2029]/g;
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;
const CONTROLS_BUT_NEWLINE =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;
const LONE_SURROGATES = /\p{Surrogate}/gu;

/**
 * Terminals disagree about the width of joined and modified emoji (a family, a skin tone, a text sign made colourful),
 * and a wrong guess shifts the rest of the row. Their first part says enough and is as wide everywhere.
 */
const COMPOSED_EMOJI =
  /(\p{Extended_Pictographic})(?:\ufe0f|\p{Emoji_Modifier})*(?:\u200d\p{Extended_Pictographic}(?:\ufe0f|\p{Emoji_Modifier})*)*/gu;

/** One line: breaks and tabs become spaces. */
export function plainLine(text: string): string {
  return clean(text.replace(LINE_BREAKS, ' ').replaceAll('\t', ' '));
}

/** Keeps line breaks, as `\n`. */
export function plainLines(text: string): string[] {
  return clean(text.replace(LINE_BREAKS, '\n').replaceAll('\t', '  ')).split('\n');
}

function clean(text: string): string {
  return stripVTControlCharacters(text)
    .replace(CONTROLS, '')
    .replace(LONE_SURROGATES, '\ufffd')
    .replace(COMPOSED_EMOJI, '$1');
}

/** For text that is being edited: what could act on the terminal becomes a sign of its own, so that the cursor stays true. */
export function visibleControls(text: string): string {
  return text.replace(CONTROLS_BUT_NEWLINE, '·').replace(LONE_SURROGATES, '\ufffd');
}

/** JSON for a terminal or a pipe: what JSON.stringify leaves raw and a terminal might obey is written as an escape. */
export function safeJson(value: unknown, indent?: number): string {
  return safeText(JSON.stringify(value, null, indent));
}

/** The same for a text that is JSON already. */
export function safeText(text: string): string {
  return text.replace(
    /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Ends like a sentence, so that another one can follow. */
export function sentence(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}
