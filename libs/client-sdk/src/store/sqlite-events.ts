/**
 * The log of a SQLite store: the events that were folded in, in the shape in which the server sent them.
 *
 * Events lie in packs of consecutive versions of one document. One that comes alone begins as a pack of its own; sixteen become
 * one, then 64, and 128 in the end, so that an event is written anew three times at most and the newest few are the quickest
 * to read. Many that come together are written as such packs at once. All of it happens in the transaction that adds them.
 */
import {
  AssertionFailure,
  fromChangeEvent,
  fromWireDocument,
  toWireDocument,
  type ChangeEvent,
  type DocumentId,
  type DocumentState,
  type Sequenced,
  type StreamId,
} from '@json-database-sync/domain';
import type { Database } from 'better-sqlite3';
import { decodeDocument, decodeEvents, encodeDocument, encodeEvents, encodeWithin } from './event-codec.js';
import { runsOfDocuments } from './event-runs.js';
import type { EventTable } from './local-store.js';
import { guarded } from './sqlite-errors.js';

interface PackRow {
  number: number;
  first_version: number;
  last_version: number;
}

interface BodyRow {
  number: number;
  stream_id: string;
  body: Buffer;
}

interface KeyframeRow {
  version: number;
  body: Buffer;
  stream_id: string;
}

/** Packs that are kept decoded. */
const KEPT_DECODED = 32;
const LARGEST_KEPT_BYTES = 32 * 1024;

/** At every version that is a multiple of one of these, the packs of so many versions up to it become one. */
const MERGES = [16, 64, 128];
/** Rows of an older file that are moved in one transaction. */
const OLD_ROWS = 1_000;
/** Packs that are larger together stay apart. */
const LARGEST_MERGE_BYTES = 256 * 1024;

export class SqliteEvents implements EventTable {
  private readonly statements;
  /** What was read last, for whoever reads it event by event. */
  private readonly decoded = new Map<number, { readonly body: Buffer; readonly events: readonly Sequenced[] }>();

  constructor(private readonly db: Database) {
    this.statements = prepareStatements(db);
  }

  add(streamId: StreamId, events: readonly ChangeEvent[]): void {
    this.atomically(() => {
      const stream = this.numberOf(streamId);
      // The usual ones go on from what is here, and each document's can be taken together.
      if (this.areNew(stream, events)) {
        for (const run of runsOfDocuments(events)) this.addRun(stream, run);
        return;
      }
      for (const event of events) {
        const known = this.statements.place.get(stream, event.sequence);
        if (known) this.takeOut(known.document, known, (old) => old.sequence === event.sequence);
        this.addRun(stream, [event]);
      }
    });
  }

  at(streamId: StreamId, sequence: number): Sequenced | undefined {
    return guarded(() => {
      const row = this.statements.bodyAt.get(streamId, sequence);
      return row && this.eventsIn(row).find((event) => event.sequence === sequence);
    });
  }

  after(id: DocumentId, version: number): Sequenced[] {
    return guarded(() =>
      this.statements.bodiesAfter
        .all(id, version)
        .flatMap((row) => this.eventsIn(row))
        .filter((event) => event.version > version),
    );
  }

  before(id: DocumentId, version: number | null, limit: number): Sequenced[] {
    const bound = version ?? Number.MAX_SAFE_INTEGER;
    return guarded(() => {
      const events: Sequenced[] = [];
      if (limit <= 0) return events;
      for (const row of this.statements.bodiesBefore.iterate(id, bound)) {
        events.push(
          ...this.eventsIn(row)
            .filter((event) => event.version < bound)
            .reverse(),
        );
        if (events.length >= limit) break;
      }
      return events.slice(0, limit);
    });
  }

  removeAfter(streamId: StreamId, sequence: number): void {
    this.atomically(() => {
      const stream = this.numberOf(streamId);
      for (const { document, version } of this.statements.beyond.all(stream, sequence)) {
        this.takeOut(document, { version, last: Number.MAX_SAFE_INTEGER }, (old) => old.sequence > sequence);
      }
    });
  }

  addKeyframe(state: DocumentState): void {
    this.atomically(() => {
      this.statements.addKeyframe.run(this.numberOf(state.id), state.version, encodeDocument(toWireDocument(state)));
    });
  }

  nearestKeyframe(id: DocumentId, version: number, within: number): DocumentState | undefined {
    return guarded(() => {
      const sides = [this.statements.keyframeUpTo.get(id, version), this.statements.keyframeBeyond.get(id, version)];
      const [nearest] = sides
        .flatMap((row) => (row ? [{ row, distance: Math.abs(row.version - version) }] : []))
        .filter(({ distance }) => distance < within)
        .sort((a, b) => a.distance - b.distance);
      return nearest && fromWireDocument(decodeDocument(nearest.row.body), nearest.row.stream_id as StreamId);
    });
  }

