/** The documents that were written or read last, so that most decisions need no read. Bounded by size, not by count. */
import { LRUCache } from 'lru-cache';
import type { DocumentKey } from '../event-store/event-store.js';
import type { StoredDocument } from '../event-store/rows.js';

/** What a cached document costs besides its content, roughly, in characters. */
const OVERHEAD_CHARACTERS = 500;

export class DocumentCache {
  private readonly entries: LRUCache<string, StoredDocument>;

  constructor(maxCharacters: number) {
    this.entries = new LRUCache({
      maxSize: maxCharacters,
      sizeCalculation: (document) => document.characters + OVERHEAD_CHARACTERS,
    });
  }

  get(key: DocumentKey): StoredDocument | undefined {
    return this.entries.get(cacheKey(key));
  }

  set(document: StoredDocument): void {
    this.entries.set(cacheKey({ streamId: document.state.streamId, documentId: document.state.id }), document);
  }

  delete(key: DocumentKey): void {
    this.entries.delete(cacheKey(key));
  }
}

export function cacheKey(key: DocumentKey): string {
  return `${key.streamId}/${key.documentId}`;
}

/** A document at one of its former versions. */
export function formerKey(key: DocumentKey, version: number): string {
  return `${cacheKey(key)}/${version}`;
}
