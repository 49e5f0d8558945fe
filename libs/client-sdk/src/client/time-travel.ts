/** Looking at a document's past: any version, who set what, and what an undo would do. Changes nothing. */
import {
  LIMITS,
  SyncError,
  blame,
  canWalk,
  diffJson,
  eventsBetween,
  fromWireDocument,
  nearestAnchor,
  previewUndo,
  stateAtVersion,
  versionAtTime,
  type DocumentEvent,
  type DocumentId,
  type DocumentState,
  type JsonPatch,
  type UndoDocumentCommand,
} from '@json-database-sync/domain';
import type { LocalStore } from '../store/local-store.js';
import type { SyncEngine } from '../sync/engine.js';
import { authorOf } from '../sync/renew-view.js';
import { blamedChange, confirmedCause } from './change-record.js';
import { eventsBack, readPast, type Past } from './past.js';
import type { BlameReport, DocumentVersion, UndoPreview } from './types.js';

export class TimeTravel {
  constructor(
    private readonly context: {
      readonly store: LocalStore;
      readonly engine: Pick<SyncEngine, 'fetchHistory' | 'ask'>;
    },
  ) {}

  /** Undefined before the document's creation. */
  async at(id: DocumentId, when: { version: number } | { time: string }): Promise<DocumentVersion | undefined> {
    const past = this.read(id);
    if ('version' in when) return toVersion(await this.version(past, when.version));
    const { store } = this.context;
    const events = await eventsBack({ store }, past, (known) => versionAtTime(known, when.time) > 0);
    const version = versionAtTime(events, when.time);
    if (version > 0) return toVersion(await this.version(past, version));
    if (events[0]?.version === 1 || !past.confirmed) return undefined;
    const former = await this.askFor(id, { timestamp: when.time });
    return former && toVersion(former);
  }

  /** @param to null: as the document looks now, with what is pending */
  async diff(id: DocumentId, from: number, to: number | null): Promise<JsonPatch> {
    const past = this.read(id);
    const before = await this.version(past, from);
    const after = to === null ? past.current : await this.version(past, to);
    return diffJson(before.content, after.content);
  }

  async blame(id: DocumentId): Promise<BlameReport> {
    const past = this.read(id);
    const { own, confirmed, current } = past;
    const events = await eventsBack(this.context, past, () => false);
    const identity = this.context.store.identity();
    const changeOf = (event: DocumentEvent | null) => event && blamedChange(event, confirmed?.version ?? 0, identity);
    const { title, leaves } = blame([...events, ...own], current.content);
    return {
      title: changeOf(title),
      leaves: leaves.map(({ path, value, event }) => ({ path, value, change: changeOf(event) })),
    };
  }

  async previewUndo(id: DocumentId, version: number | null, force: boolean): Promise<UndoPreview> {
    const past = this.read(id);
    const { own, confirmed, current } = past;
    const confirmedVersion = confirmed?.version ?? 0;
    if (version !== null && version > confirmedVersion) throw unknownVersion(version, confirmedVersion);
    const { userId } = authorOf(this.context.store.identity());
    const command: UndoDocumentCommand = { kind: 'undo', documentId: id, streamId: current.streamId, version, force };
    const planBy = (events: readonly DocumentEvent[]) =>
      previewUndo(current, command, { since: [...events, ...own], userId });
    const events = await eventsBack(this.context, past, (known) => {
      const plan = planBy(known);
      return 'outcome' in plan ? plan.error.code !== 'history_too_long' : plan.type !== null || version !== null;
    });
    const plan = planBy(events);
    if ('outcome' in plan) throw plan.error.code === 'history_too_long' ? tooFar() : plan.error;
    const { type, patch, title, content, deleted, overlaps } = plan;
    return {
      cause: confirmedCause(plan.cause, confirmedVersion),
      changes: type !== null,
      patch,
      title,
      content,
      deleted,
      overlaps: overlaps.map((overlap) => ({
        ...overlap,
        version: overlap.version > confirmedVersion ? 0 : overlap.version,
      })),
      needsForce: overlaps.length > 0 && !force,
    };
  }

  private read(id: DocumentId): Past & { readonly current: DocumentState } {
    const { store } = this.context;
    // Another process must not write in between.
    const past = store.transaction(() => readPast(store, id));
    const { current } = past;
    if (!current) throw new SyncError('document_not_found', undefined, { details: { document_id: id } });
    return { ...past, current };
  }

  private async version(past: Past, version: number): Promise<DocumentState> {
    const { confirmed: anchor, id } = past;
    if (!anchor || version < 1 || version > anchor.version) throw unknownVersion(version, anchor?.version ?? 0);
    const near = this.fromNearest(anchor, version);
    if (near) return near;
    const { store } = this.context;
    const events = await eventsBack({ store }, past, (known) => canWalk({ anchor, events: known, version }));
    const walk = { anchor, events, version };
    const state = canWalk(walk) ? stateAtVersion(walk) : await this.askFor(id, { version });
    if (!state) throw unknownVersion(version, anchor.version);
    return state;
  }

  /**
   * From the nearest of what is confirmed, a keyframe and the creation, over the local events in between: a few steps,
   * wherever the version lies. Undefined where the log has not all of them, or no keyframes from so long ago.
   */
  private fromNearest(current: DocumentState, version: number): DocumentState | undefined {
    const { events: log } = this.context.store;
    const end = nearestAnchor({ version, currentVersion: current.version, keyframes: [] });
    const keyframe = log.nearestKeyframe(current.id, version, Math.abs(end.version - version));
    const anchor = keyframe ?? (end.kind === 'current' ? current : undefined);
    const range = eventsBetween(anchor?.version ?? 0, version);
    const count = range ? range.last - range.first + 1 : 0;
    if (count > LIMITS.keyframeSpacing) return undefined;
    const events = range ? log.before(current.id, range.last + 1, count).reverse() : [];
    const walk = { anchor, events, version };
    return canWalk(walk) ? stateAtVersion(walk) : undefined;
  }

  /** @returns undefined where the document did not exist then */
  private async askFor(
    id: DocumentId,
    when: { version: number } | { timestamp: string },
  ): Promise<DocumentState | undefined> {
    const { store, engine } = this.context;
    const { streamId } = store.identity();
    const question = { type: 'get_document_at' as const, stream_id: streamId, document_id: id, ...when };
    try {
      const { document } = await engine.ask(question, 'document_at');
      return fromWireDocument(document, streamId);
    } catch (error) {
      if (!(error instanceof SyncError)) throw error;
      if (error.code === 'document_not_found') return undefined;
      throw error.code === 'connection_lost' ? tooFar() : error;
    }
  }
}

export function toVersion(state: DocumentState): DocumentVersion {
  const { id, version, revisionId, title, content, userId, createdAt, updatedAt, deletedAt } = state;
  return { id, version, revisionId, title, content, userId, createdAt, updatedAt, deletedAt };
}

export function unknownVersion(version: number, newest: number): SyncError {
  return new SyncError(
    'version_mismatch',
    `there is no version ${version} here: the newest confirmed one is ${newest}`,
  );
}

function tooFar(): SyncError {
  const reach = `over ${LIMITS.undoEvents} changes back, or beyond the local log while there is no connection`;
  return new SyncError('history_too_long', `that cannot be looked at: it lies ${reach}`);
}
