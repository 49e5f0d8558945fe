/** Where a walk stands: a chain back to the root, turned into text only when there is something to say about it. */
import { formatPointer } from '../patch/json-pointer.js';

export interface JsonPlace {
  readonly parent: JsonPlace | undefined;
  readonly token: string;
}

const SHOWN_CHARACTERS = 200;

/** The JSON pointer of a place, cut to a length that a message can carry; undefined is the root. */
export function describePlace(place: JsonPlace | undefined): string {
  const tokens: string[] = [];
  for (let at = place; at; at = at.parent) tokens.push(at.token);
  if (tokens.length === 0) return 'the root';
  const pointer = formatPointer(tokens.reverse());
  return pointer.length > SHOWN_CHARACTERS ? `${pointer.slice(0, SHOWN_CHARACTERS)}...` : pointer;
}
