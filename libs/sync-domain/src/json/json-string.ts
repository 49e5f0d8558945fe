/** Texts as JSON strings. Most need no escape, and wrapping those is cheaper than the engine's writer. */

// eslint-disable-next-line no-control-regex -- control characters are among what JSON escapes
const ESCAPED = /["\\\u0000-\u001f\ud800-\udfff]/;

/** Past this length the engine's writer is faster than looking for what to escape. */
const SHORT = 64;

export function quoteJson(text: string): string {
  return text.length < SHORT && !ESCAPED.test(text) ? `"${text}"` : JSON.stringify(text);
}

/** The length of `quoteJson(text)`. */
export function quotedLength(text: string): number {
  return ESCAPED.test(text) ? JSON.stringify(text).length : text.length + 2;
}
