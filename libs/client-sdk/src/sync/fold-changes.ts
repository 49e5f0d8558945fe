/**
 * Folds events of the server into the store, in sequence order and without gaps, one transaction a frame.
 *
 * The cursor is read inside that transaction: when another process on the same file has folded some of them in
 * already, those are skipped, so that every event has its effect exactly once. An event that answers a change of ours
 * takes it out of the outbox in the same transaction.
 */
import {
  AssertionFailure,
  PatchError,
  evolve,
  fingerprint,
  fromChangeEvent,
  jsonEqual,
  keyframeDue,
  type ChangeEvent,
  type DocumentId,
  type DocumentState,
  type JsonValue,
  type Sequenced,
  type StreamId,
} from '@json-database-sync/domain';
import { timestamp, type Platform } from '../platform/platform.js';
import { changeKind, standingOf } from '../replica/change-kind.js';
import type { PendingMutation } from '../replica/pending.js';
import type { LocalStore } from '../store/local-store.js';
import { markApplied } from './mark-applied.js';
import { renewedView } from './renew-view.js';

/** What is confirmed here is not what the server has: only a snapshot helps. */
export class Diverged extends Error {
  override readonly name = 'Diverged';

  constructor(
    readonly documentId: DocumentId,
    what: string,
    cause?: unknown,
  ) {
    super(what, { cause });
  }
}

export interface Folded {
  /** After this frame; null before the first snapshot, when nothing can be folded in. */
  readonly cursor: number | null;
  /** Events of the frame that were new. */
  readonly applied: number;
  /** The frame begins, or goes on, beyond the next sequence: what is missing has to be pulled. */
  readonly gap: boolean;
}

/** @throws Diverged, and then nothing of the frame is stored */
export function foldChanges(
  store: LocalStore,
  platform: Platform,
  streamId: StreamId,
  events: readonly ChangeEvent[],
): Folded {
  return store.transaction(() => {
    const before = store.position(streamId).cursor;
    if (before === null) return { cursor: null, applied: 0, gap: false };
    const { clientId } = store.identity();
    // Nothing is pending, so that each document looks as it is confirmed.
    const plain = store.outbox.size() === 0;
    const documents = new Map<DocumentId, Touched>();
    const folded: ChangeEvent[] = [];
    const keyframes: DocumentState[] = [];
    let cursor = before;
    let gap = false;
    for (const wire of events) {
      if (wire.sequence <= cursor) continue;
      gap = wire.sequence !== cursor + 1;
      if (gap) break;
      const event = fromChangeEvent(wire, streamId);
      const foreign = event.clientId !== clientId;
      const touched = documents.get(event.documentId);
      const confirmed = touched ? touched.confirmed : store.documents.confirmed(event.documentId);
      const state = nextState(touched?.state ?? confirmed, event);
      documents.set(event.documentId, { confirmed, state, foreign: foreign || (touched?.foreign ?? false) });
      folded.push(wire);
      if (keyframeDue(state.version)) keyframes.push(state);
      if (!foreign) settleOwn(store, platform, event);
      cursor = event.sequence;
    }
    if (cursor === before) return { cursor, applied: 0, gap };
    store.events.add(streamId, folded);
    for (const state of keyframes) store.events.addKeyframe(state);
    finishDocuments(store, platform, { streamId, cursor, documents, plain });
    store.setPosition(streamId, cursor, timestamp(platform));
    return { cursor, applied: cursor - before, gap };
  });
}

interface Touched {
  /** Before this frame. */
  readonly confirmed: DocumentState | undefined;
  readonly state: DocumentState;
  readonly foreign: boolean;
}

function nextState(state: DocumentState | undefined, event: Sequenced): DocumentState {
  try {
    return evolve(state, event);
  } catch (error) {
    if (!(error instanceof PatchError) && !(error instanceof AssertionFailure)) throw error;
    throw new Diverged(event.documentId, `event ${event.sequence} does not fit the local document`, error);
  }
}

/** The pending change that this event came of is confirmed, in full or in part. */
function settleOwn(store: LocalStore, platform: Platform, event: Sequenced): void {
  const pending = store.outbox.get(event.mutationId);
  if (!pending) return;
  const whole = isWhole(event, pending);
  if (whole) markApplied(store, platform, pending);
  if (whole || pending.state === 'answered') store.outbox.remove(pending.mutationId);
  // The event is not the change as it was made. What was lost, if anything, the answer says; it may never have arrived.
  else store.outbox.markSettling(pending.mutationId);
}

function isWhole(event: Sequenced, { change }: PendingMutation): boolean {
  // These are carried out whole or not at all.
  if (change.kind === 'undo' || change.kind === 'redo' || change.kind === 'revert') return true;
  if (event.type !== change.kind) return false;
  if (event.type !== 'update' || change.kind !== 'update') return true;
  const titleKept = change.title === undefined || event.title?.to === change.title;
  return titleKept && jsonEqual(event.forward as unknown as JsonValue, change.patch as unknown as JsonValue);
}

interface Folding {
  readonly streamId: StreamId;
  readonly cursor: number;
  readonly documents: ReadonlyMap<DocumentId, Touched>;
  readonly plain: boolean;
}

function finishDocuments(store: LocalStore, platform: Platform, { streamId, cursor, documents, plain }: Folding): void {
  const answered = plain ? [] : store.outbox.removeAnswered(streamId, cursor);
  for (const [id, { confirmed, state, foreign }] of documents) {
    // Each patch builds on the one before: the last hash vouches for all of them.
    const { revisionId } = fingerprint(state.content, state.version, (text) => platform.sha256Hex(text));
    if (revisionId !== state.revisionId) throw new Diverged(id, 'the content does not match its revision');
    const before = plain ? standingOf(confirmed) : store.documents.standing(id);
    const view = plain ? null : renewedView(store, id, state);
    const mark = { kind: changeKind(before, standingOf(view ?? state)), origin: foreign ? 'remote' : 'local' } as const;
    store.documents.putConfirmed(state, view, mark, confirmed);
  }
  for (const id of answered) {
    if (!documents.has(id)) refreshDocument(store, id);
  }
}

/** Works out a document's view again after its pending changes have changed. Inside a transaction. */
export function refreshDocument(store: LocalStore, id: DocumentId): void {
  const before = store.documents.standing(id);
  const confirmed = store.documents.confirmed(id);
  const view = renewedView(store, id, confirmed);
  const streamId = confirmed?.streamId ?? store.identity().streamId;
  const kind = changeKind(before, standingOf(view ?? confirmed));
  store.documents.putView(id, streamId, view, { kind, origin: 'local' });
}

/** The last of events that go on from a cursor without a gap; null where they do not. */
export function lastInRow(events: readonly ChangeEvent[], cursor: number | null): number | null {
  const last = events.at(-1);
  if (cursor === null || !last || last.sequence <= cursor) return null;
  const after = events.findIndex(({ sequence }) => sequence > cursor);
  const isRow = events.slice(after).every(({ sequence }, index) => sequence === cursor + 1 + index);
  return isRow ? last.sequence : null;
}
