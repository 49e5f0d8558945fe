/**
 * All documents as they were: from the local log where it reaches back without a gap, walking each document that has
 * changed since back over its later events; else from the server, page by page at one sequence.
 */
import {
  LIMITS,
  SyncError,
  fromWireDocument,
  stateAtVersion,
  type DocumentId,
  type DocumentState,
  type Sequenced,
  type StreamId,
} from '@json-database-sync/domain';
import type { LocalStore } from '../store/local-store.js';
import type { SyncEngine } from '../sync/engine.js';
import { toVersion } from './time-travel.js';
import type { StreamVersion } from './types.js';

type Point = { readonly time: string } | { readonly sequence: number };

const PAGE = 50;

export class StreamPast {
  constructor(
    private readonly context: {
      readonly store: LocalStore;
      readonly engine: Pick<SyncEngine, 'ask' | 'isCaughtUp' | 'connection'>;
    },
  ) {}

  async at(when: Point, includeDeleted: boolean): Promise<StreamVersion> {
    const { store } = this.context;
    // Another process must not write in between.
    const here = this.mayAnswer(when) ? store.transaction(() => this.local(when)) : null;
    const past = here ?? (await this.ask(when));
    const documents = past.documents.filter(({ deletedAt }) => includeDeleted || deletedAt === null);
    return { sequence: past.sequence, documents: documents.map(toVersion) };
  }

  /** What lies beyond the cursor the server may know: it is asked, unless we are known to have it all. */
  private mayAnswer(when: Point): boolean {
    const { store, engine } = this.context;
    const { cursor } = store.position(store.identity().streamId);
    if (cursor === null) return false;
    if ('sequence' in when) return when.sequence <= cursor;
    return engine.isCaughtUp || engine.connection !== 'online';
  }

  /** @returns null where the local log does not reach back far enough, or that would be too much work */
  private local(when: Point): { sequence: number; documents: DocumentState[] } | null {
    const { store } = this.context;
    const { streamId } = store.identity();
    const cursor = store.position(streamId).cursor ?? 0;
    const sequence = 'sequence' in when ? when.sequence : sequenceAt(store, streamId, cursor, when.time);
    if (sequence === null) return null;
    const later = laterEvents(store, streamId, sequence, cursor);
    if (!later) return null;
    const documents: DocumentState[] = [];
    for (let after: DocumentId | null = null; ;) {
      const page = store.documents.confirmedPage(streamId, after, PAGE);
      for (const { id, state } of page) {
        const former = state && walkBack(store, state, later.get(id) ?? []);
        if (former === null) return null;
        if (former !== undefined) documents.push(former);
      }
      after = page.at(-1)?.id ?? null;
      if (after === null) return { sequence, documents };
    }
  }

  private async ask(when: Point): Promise<{ sequence: number; documents: DocumentState[] }> {
    const { store, engine } = this.context;
    const { streamId } = store.identity();
    const point = 'sequence' in when ? { sequence: when.sequence } : { timestamp: when.time };
    const documents: DocumentState[] = [];
    const head = { type: 'get_stream_at' as const, stream_id: streamId, include_deleted: true, ...point };
    let page = await engine.ask(head, 'stream_at').catch(outOfReach);
    for (;;) {
      documents.push(...page.documents.map((document) => fromWireDocument(document, streamId)));
      if (page.cursor === null) return { sequence: page.sequence, documents };
      page = await engine.ask({ ...head, cursor: page.cursor }, 'stream_at').catch(outOfReach);
    }
  }
}

function outOfReach(error: unknown): never {
  if (!(error instanceof SyncError) || error.code !== 'connection_lost') throw error;
  throw new SyncError(
    'history_too_long',
    'the local log does not reach back to that, and there is no connection to the server, which may know',
    { cause: error },
  );
}

/**
 * By halving, as the server does: from the highest bit down, a bit is kept where the event at that number was there by
 * then. What is not here is taken to be older; where that turns out to be the place, it cannot be told.
 */
function sequenceAt(store: LocalStore, streamId: StreamId, cursor: number, time: string): number | null {
  const moment = Date.parse(time);
  let sequence = 0;
  for (let step = 2 ** 40; step >= 1; step /= 2) {
    if (sequence + step > cursor) continue;
    const event = store.events.at(streamId, sequence + step);
    if (!event || Date.parse(event.createdAt) <= moment) sequence += step;
  }
  return sequence === 0 || store.events.at(streamId, sequence) ? sequence : null;
}

/** The events after a sequence, by document, newest first; null where one is missing. */
function laterEvents(
  store: LocalStore,
  streamId: StreamId,
  after: number,
  cursor: number,
): Map<DocumentId, Sequenced[]> | null {
  if (cursor - after > LIMITS.undoEvents) return null;
  const byDocument = new Map<DocumentId, Sequenced[]>();
  for (let sequence = cursor; sequence > after; sequence--) {
    const event = store.events.at(streamId, sequence);
    if (!event) return null;
    const known = byDocument.get(event.documentId);
    if (known) known.push(event);
    else byDocument.set(event.documentId, [event]);
  }
  return byDocument;
}

/**
 * @param later what happened to it since, newest first
 * @returns undefined where it was not there yet, null where that cannot be told
 */
function walkBack(
  store: LocalStore,
  state: DocumentState,
  later: readonly Sequenced[],
): DocumentState | undefined | null {
  const oldest = later.at(-1);
  if (!oldest) return state;
  if (later[0]?.version !== state.version) return null;
  if (oldest.version === 1) return undefined;
  const [before] = store.events.before(state.id, oldest.version, 1);
  const version = oldest.version - 1;
  if (before?.version !== version) return null;
  return stateAtVersion({ anchor: state, events: [before, ...later.toReversed()], version }) ?? null;
}