  /** Moves events from where earlier versions of this program kept them, a bounded number of them. */
  moveOld(): { readonly more: boolean } {
    const rows = this.statements.oldRows.all(OLD_ROWS);
    for (const row of rows) {
      this.add(row.stream_id as StreamId, [JSON.parse(row.body) as ChangeEvent]);
      this.statements.removeOld.run(row.stream_id, row.sequence);
    }
    return { more: rows.length === OLD_ROWS };
  }

  /** Whether none of these sequences is here, nor twice among them. */
  private areNew(stream: number, events: readonly ChangeEvent[]): boolean {
    const ascending = events.every(({ sequence }, at) => at === 0 || sequence > (events[at - 1]?.sequence ?? 0));
    const [first] = events;
    const last = events.at(-1);
    return ascending && (!first || !last || !this.statements.anyPlace.get(stream, first.sequence, last.sequence));
  }

  /** @param events consecutive versions of one document, at places that are free */
  private addRun(stream: number, events: readonly ChangeEvent[]): void {
    const [first] = events;
    const last = events.at(-1);
    if (!first || !last) return;
    const known = this.statements.number.get(first.document_id)?.number;
    const document = known ?? this.numberOf(first.document_id);
    if (known !== undefined) {
      const range = { version: first.version, last: last.version };
      this.takeOut(document, range, ({ version }) => version >= range.version && version <= range.last);
    }
    for (const { sequence, version } of events) this.statements.addPlace.run(stream, sequence, document, version);
    for (let at = 0; at < events.length;) at += this.addPack(stream, document, events.slice(at));
  }

  /** Makes one pack of as many of these as belong together in the end. @returns how many of them are stored now */
  private addPack(stream: number, document: number, events: readonly ChangeEvent[]): number {
    const [first] = events;
    const last = events.at(-1);
    if (!first || !last) return 0;
    const blocks = MERGES.map((size) => Math.ceil(first.version / size) * size).filter((end) => end <= last.version);
    const ends = blocks.length > 0 ? blocks.toReversed() : [last.version];
    for (const end of ends) {
      const body = encodeWithin(LARGEST_MERGE_BYTES, events.slice(0, end - first.version + 1));
      if (!body) continue;
      this.statements.addPack.run(stream, document, first.version, end, body);
      for (const size of MERGES) {
        const block = { first: end - size + 1, last: end };
        if (end % size === 0 && block.first < first.version) this.merge(stream, document, block);
      }
      return end - first.version + 1;
    }
    // Too large to lie together.
    const apart = events.slice(0, (ends.at(-1) ?? last.version) - first.version + 1);
    for (const event of apart) this.putBack(stream, document, [event]);
    return apart.length;
  }

  /** Makes one pack of those that lie between two versions, as far back from the last one as there is no hole. */
  private merge(
    stream: number,
    document: number,
    { first, last }: { readonly first: number; readonly last: number },
  ): void {
    const packs: PackRow[] = [];
    let next = last;
    for (const pack of this.statements.between.all(document, first, last)) {
      if (pack.last_version !== next || pack.first_version < first) break;
      packs.unshift(pack);
      next = pack.first_version - 1;
    }
    if (packs.length < 2) return;
    const bodies = packs.map((pack) => this.bodyOf(pack));
    if (bodies.reduce((sum, body) => sum + body.length, 0) > LARGEST_MERGE_BYTES) return;
    for (const { number } of packs) this.statements.removePack.run(number);
    this.statements.addPack.run(stream, document, next + 1, last, encodeEvents(bodies.flatMap(decodeEvents)));
  }

  /** Takes events out of the packs of these versions; what stays of a pack becomes one or two. */
  private takeOut(
    document: number,
    { version, last = version }: { readonly version: number; readonly last?: number },
    goes: (event: ChangeEvent) => boolean,
  ): void {
    for (const pack of this.statements.covering.all(document, version, last)) {
      const events = decodeEvents(this.bodyOf(pack));
      this.statements.removePack.run(pack.number);
      let kept: ChangeEvent[] = [];
      for (const event of events) {
        if (!goes(event)) {
          kept.push(event);
          continue;
        }
        this.statements.removePlace.run(pack.stream, event.sequence);
        this.statements.removeKeyframes.run(document, event.version);
        this.putBack(pack.stream, document, kept);
        kept = [];
      }
      this.putBack(pack.stream, document, kept);
    }
  }

  private putBack(stream: number, document: number, events: readonly ChangeEvent[]): void {
    const [first] = events;
    const last = events.at(-1);
    if (!first || !last) return;
    this.statements.addPack.run(stream, document, first.version, last.version, encodeEvents(events));
  }

  private bodyOf({ number }: Pick<PackRow, 'number'>): Buffer {
    const row = this.statements.body.get(number);
    if (!row) throw new AssertionFailure('a pack of events has gone within a transaction');
    return row.body;
  }

  /** Packs never change, but a number may come again after a transaction was taken back: the bytes decide. */
  private eventsIn(row: BodyRow): readonly Sequenced[] {
    const known = this.decoded.get(row.number);
    if (known?.body.equals(row.body)) return known.events;
    const events = decodeEvents(row.body).map((event) => fromChangeEvent(event, row.stream_id as StreamId));
    if (this.decoded.size >= KEPT_DECODED) this.decoded.clear();
    if (row.body.length <= LARGEST_KEPT_BYTES) this.decoded.set(row.number, { body: row.body, events });
    return events;
  }

