/**
 * Any version of a document: from the nearest of the current document, a keyframe and the creation, over the events in
 * between and no others.
 *
 * With its keyframes there, a version is at most half their spacing away. Where some are missing (documents from before
 * there were any) the way is longer, and gone in steps, so that what is held in memory at once stays bounded.
 */
import { Injectable } from '@nestjs/common';
import {
  LIMITS,
  SyncError,
  canWalk,
  eventsBetween,
  nearestAnchor,
  stateAtVersion,
  type DocumentState,
} from '@json-database-sync/domain';
import { DocumentHistory } from './document-history.js';
import { EventStore, type DocumentKey } from './event-store.js';

@Injectable()
export class TimeTravel {
  constructor(
    private readonly store: EventStore,
    private readonly history: DocumentHistory,
  ) {}

  /**
   * The document as it was at a version, deleted or not.
   * @throws SyncError `document_not_found` for a document or a version that there is not, `history_too_long` where the
   * log no longer reaches it
   */
  async atVersion(key: DocumentKey, version: number): Promise<DocumentState> {
    return this.fromCurrent(await this.current(key), version);
  }

  /**
   * The document as it was at a time, deleted or not.
   * @throws SyncError `document_not_found` where it was not there yet; otherwise as `atVersion`
   */
  async atTime(key: DocumentKey, time: string): Promise<DocumentState> {
    const current = await this.current(key);
    const notThere = (): SyncError =>
      new SyncError('document_not_found', 'the document was not there yet at that time', {
        details: { created_at: current.createdAt },
      });
    const sequence = await this.history.sequenceAt(key.streamId, time).catch((error: unknown) => {
      // The log does not reach back to it, and the document does not either.
      throw Date.parse(time) < Date.parse(current.createdAt) ? notThere() : error;
    });
    const versions = await this.history.versionsAtSequence(key.streamId, [current], sequence);
    const version = versions.get(current.id) ?? 0;
    if (version > 0) return this.fromCurrent(current, version);
    throw notThere();
  }

  /** @param current the document at a version that is not before the one wanted */
  async fromCurrent(current: DocumentState, version: number): Promise<DocumentState> {
    if (version < 1 || version > current.version) {
      throw new SyncError('document_not_found', 'the document has no such version', {
        details: { current_version: current.version },
      });
    }
    if (version === current.version) return current;
    const key = { streamId: current.streamId, documentId: current.id };
    const ends = nearestAnchor({ version, currentVersion: current.version, keyframes: [] });
    const keyframe = await this.history.nearestKeyframe(key, version, Math.abs(ends.version - version));
    return this.walk(key, keyframe ?? (ends.kind === 'current' ? current : undefined), version);
  }

  private async current({ streamId, documentId }: DocumentKey): Promise<DocumentState> {
    const document = await this.store.document(streamId, documentId);
    if (!document) throw new SyncError('document_not_found');
    return document.state;
  }

  private async walk(key: DocumentKey, anchor: DocumentState | undefined, version: number): Promise<DocumentState> {
    let state = anchor;
    while (!state || state.version !== version) {
      const from: number = state?.version ?? 0;
      const step = Math.max(-LIMITS.keyframeSpacing, Math.min(LIMITS.keyframeSpacing, version - from));
      const range = eventsBetween(from, from + step);
      const walk = { anchor: state, events: range ? await this.history.events(key, range) : [], version: from + step };
      if (!canWalk(walk)) throw new SyncError('history_too_long');
      state = stateAtVersion(walk);
    }
    return state;
  }
}
