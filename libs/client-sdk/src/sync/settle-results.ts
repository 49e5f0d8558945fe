/**
 * Takes in what the server answered to our changes, one transaction a frame.
 *
 * A change leaves the outbox only when its effect is in the store: at once where the cursor has passed the answer's
 * sequence, else when the cursor gets there. Whatever lost is written to the local ledger, whole, in the same
 * transaction; the ledger takes each mutation once, so that an answer may come any number of times.
 */
import {
  CATALOGUE,
  conflictIdSchema,
  SyncError,
  isErrorCode,
  toWireError,
  uuidV7,
  type DocumentId,
  type MutationId,
  type MutationResult,
  type StreamId,
  type WireError,
} from '@json-database-sync/domain';
import { timestamp, type Platform } from '../platform/platform.js';
import { builtOnRejected } from '../replica/built-on-rejected.js';
import type { PendingChange, PendingMutation } from '../replica/pending.js';
import type { LocalStore } from '../store/local-store.js';
import type { StoredConflict } from '../store/stored-conflict.js';
import { refreshDocument } from './fold-changes.js';
import { markApplied } from './mark-applied.js';
import { replicaInput } from './renew-view.js';

export interface Settlement {
  /** Losses that were not known before. */
  readonly conflicts: readonly StoredConflict[];
  /** What the server could not do just now: to be sent again, after a pause. */
  readonly retry: readonly WireError[];
}

export function settleResults(
  store: LocalStore,
  platform: Platform,
  streamId: StreamId,
  results: readonly MutationResult[],
): Settlement {
  return store.transaction(() => {
    const cursor = store.position(streamId).cursor;
    const conflicts: StoredConflict[] = [];
    const retry: WireError[] = [];
    const changed = new Set<DocumentId>();
    const settle = (result: MutationResult, pending: PendingMutation): void => {
      const loss = lossOf(result, pending, platform, () => droppedOf(store, streamId, cursor, result, pending));
      if (loss && store.conflicts.add(loss)) conflicts.push(loss);
      if (loss) changed.add(pending.documentId);
      else if (markApplied(store, platform, pending)) changed.add(pending.documentId);
      if (isConfirmed(result, pending, cursor)) {
        store.outbox.remove(pending.mutationId);
        changed.add(pending.documentId);
      } else {
        store.outbox.markAnswered(pending.mutationId, result.sequence ?? 0);
      }
    };
    const { fallen, documents } = fallenWith(store, results);
    for (const result of results) {
      const pending = result.mutation_id && store.outbox.get(result.mutation_id);
      if (!pending) continue;
      if (!isToBeSentAgain(result)) settle(result, pending);
      // What only waited to see what falls can go at once.
      else if (result.error.code !== FELL_WITH || !documents.has(pending.documentId)) retry.push(result.error);
    }
    for (const pending of fallen) settle(fellWith(pending), pending);
    for (const id of changed) refreshDocument(store, id);
    return { conflicts, retry };
  });
}

/** The documents with a change that is rejected for good, and the pending changes that fall with it: they are rejected as well. */
function fallenWith(
  store: LocalStore,
  results: readonly MutationResult[],
): { readonly documents: ReadonlySet<DocumentId>; readonly fallen: readonly PendingMutation[] } {
  const rejected = new Map<MutationId, DocumentId>();
  for (const result of results) {
    if (result.status !== 'rejected' || isToBeSentAgain(result)) continue;
    const pending = result.mutation_id && store.outbox.get(result.mutation_id);
    if (pending) rejected.set(pending.mutationId, pending.documentId);
  }
  const documents = new Set(rejected.values());
  if (documents.size === 0) return { documents, fallen: [] };
  // An older server carries out what follows: that stays as it was settled.
  const settled = new Set(results.filter((result) => !isToBeSentAgain(result)).map((result) => result.mutation_id));
  const fallen = [...documents].flatMap((id) => {
    const pending = store.outbox.ofDocument(id).filter(({ state }) => state !== 'settling');
    const input = { ...replicaInput(store, id, store.documents.confirmed(id)), pending };
    const isToBeSent = ({ mutationId, state }: PendingMutation) => state === 'unanswered' && !settled.has(mutationId);
    return builtOnRejected(input, new Set(rejected.keys()), isToBeSent);
  });
  return { documents, fallen };
}