  private numberOf(name: string): number {
    const known = this.statements.number.get(name);
    return known ? known.number : Number(this.statements.addName.run(name).lastInsertRowid);
  }

  /** Inside the transaction that there is, or in one of its own. */
  private atomically(work: () => void): void {
    guarded(() => (this.db.inTransaction ? work() : this.db.transaction(work).immediate()));
  }
}

function prepareStatements(db: Database) {
  const body = 'p.number, s.name AS stream_id, p.body';
  // The stream's id is in the packs: a keyframe is of a document that has some.
  const keyframe = `SELECT k.version, k.body, s.name AS stream_id FROM event_names d
    JOIN event_keyframes k ON k.document = d.number
    JOIN event_names s ON s.number = (SELECT p.stream FROM event_packs p WHERE p.document = d.number LIMIT 1)
    WHERE d.name = ?`;
  const ofDocument = 'JOIN event_packs p ON p.document = d.number JOIN event_names s ON s.number = p.stream';
  return {
    number: db.prepare<[string], { number: number }>('SELECT number FROM event_names WHERE name = ?'),
    addName: db.prepare<[string]>('INSERT INTO event_names (name) VALUES (?)'),
    anyPlace: db.prepare<[number, number, number], unknown>(
      'SELECT 1 FROM event_places WHERE stream = ? AND sequence BETWEEN ? AND ? LIMIT 1',
    ),
    place: db.prepare<[number, number], { document: number; version: number }>(
      'SELECT document, version FROM event_places WHERE stream = ? AND sequence = ?',
    ),
    addPlace: db.prepare<[number, number, number, number]>(
      'INSERT INTO event_places (stream, sequence, document, version) VALUES (?, ?, ?, ?)',
    ),
    removePlace: db.prepare<[number, number]>('DELETE FROM event_places WHERE stream = ? AND sequence = ?'),
    /** By document, the first version that lies beyond a sequence. */
    beyond: db.prepare<[number, number], { document: number; version: number }>(
      'SELECT document, min(version) AS version FROM event_places WHERE stream = ? AND sequence > ? GROUP BY document',
    ),
    addKeyframe: db.prepare<[number, number, Buffer]>(
      'INSERT OR REPLACE INTO event_keyframes (document, version, body) VALUES (?, ?, ?)',
    ),
    keyframeUpTo: db.prepare<[string, number], KeyframeRow>(
      `${keyframe} AND k.version <= ? ORDER BY k.version DESC LIMIT 1`,
    ),
    keyframeBeyond: db.prepare<[string, number], KeyframeRow>(
      `${keyframe} AND k.version > ? ORDER BY k.version LIMIT 1`,
    ),
    removeKeyframes: db.prepare<[number, number]>('DELETE FROM event_keyframes WHERE document = ? AND version >= ?'),
    oldRows: db.prepare<[number], { stream_id: string; sequence: number; body: string }>(
      'SELECT stream_id, sequence, body FROM events ORDER BY stream_id, sequence LIMIT ?',
    ),
    removeOld: db.prepare<[string, number]>('DELETE FROM events WHERE stream_id = ? AND sequence = ?'),
    addPack: db.prepare<[number, number, number, number, Buffer]>(
      'INSERT INTO event_packs (stream, document, first_version, last_version, body) VALUES (?, ?, ?, ?, ?)',
    ),
    removePack: db.prepare<[number]>('DELETE FROM event_packs WHERE number = ?'),
    body: db.prepare<[number], { body: Buffer }>('SELECT body FROM event_packs WHERE number = ?'),
    /** From the index alone, newest first. */
    between: db.prepare<[number, number, number], PackRow>(
      `SELECT number, first_version, last_version FROM event_packs
       WHERE document = ? AND last_version BETWEEN ? AND ? ORDER BY last_version DESC`,
    ),
    covering: db.prepare<[number, number, number], { number: number; stream: number }>(
      'SELECT number, stream FROM event_packs WHERE document = ? AND last_version >= ? AND first_version <= ?',
    ),
    bodyAt: db.prepare<[string, number], BodyRow>(
      `SELECT ${body} FROM event_names s
       JOIN event_places e ON e.stream = s.number
       JOIN event_packs p ON p.document = e.document AND p.last_version >= e.version AND p.first_version <= e.version
       WHERE s.name = ? AND e.sequence = ?`,
    ),
    bodiesAfter: db.prepare<[string, number], BodyRow>(
      `SELECT ${body} FROM event_names d ${ofDocument}
       WHERE d.name = ? AND p.last_version > ? ORDER BY p.last_version`,
    ),
    bodiesBefore: db.prepare<[string, number], BodyRow>(
      `SELECT ${body} FROM event_names d ${ofDocument}
       WHERE d.name = ? AND p.first_version < ? ORDER BY p.last_version DESC`,
    ),
  };
}
