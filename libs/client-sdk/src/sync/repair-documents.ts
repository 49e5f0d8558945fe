/**
 * Puts single documents right: what the server has takes the place of what was confirmed here, in one transaction.
 *
 * Invariants:
 * - it happens only while the cursor stands at the sequence that the server's answer is of;
 * - what is pending stays, and is shown on top of what is confirmed now;
 * - a document that is the same already is left alone, and not reported.
 */
import {
  fingerprint,
  jsonEqual,
  type DocumentId,
  type DocumentState,
  type JsonValue,
  type StreamId,
} from '@json-database-sync/domain';
import { timestamp, type Platform } from '../platform/platform.js';
import { changeKind, standingOf } from '../replica/change-kind.js';
import type { ConfirmedDocument, LocalStore, Standing } from '../store/local-store.js';
import { renewedView } from './renew-view.js';

/** How a document was wrong here: not there, there although the server has none, or with something else in it. */
export interface RepairedDocument {
  readonly id: string;
  readonly was: 'missing' | 'surplus' | 'different';
}

export interface ServerDocuments {
  readonly streamId: StreamId;
  /** The sequence at which the documents were as they are told. */
  readonly sequence: number;
  /** Which ones the server was asked for and has answered. */
  readonly ids: readonly DocumentId[];
  /** Those of them that there are. */
  readonly documents: readonly DocumentState[];
}

/**
 * @returns what was wrong; null, and nothing is stored, where the cursor stands elsewhere by now
 */
export function repairDocuments(
  store: LocalStore,
  platform: Platform,
  { streamId, sequence, ids, documents }: ServerDocuments,
): RepairedDocument[] | null {
  return store.transaction(() => {
    if (store.position(streamId).cursor !== sequence) return null;
    const theirs = new Map(documents.map((document) => [document.id, document]));
    const wrong = ids.flatMap((id) => difference(store, platform, id, theirs.get(id)));
    if (wrong.length === 0) return [];
    const pendingIds = new Set(store.outbox.documentIds(streamId));
    const before = new Map<DocumentId, Standing>();
    for (const id of [...wrong.map((each) => each.id), ...pendingIds]) before.set(id, store.documents.standing(id));
    const sameLog = wrong.every(({ id }) => isSameLog(store, id, theirs.get(id)));
    for (const { id } of wrong) {
      const state = theirs.get(id);
      const mark = { kind: changeKind(before.get(id) ?? 'absent', standingOf(state)), origin: 'remote' } as const;
      if (state) store.documents.putConfirmed(state, null, mark);
      else store.documents.unconfirm(id, mark);
    }
    const refresh = new Set(wrong.map(({ id }) => id).filter((id) => pendingIds.has(id)));
    if (!sameLog) {
      // Events that the server does not know tell nothing of its documents, and what it answered is not known there.
      store.events.removeAfter(streamId, -1);
      for (const id of pendingIds) refresh.add(id);
    }
    if (!sameLog || [...refresh].some((id) => isAhead(store, id, theirs.get(id)))) store.outbox.startOver(streamId);
    for (const id of refresh) {
      const confirmed = store.documents.confirmed(id);
      const view = renewedView(store, id, confirmed);
      const kind = changeKind(before.get(id) ?? 'absent', standingOf(view ?? confirmed));
      store.documents.putView(id, streamId, view, { kind, origin: 'remote' });
    }
    // What stood in a row that was damaged was never in the digest.
    store.checks.recount(streamId);
    store.checks.addRepaired(streamId, wrong.length, timestamp(platform));
    return wrong;
  });
}

function difference(
  store: LocalStore,
  platform: Platform,
  id: DocumentId,
  theirs: DocumentState | undefined,
): { readonly id: DocumentId; readonly was: RepairedDocument['was'] }[] {
  // The server's own copy is damaged: it is not to spread.
  if (theirs && isDamaged({ id, state: theirs }, platform)) return [];
  const ours = confirmedOf(store, id);
  if (!ours) return theirs ? [{ id, was: 'missing' }] : [];
  if (!theirs) return [{ id, was: 'surplus' }];
  const same = ours.state && jsonEqual(asJson(ours.state), asJson(theirs));
  return same ? [] : [{ id, was: 'different' }];
}

/** Whether what is stored is not what its revision says, or cannot be read at all. */
export function isDamaged({ state }: ConfirmedDocument, platform: Platform): boolean {
  if (!state) return true;
  return fingerprint(state.content, state.version, (text) => platform.sha256Hex(text)).revisionId !== state.revisionId;
}

function confirmedOf(store: LocalStore, id: DocumentId): ConfirmedDocument | undefined {
  try {
    const state = store.documents.confirmed(id);
    return state && { id, state };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { id, state: null };
  }
}

/** Whether the local log's last word on the document is how the server has it, as far as can be told. */
function isSameLog(store: LocalStore, id: DocumentId, theirs: DocumentState | undefined): boolean {
  const [newest] = store.events.before(id, null, 1);
  if (!newest || (theirs && newest.version < theirs.version)) return true;
  return newest.revisionId === theirs?.revisionId && newest.createdAt === theirs.updatedAt;
}

function isAhead(store: LocalStore, id: DocumentId, theirs: DocumentState | undefined): boolean {
  return store.outbox.ofDocument(id).some(({ baseVersion }) => baseVersion > (theirs?.version ?? 0));
}

function asJson(state: DocumentState): JsonValue {
  return { ...state };
}