function isToBeSentAgain(result: MutationResult): result is MutationResult & { readonly error: WireError } {
  return result.status === 'rejected' && mayRetry(result.error);
}

const FELL_WITH = 'earlier_change_rejected';

function fellWith({ mutationId, documentId }: PendingMutation): MutationResult {
  return {
    mutation_id: mutationId,
    status: 'rejected',
    document_id: documentId,
    version: null,
    sequence: null,
    error: toWireError(new SyncError(FELL_WITH)),
  };
}

/** Whether there is nothing more to come for it. */
function isConfirmed(result: MutationResult, pending: PendingMutation, cursor: number | null): boolean {
  if (result.status === 'rejected' || pending.state === 'settling' || result.sequence === null) return true;
  return cursor !== null && result.sequence <= cursor;
}

export function mayRetry(error: WireError | undefined): boolean {
  if (!error) return false;
  return isErrorCode(error.code) ? CATALOGUE[error.code].recovery === 'retry' : error.retryable;
}

function lossOf(
  result: MutationResult,
  pending: PendingMutation,
  platform: Platform,
  dropped: () => StoredConflict['dropped'],
): StoredConflict | null {
  const status = result.status === 'duplicate' ? (result.original_status ?? 'applied') : result.status;
  if (status !== 'conflicted' && status !== 'rejected') return null;
  const { change } = pending;
  const error = status === 'rejected' ? (result.error ?? UNEXPLAINED) : null;
  return {
    id: result.conflict_id ?? conflictIdSchema.parse(uuidV7(platform.now(), () => platform.randomBytes16())),
    mutationId: pending.mutationId,
    documentId: pending.documentId,
    reason: error?.message ?? result.conflict_reason ?? 'others had changed the same parts of the document',
    error: error && { code: error.code, message: error.message },
    change: asMade(change),
    baseVersion: pending.baseVersion,
    serverVersion: status === 'conflicted' ? result.version : null,
    dropped: dropped(),
    droppedTitle: error && change.kind === 'update' ? (change.title ?? null) : (result.dropped_title ?? null),
    madeAt: pending.createdAt,
    createdAt: timestamp(platform),
    dismissedAt: null,
    appliedAt: null,
  };
}

/** Without what is only kept to show it by. */
function asMade(change: PendingChange): PendingChange {
  if (!('effect' in change)) return change;
  const { effect: _effect, ...made } = change;
  return made;
}

/**
 * What the server says was lost. To a change that is sent again it says only that something was: then it is what the
 * event lacks, and where no event came of it, all of it.
 */
function droppedOf(
  store: LocalStore,
  streamId: StreamId,
  cursor: number | null,
  result: MutationResult,
  { change, mutationId }: PendingMutation,
): StoredConflict['dropped'] {
  if (result.dropped && result.status !== 'rejected') return result.dropped;
  if (change.kind !== 'update') return [];
  const all = change.patch.map((operation, index) => ({ index, operation }));
  if (result.status === 'rejected') return all;
  const { sequence } = result;
  // Not here yet: the ledger then has the change, but not which part of it lost.
  if (sequence === null || cursor === null || cursor < sequence) return [];
  const event = store.events.at(streamId, sequence);
  if (event?.mutationId !== mutationId || event.type !== 'update') return all;
  const kept = event.forward.map((operation) => JSON.stringify(operation));
  return all.filter(({ operation }) => {
    const at = kept.indexOf(JSON.stringify(operation));
    if (at >= 0) kept.splice(at, 1);
    return at < 0;
  });
}

const UNEXPLAINED: WireError = { code: 'server_error', message: 'the server turned the change down', retryable: false };
