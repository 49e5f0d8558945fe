/**
 * A batch decided in arrival order, in memory: what is to be written and what each submission will be told.
 *
 * Pure but for the ids of conflicts, which are handed in. A later command sees what an earlier one of the batch decided.
 */
import {
  LIMITS,
  decide,
  historyNeeded,
  type ConflictId,
  type DecisionContext,
  type DocumentEvent,
  type DocumentState,
  type Sha256Hex,
  SyncError,
  type StreamId,
} from '@json-database-sync/domain';
import type { RecordedMutation } from '../event-store/event-store.js';
import { cacheKey } from './document-cache.js';
import type { RecordedConflict, Submission } from './submission.js';

export interface LoadedDocument {
  readonly state: DocumentState;
  readonly lastSequence: number;
}

/** What was read for a batch. */
export interface BatchInput {
  readonly documents: ReadonlyMap<string, LoadedDocument>;
  /** Events by document after the version asked for, oldest first; absent where none were asked for. */
  readonly histories: ReadonlyMap<string, readonly DocumentEvent[]>;
  /** Looked up for verified submissions only. */
  readonly mutations: ReadonlyMap<string, RecordedMutation>;
  readonly now: string;
  readonly sha256Hex: Sha256Hex;
  readonly newConflictId: () => ConflictId;
}

/** `place` counts the stream's events of this batch up to and including this one. */
export interface PlannedEvent {
  readonly event: DocumentEvent;
  readonly state: DocumentState;
  readonly place: number;
}

export interface PlannedMutation {
  readonly submission: Submission;
  readonly status: 'applied' | 'merged' | 'conflicted';
  readonly state: DocumentState;
  readonly place: number;
  readonly stored: boolean;
  readonly conflict: RecordedConflict | null;
}

/** Answered without a write. */
export interface Unwritten {
  readonly submission: Submission;
  readonly state: DocumentState;
  /** The sequence of the document's last event; null where this batch makes it, as the stream's `place`th. */
  readonly lastSequence: number | null;
  readonly place: number;
  readonly recorded: RecordedMutation | null;
}

export interface BatchPlan {
  readonly events: PlannedEvent[];
  readonly mutations: PlannedMutation[];
  readonly unwritten: Unwritten[];
  readonly rejected: { readonly submission: Submission; readonly error: SyncError }[];
  /** To be decided again in the next batch, in this order, with more read. */
  readonly deferred: Submission[];
  /** Events a stream gets. Streams that only get a conflict or a mutation row are here with 0. */
  readonly streams: Map<StreamId, number>;
}

export function planBatch(submissions: readonly Submission[], input: BatchInput): BatchPlan {
  const plan: BatchPlan = {
    events: [],
    mutations: [],
    unwritten: [],
    rejected: [],
    deferred: [],
    streams: new Map(),
  };
  /** Documents as this batch leaves them, with the events that it made. */
  const working = new Map<string, { state: DocumentState; lastSequence: number | null; made: DocumentEvent[] }>();
  const held = new Set<string>();
  const seenMutations = new Set<string>();

  for (const submission of submissions) {
    const { command, author } = submission;
    const key = cacheKey(command);
    const mutationKey = `${command.streamId}/${author.mutationId}`;
    // A document whose earlier command waits: this one waits too, or it would overtake it.
    if (held.has(key)) {
      defer(plan, held, key, submission);
      continue;
    }
    // The same mutation twice in one batch: the second one looks for what the first one came to.
    if (seenMutations.has(mutationKey)) {
      defer(plan, held, key, submission, true);
      continue;
    }
    seenMutations.add(mutationKey);
    const loaded = input.documents.get(key);
    const current = working.get(key) ?? (loaded && { ...loaded, made: [] });

    const placeNow = plan.streams.get(command.streamId) ?? 0;
    const recorded = input.mutations.get(mutationKey);
    if (recorded) {
      if (current && recorded.documentId === command.documentId) {
        const { state, lastSequence } = current;
        plan.unwritten.push({ submission, state, lastSequence, place: placeNow, recorded });
      } else {
        const error = new SyncError('invalid_message', 'this mutation id was used for another document');
        plan.rejected.push({ submission, error });
      }
      continue;
    }
    const from = historyNeeded(current?.state, command);
    const since =
      from === null
        ? []
        : historySince(from, loaded, input.histories.get(key), current?.made ?? [], submission.verified);
    if (since === 'unread') {
      defer(plan, held, key, submission, true);
      continue;
    }
    const decision = decide(current?.state, command, contextOf(submission, input, since));
    if (decision.outcome === 'rejected') {
      if (submission.verified) plan.rejected.push({ submission, error: decision.error });
      else defer(plan, held, key, submission, true);
      continue;
    }
    if (decision.outcome === 'unchanged') {
      const lastSequence = current?.lastSequence ?? null;
      plan.unwritten.push({ submission, state: decision.state, lastSequence, place: placeNow, recorded: null });
      continue;
    }
    const place = decision.event ? placeNow + 1 : placeNow;
    plan.streams.set(command.streamId, place);
    if (decision.event) {
      plan.events.push({ event: decision.event, state: decision.state, place });
      const made = current?.made ?? [];
      made.push(decision.event);
      working.set(key, { state: decision.state, lastSequence: null, made });
    }
    plan.mutations.push({
      submission,
      status: decision.status,
      state: decision.state,
      place,
      stored: decision.event !== null,
      conflict: decision.conflict && { ...decision.conflict, id: input.newConflictId() },
    });
  }
  return plan;
}

function defer(plan: BatchPlan, held: Set<string>, key: string, submission: Submission, verify = false): void {
  if (verify) submission.verified = true;
  held.add(key);
  plan.deferred.push(submission);
}

/** Events after `from`: those read from the log, then those that this batch has made. null where the log is short. */
function historySince(
  from: number,
  loaded: LoadedDocument | undefined,
  read: readonly DocumentEvent[] | undefined,
  made: readonly DocumentEvent[],
  verified: boolean,
): readonly DocumentEvent[] | null | 'unread' {
  const loadedVersion = loaded?.state.version ?? 0;
  if (from >= loadedVersion) return made.filter((event) => event.version > from);
  if (from < loadedVersion - LIMITS.mergeEvents) return null;
  const reachesBack = read?.[0] !== undefined && read[0].version <= from + 1;
  // Asked for and still not there: the log does not go back so far.
  if (!reachesBack) return verified && read ? null : 'unread';
  const known = read.filter((event) => event.version > from && event.version <= loadedVersion);
  return [...known, ...made];
}

function contextOf({ author }: Submission, input: BatchInput, since: readonly DocumentEvent[] | null): DecisionContext {
  return {
    now: input.now,
    userId: author.userId,
    clientId: author.clientId,
    mutationId: author.mutationId,
    strategy: 'server_wins',
    sha256Hex: input.sha256Hex,
    since,
  };
}
