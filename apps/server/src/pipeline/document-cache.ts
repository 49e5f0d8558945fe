/**
 * The documents that were written or read last, so that most decisions need no read; with what happened to each since it
 * was read, so that a change that is based on a recent version needs none either. Bounded by size, not by count.
 *
 * The recent past is whole as far as this node knows: another node's events are noticed, since a decision without them is
 * refused by its version. Another node's losses are not, where a change lost whole and left no event. They matter to the
 * one who lost: what came after is judged by them. So the past is told only to authors who have been with this node since
 * before it began (`Moment`); whoever comes later has it read from the database once.
 */
import type { DocumentEvent, DocumentState } from '@json-database-sync/domain';
import { LRUCache } from 'lru-cache';
import type { DocumentKey, LostOperation } from '../event-store/event-store.js';
import type { StoredDocument } from '../event-store/rows.js';

/** What a cached document costs besides its content, and an event besides its patches, roughly, in characters. */
const OVERHEAD_CHARACTERS = 500;
/** A client that pushes an outbox bases a frame of changes on one version: as many events as a frame may hold, and more. */
const MAX_RECENT_EVENTS = 256;
/** One document, with its past, may take this part of the cache: the others are to have room beside it. */
const MAX_SHARE = 16;

/** A point in the life of this process, for telling what came first. */
export type Moment = number;

let last: Moment = 0;

export function nextMoment(): Moment {
  return ++last;
}

/** What happened to a document after a version, without gaps. */
export interface RecentPast {
  /** The version that it begins after. */
  readonly after: number;
  readonly events: readonly DocumentEvent[];
  readonly losses: readonly LostOperation[];
  readonly knownFrom: Moment;
}

export interface SizedEvent {
  readonly event: DocumentEvent;
  /** Of its patches as text. */
  readonly characters: number;
}

/** Grows in place: a copy at every event of a hot document would be most of what the garbage collector has to do. */
interface GrowingPast extends RecentPast {
  readonly events: DocumentEvent[];
  readonly losses: LostOperation[];
  readonly knownFrom: Moment;
  /** Of each event. */
  readonly characters: number[];
  total: number;
}

interface CachedDocument extends StoredDocument {
  readonly past: GrowingPast;
}

export class DocumentCache {
  private readonly entries: LRUCache<string, CachedDocument>;

  constructor(private readonly maxCharacters: number) {
    this.entries = new LRUCache({ maxSize: maxCharacters, sizeCalculation: sizeOf });
  }

  get(key: DocumentKey): StoredDocument | undefined {
    return this.entries.get(cacheKey(key));
  }

  /** What is known of how a document came to be as it is; undefined for one that is not cached. */
  past(key: DocumentKey): RecentPast | undefined {
    return this.entries.get(cacheKey(key))?.past;
  }

  /** A document that was read, with nothing known of how it came to be so. */
  set(document: StoredDocument): void {
    this.entries.set(keyOf(document.state), { ...document, past: pastAfter(document.state.version) });
  }

  /** What was read of a cached document's past, up to what it is now. */
  setPast(key: DocumentKey, { after, events, losses }: Omit<RecentPast, 'knownFrom'>): void {
    const cached = this.entries.get(cacheKey(key));
    if (!cached || after + events.length !== cached.state.version) return;
    const past = pastAfter(after);
    for (const event of events) append(past, { event, characters: patchCharacters(event) });
    past.losses.push(...losses);
    this.keep({ ...cached, past });
  }

  /** What a batch has made of a document, by these events. */
  advance(document: StoredDocument, events: readonly SizedEvent[]): void {
    const cached = this.entries.get(keyOf(document.state));
    const follows = cached !== undefined && cached.state.version + events.length === document.state.version;
    if (!follows) return this.set(document);
    for (const each of events) append(cached.past, each);
    const { state, lastSequence, characters } = document;
    this.keep({ state, lastSequence, characters, past: cached.past });
  }

  /** What a batch has lost against a document. */
  addLosses(key: DocumentKey, losses: readonly LostOperation[]): void {
    const cached = this.entries.get(cacheKey(key));
    if (!cached) return;
    cached.past.losses.push(...losses);
    this.keep(cached);
  }

  delete(key: DocumentKey): void {
    this.entries.delete(cacheKey(key));
  }

  /** Of a past that has grown too long the newer half stays, so that it is not cut again at each event. */
  private keep(document: CachedDocument): void {
    const { past } = document;
    const tooMuch = past.events.length > MAX_RECENT_EVENTS || sizeOf(document) > this.maxCharacters / MAX_SHARE;
    this.entries.set(keyOf(document.state), tooMuch ? { ...document, past: newerHalf(past) } : document);
  }
}

function pastAfter(version: number): GrowingPast {
  return { after: version, events: [], losses: [], knownFrom: nextMoment(), characters: [], total: 0 };
}

function append(past: GrowingPast, { event, characters }: SizedEvent): void {
  past.events.push(event);
  past.characters.push(characters);
  past.total += characters;
}

function newerHalf({ after, events, losses, knownFrom, characters }: GrowingPast): GrowingPast {
  const gone = Math.ceil(events.length / 2);
  const kept = characters.slice(gone);
  return {
    after: after + gone,
    events: events.slice(gone),
    losses: losses.filter((loss) => loss.serverVersion > after + gone),
    knownFrom,
    characters: kept,
    total: kept.reduce((sum, each) => sum + each, 0),
  };
}

function patchCharacters(event: DocumentEvent): number {
  return JSON.stringify('forward' in event ? event.forward : null).length + JSON.stringify(event.reverse).length;
}

function sizeOf({ characters, past }: CachedDocument): number {
  return characters + past.total + OVERHEAD_CHARACTERS * (1 + past.events.length + past.losses.length);
}

function keyOf({ streamId, id }: DocumentState): string {
  return cacheKey({ streamId, documentId: id });
}

export function cacheKey(key: DocumentKey): string {
  return `${key.streamId}/${key.documentId}`;
}

/** A document at one of its former versions. */
export function formerKey(key: DocumentKey, version: number): string {
  return `${cacheKey(key)}/${version}`;
}
