/**
 * Folds the log into documents, one document at a time, so that memory holds one of them however long the log is.
 *
 * A document is made by its own events only, so replaying document by document gives what replaying the whole log in
 * sequence order gives, provided that each document's events have rising sequence numbers: that is checked.
 */
import {
  canonicalJson,
  evolve,
  fingerprint,
  type DocumentId,
  type DocumentState,
  type Sequenced,
  type StreamId,
} from '@json-database-sync/domain';
import type { StoredDocument } from '../event-store/rows.js';
import { sha256Hex } from '../sha256.js';

export interface DocumentKey {
  readonly streamId: StreamId;
  readonly documentId: DocumentId;
}

/** What the log makes of a document; a `fault` where the log itself cannot be right. */
export type Replayed =
  | (DocumentKey & { readonly fault: null; readonly document: StoredDocument })
  | (DocumentKey & { readonly fault: string; readonly document: null });

/** Sorts as PostgreSQL sorts the two ids, which it compares byte by byte. */
export function orderOf(key: DocumentKey): string {
  return `${key.streamId}/${key.documentId}`;
}

/** @param events by stream, document and version */
export async function* replay(events: AsyncIterable<Sequenced>): AsyncGenerator<Replayed> {
  let fold: Fold | undefined;
  for await (const event of events) {
    if (fold && orderOf(fold.key) !== orderOf(event)) {
      yield fold.result();
      fold = undefined;
    }
    fold ??= new Fold({ streamId: event.streamId, documentId: event.documentId });
    fold.add(event);
  }
  if (fold) yield fold.result();
}

class Fold {
  private state: DocumentState | undefined;
  private lastSequence = 0;
  private fault: string | null = null;

  constructor(readonly key: DocumentKey) {}

  add(event: Sequenced): void {
    if (this.fault !== null) return;
    if (event.sequence <= this.lastSequence) {
      this.fault = `version ${event.version} has sequence ${event.sequence}, which is not after ${this.lastSequence}`;
      return;
    }
    try {
      this.state = evolve(this.state, event);
      this.lastSequence = event.sequence;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.fault = `the ${event.type} event at sequence ${event.sequence} cannot be replayed: ${why}`;
    }
  }

  result(): Replayed {
    const { state, lastSequence } = this;
    if (this.fault !== null) return { ...this.key, fault: this.fault, document: null };
    if (!state) return { ...this.key, fault: 'it has no events', document: null };
    const { revisionId } = fingerprint(state.content, state.version, sha256Hex);
    if (revisionId !== state.revisionId) {
      const fault = `its content comes out as revision ${revisionId}, but its last event names ${state.revisionId}`;
      return { ...this.key, fault, document: null };
    }
    const characters = canonicalJson(state.content).length;
    return { ...this.key, fault: null, document: { state, lastSequence, characters } };
  }
}
