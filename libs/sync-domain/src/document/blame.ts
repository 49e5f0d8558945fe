/**
 * Who set each part of a document: for every leaf the event that put the value there which stands there now.
 *
 * Objects are told member by member. In an array, an item that kept its index keeps its authors; whatever came, went or
 * moved was put where it is by the event that did so, and that goes for what it pushed aside as well.
 *
 * Invariant: from the version that a leaf is put down to until now, the same value has stood at its path.
 */
import { jsonEqual } from '../json/canonical-json.js';
import { isJsonArray, isJsonObject, type JsonArray, type JsonObject, type JsonValue } from '../json/json-value.js';
import { getOwn } from '../json/own-property.js';
import { pairItems } from '../patch/array-pairs.js';
import { formatPointer } from '../patch/json-pointer.js';
import type { DocumentEvent } from './change-event.js';
import { devolveContent } from './evolve.js';

/** null where the value was there before the oldest event at hand. */
export type BlamedEvent = DocumentEvent | null;

export interface BlamedLeaf {
  /** A JSON pointer to a scalar, or to an array or object that is empty. */
  readonly path: string;
  readonly value: JsonValue;
  readonly event: BlamedEvent;
}

export interface Blame {
  readonly title: BlamedEvent;
  /** By path, members by code unit and items by index: the order that an object's keys have come in is not kept. */
  readonly leaves: readonly BlamedLeaf[];
}

/**
 * @param events a document's events without gaps, oldest first, up to the version that has `content`
 * @param content the document's content after the last of them
 */
export function blame(events: readonly DocumentEvent[], content: JsonValue): Blame {
  // Back to where the events begin first: only what is left of each content is then walked again.
  const contents = [content];
  for (const event of events.toReversed()) contents.push(devolveContent(contents.at(-1)!, event));
  contents.reverse();

  let title: BlamedEvent = null;
  let authors: Authors = authorsOf(contents[0]!, null);
  for (const [index, event] of events.entries()) {
    if (setsTitle(event)) title = event;
    const after = contents[index + 1]!;
    if (event.type === 'create') authors = authorsOf(after, event);
    else authors = changed(contents[index]!, after, authors, event);
  }
  const leaves: BlamedLeaf[] = [];
  collect(content, authors, [], leaves);
  return { title, leaves };
}

/** The authors of a value: of each member or item, or of a leaf. */
type Authors = ReadonlyMap<string, Authors> | readonly Authors[] | { readonly event: BlamedEvent };

function setsTitle(event: DocumentEvent): boolean {
  if (event.type === 'update') return event.title !== null;
  return (
    event.type === 'create' ||
    (event.type === 'restore' && (event.reverse?.title ?? event.forward.title) !== event.forward.title)
  );
}

/** All of a value by one event. */
function authorsOf(value: JsonValue, event: BlamedEvent): Authors {
  if (isJsonArray(value) && value.length > 0) return value.map((item) => authorsOf(item, event));
  if (!isJsonObject(value) || Object.keys(value).length === 0) return { event };
  return new Map(Object.entries(value).map(([key, member]) => [key, authorsOf(member, event)]));
}

function changed(before: JsonValue, after: JsonValue, authors: Authors, event: DocumentEvent): Authors {
  if (before === after) return authors;
  if (isJsonObject(before) && isJsonObject(after) && authors instanceof Map) {
    return changedMembers(before, after, authors, event);
  }
  if (isJsonArray(before) && isJsonArray(after) && Array.isArray(authors)) {
    return changedItems(before, after, authors, event);
  }
  return jsonEqual(before, after) ? authors : authorsOf(after, event);
}

function changedMembers(
  before: JsonObject,
  after: JsonObject,
  authors: ReadonlyMap<string, Authors>,
  event: DocumentEvent,
): Authors {
  if (Object.keys(after).length === 0) return { event };
  return new Map(
    Object.entries(after).map(([key, member]) => {
      const former = getOwn(before, key);
      const known = authors.get(key);
      const kept = former !== undefined && known !== undefined;
      return [key, kept ? changed(former, member, known, event) : authorsOf(member, event)];
    }),
  );
}

function changedItems(before: JsonArray, after: JsonArray, authors: readonly Authors[], event: DocumentEvent): Authors {
  if (after.length === 0) return { event };
  const { head, tail, middle } = pairItems(before, after);
  const kept = new Set(middle.filter((pair) => pair.before === pair.after).map((pair) => pair.after));
  const sameLength = before.length === after.length;
  return after.map((item, index) => {
    const stayed = index < head || kept.has(index) || (sameLength && index >= after.length - tail);
    return stayed ? changed(before[index]!, item, authors[index]!, event) : authorsOf(item, event);
  });
}

function collect(value: JsonValue, authors: Authors, path: readonly string[], leaves: BlamedLeaf[]): void {
  if ('event' in authors) {
    leaves.push({ path: formatPointer(path), value, event: authors.event });
  } else if (isJsonArray(value)) {
    for (const [index, item] of value.entries())
      collect(item, (authors as readonly Authors[])[index]!, [...path, String(index)], leaves);
  } else if (isJsonObject(value)) {
    for (const [key, member] of Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      collect(member, (authors as ReadonlyMap<string, Authors>).get(key)!, [...path, key], leaves);
  }
}
