/** Lines of a stream of bytes, one at a time, with a bound on each: memory holds one line, however long the stream is. */
import { TextDecoder } from 'node:util';
import { CliFailure } from '../cli-failure.js';

/** More than an event can take: it holds two documents at most. */
export const MAX_LINE_CHARACTERS = 64 * 1024 * 1024;

/** @throws CliFailure where a line is longer, or the bytes are not UTF-8 */
export async function* splitLines(
  bytes: AsyncIterable<Uint8Array>,
  maxCharacters = MAX_LINE_CHARACTERS,
): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  // What the line that is being read has so far; joined once, since a long one comes in very many pieces.
  let pieces: string[] = [];
  let length = 0;
  const add = (piece: string): void => {
    length += piece.length;
    if (length > maxCharacters) throw damaged(`a line is longer than ${maxCharacters} characters`);
    if (piece !== '') pieces.push(piece);
  };
  const take = (): string => {
    const line = pieces.join('');
    [pieces, length] = [[], 0];
    return line;
  };
  for await (const chunk of bytes) {
    const text = decode(decoder, chunk);
    let from = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      add(text.slice(from, end));
      yield take();
      from = end + 1;
    }
    add(text.slice(from));
  }
  add(decode(decoder));
  if (length > 0) yield take();
}

function decode(decoder: TextDecoder, chunk?: Uint8Array): string {
  try {
    return chunk ? decoder.decode(chunk, { stream: true }) : decoder.decode();
  } catch (error) {
    throw damaged('it is not text in UTF-8', error);
  }
}

function damaged(why: string, cause?: unknown): CliFailure {
  return new CliFailure('invalid_argument', `This cannot be an exported audit log: ${why}.`, { cause });
}
