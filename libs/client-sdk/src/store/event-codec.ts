/**
 * Events as bytes, one or many: columns rather than rows, since the values of a column are alike, and deflated, so that a
 * run of changes of one document takes a small part of what each takes alone.
 *
 * What comes out is what went in, member for member. The first byte names the format: bytes that were written once stay
 * readable.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { SyncError, type ChangeEvent, type JsonValue, type WireDocument } from '@json-database-sync/domain';

/** Columns as JSON text, deflated; behind 0, in files of earlier programs, the same as it is. */
const DEFLATED = 1;
/** One event, as it is: it gains nothing by columns or by being deflated. */
const ALONE = 2;

/** `shapes`: the members of an event, each combination once; `events`: which of them each event has. */
interface Columns {
  readonly shapes: readonly (readonly string[])[];
  readonly events: readonly number[];
  /** The values of each member, of those events that have it, in order. */
  readonly values: Readonly<Record<string, readonly JsonValue[]>>;
}

export function encodeEvents(events: readonly ChangeEvent[]): Buffer {
  const [first] = events;
  if (!first || events.length > 1) return deflated(JSON.stringify(columnsOf(events)));
  return Buffer.from(String.fromCharCode(ALONE) + JSON.stringify(first), 'utf8');
}

/** @returns undefined where the text of several is longer than so many characters */
export function encodeWithin(maxCharacters: number, events: readonly ChangeEvent[]): Buffer | undefined {
  if (events.length === 1) return encodeEvents(events);
  const text = JSON.stringify(columnsOf(events));
  return text.length > maxCharacters ? undefined : deflated(text);
}

/** @throws SyncError `storage_failed` where the bytes are not what was written */
export function decodeEvents(bytes: Buffer): ChangeEvent[] {
  return readable(() => {
    const json: unknown = JSON.parse(textOf(bytes));
    return bytes[0] === ALONE ? [json as ChangeEvent] : eventsOf(json as Columns);
  });
}

export function encodeDocument(document: WireDocument): Buffer {
  return deflated(JSON.stringify(document));
}

/** @throws SyncError `storage_failed` where the bytes are not what was written */
export function decodeDocument(bytes: Buffer): WireDocument {
  return readable(() => JSON.parse(textOf(bytes)) as WireDocument);
}

function deflated(text: string): Buffer {
  return Buffer.concat([Buffer.of(DEFLATED), deflateRawSync(text)]);
}

function textOf(bytes: Buffer): string {
  const body = bytes.subarray(1);
  return (bytes[0] === DEFLATED ? inflateRawSync(body) : body).toString('utf8');
}

function readable<T>(decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    throw new SyncError('storage_failed', 'a part of the local log cannot be read', { cause: error });
  }
}

function columnsOf(events: readonly ChangeEvent[]): Columns {
  const shapes = new Map<string, number>();
  const values = new Map<string, JsonValue[]>();
  const numbers = events.map((event) => {
    const members = Object.entries(event) as [string, JsonValue][];
    for (const [name, value] of members) {
      const column = values.get(name);
      if (column) column.push(value);
      else values.set(name, [value]);
    }
    const shape = members.map(([name]) => name).join(' ');
    const number = shapes.get(shape) ?? shapes.size;
    shapes.set(shape, number);
    return number;
  });
  return {
    shapes: [...shapes.keys()].map((shape) => shape.split(' ')),
    events: numbers,
    values: Object.fromEntries(values),
  };
}

function eventsOf({ shapes, events, values }: Columns): ChangeEvent[] {
  const next = new Map(Object.entries(values).map(([name, column]) => [name, column.values()]));
  return events.map((number) => {
    const members = (shapes[number] ?? []).map((name) => [name, next.get(name)?.next().value]);
    return Object.fromEntries(members) as ChangeEvent;
  });
}
