/**
 * A batch decided in arrival order, in memory: what is to be written and what each submission will be told.
 *
 * Pure but for the ids of conflicts, which are handed in. A later command sees what an earlier one of the batch decided.
 */
import {
  DEFAULT_STRATEGY,
  canonicalJson,
  decide,
  historyLimit,
  type Accepted,
  type Conflict,
  type ConflictId,
  type ConflictStrategy,
  type DecisionContext,
  type DocumentEvent,
  type DocumentState,
  type JsonPatchOperation,
  type Sha256Hex,
  SyncError,
  type StreamId,
} from '@json-database-sync/domain';
import type { LostOperation, RecordedMutation } from '../event-store/event-store.js';
import { conflictKey, toBringBack } from '../conflicts/brought-back.js';
import type { Settling } from '../conflicts/stream-strategies.js';
import { cacheKey, formerKey } from './document-cache.js';
import { historyToRead, lookDeeper, mayLieDeeper } from './history-depth.js';
import { followsRejected, type RecordedConflict, type Submission } from './submission.js';

export interface LoadedDocument {
  readonly state: DocumentState;
  readonly lastSequence: number;
}

/** What was read for a batch. */
export interface BatchInput {
  readonly documents: ReadonlyMap<string, LoadedDocument>;
  /** Events by document after the version asked for, oldest first; absent where none were asked for. */
  readonly histories: ReadonlyMap<string, readonly DocumentEvent[]>;
  /** Operations that lost, by document, after the version asked for; absent as histories are. */
  readonly losses: ReadonlyMap<string, readonly LostOperation[]>;
  /** Documents at the versions that reverts go back to, by `formerKey`. */
  readonly formers?: ReadonlyMap<string, DocumentState>;
  /** Looked up for verified submissions only. */
  readonly mutations: ReadonlyMap<string, RecordedMutation>;
  /** Losses that have been brought back, by `conflictKey`. */
  readonly broughtBack?: ReadonlySet<string>;
  /** How each stream settles what overlaps; by `server_wins` where it is not said. */
  readonly settlings?: ReadonlyMap<StreamId, Settling>;
  readonly now: string;
  readonly sha256Hex: Sha256Hex;
  readonly newConflictId: () => ConflictId;
}

/** `place` counts the stream's events of this batch up to and including this one. */
export interface PlannedEvent {
  readonly event: DocumentEvent;
  /** The document without the event; null for its creation. */
  readonly before: DocumentState | null;
  readonly state: DocumentState;
  /** The canonical text of the state's content. */
  readonly contentText: string;
  readonly place: number;
}

export interface PlannedMutation {
  readonly submission: Submission;
  readonly status: 'applied' | 'merged' | 'conflicted';
  readonly state: DocumentState;
  readonly place: number;
  readonly stored: boolean;
  readonly strategy: ConflictStrategy;
  /** There was nothing to do. */
  readonly unchanged: boolean;
  readonly conflict: RecordedConflict | null;
}

/** A mutation that was carried out before: nothing is written. */
export interface Repeated {
  readonly submission: Submission;
  readonly state: DocumentState;
  readonly recorded: RecordedMutation;
}

export interface BatchPlan {
  readonly events: PlannedEvent[];
  readonly mutations: PlannedMutation[];
  readonly repeated: Repeated[];
  readonly rejected: { readonly submission: Submission; readonly error: SyncError }[];
  /** To be decided again in the next batch, in this order, with more read. */
  readonly deferred: Submission[];
  /** Events a stream gets. Streams that only get a conflict or a mutation row are here with 0. */
  readonly streams: Map<StreamId, number>;
}

export function planBatch(submissions: readonly Submission[], input: BatchInput): BatchPlan {
  const planner = new BatchPlanner(input);
  for (const submission of submissions) planner.take(submission);
  return planner.plan;
}

const NOTHING_LOST: readonly JsonPatchOperation[] = [];
const FOLLOWS_REJECTED = new SyncError('earlier_change_rejected');
const BROUGHT_BACK = new SyncError('version_mismatch', 'what was lost has been brought back');

/** The operations of a change that lost. */
export function lossesOf({ author }: Submission, { dropped }: Conflict, serverVersion: number): LostOperation[] {
  return dropped.flatMap(({ operation }) =>
    operation === null ? [] : [{ clientId: author.clientId, serverVersion, operation }],
  );
}

/** A document as the batch leaves it so far, with the events that the batch made of it. */
interface WorkingDocument {
  readonly state: DocumentState;
  readonly made: DocumentEvent[];
}

class BatchPlanner {
  readonly plan: BatchPlan = {
    events: [],
    mutations: [],
    repeated: [],
    rejected: [],
    deferred: [],
    streams: new Map(),
  };
  private readonly working = new Map<string, WorkingDocument>();
  /** Documents with a command that was put off: their later ones wait too, or they would overtake it. */
  private readonly held = new Set<string>();
  private lastHashed = { text: '', hash: '' };
  private readonly seenMutations = new Set<string>();
  private readonly broughtBackHere = new Set<string>();
  private readonly lostHere: (LostOperation & { readonly key: string })[] = [];

  constructor(private readonly input: BatchInput) {}

  private readonly hash: Sha256Hex = (text) => {
    const hash = this.input.sha256Hex(text);
    this.lastHashed = { text, hash };
    return hash;
  };

  take(submission: Submission): void {
    const { command, author } = submission;
    const key = cacheKey(command);
    const mutationKey = `${command.streamId}/${author.mutationId}`;
    if (this.held.has(key)) return this.defer(submission);
    // The same mutation twice in one batch: the second one looks for what the first one came to.
    if (this.seenMutations.has(mutationKey)) return this.deferVerified(submission);
    this.seenMutations.add(mutationKey);

    const loaded = this.input.documents.get(key);
    const current = this.working.get(key) ?? (loaded && { state: loaded.state, made: [] });
    const recorded = this.input.mutations.get(mutationKey);
    if (recorded) return this.repeat(submission, current, recorded);
    if (followsRejected(submission, this.plan.rejected)) {
      return submission.verified ? this.reject(submission, FOLLOWS_REJECTED) : this.deferVerified(submission);
    }

    if (this.isBroughtBack(command)) {
      return submission.verified ? this.reject(submission, BROUGHT_BACK) : this.deferVerified(submission);
    }
    const since = this.historySince(submission, loaded, current);
    if (since === 'unread') return this.deferVerified(submission);
    const decision = decide(current?.state, command, this.contextOf(submission, since));
    const stored = decision.outcome === 'accepted' && decision.event !== null;
    if (!stored && mayLieDeeper(current?.state, submission)) {
      lookDeeper(submission);
      return this.deferVerified(submission);
    }
    // An event of a stale decision is refused by its version. Whatever stores none has no such guard: look at what the
    // database says, and whether the mutation was carried out before, and decide again.
    if (!stored && !submission.verified) return this.deferVerified(submission);
    switch (decision.outcome) {
      case 'accepted':
        return this.accept(submission, current, decision);
      case 'unchanged':
        return this.record(submission, decision.state);
      case 'rejected':
        this.reject(submission, decision.error);
    }
  }

  private reject(submission: Submission, error: SyncError): void {
    this.plan.rejected.push({ submission, error });
  }

  /** Twice would put an item of a list there twice. */
  private isBroughtBack(command: Submission['command']): boolean {
    const key = toBringBack(command);
    return (
      key !== null && (this.input.broughtBack?.has(conflictKey(key)) || this.broughtBackHere.has(conflictKey(key)))
    );
  }

  private accept(submission: Submission, current: WorkingDocument | undefined, decision: Accepted): void {
    const { event, state, status, conflict } = decision;
    const { streamId } = submission.command;
    const place = this.placeIn(streamId) + (event ? 1 : 0);
    this.plan.streams.set(streamId, place);
    if (event) {
      this.plan.events.push({
        event,
        before: current?.state ?? null,
        state,
        contentText: this.contentTextOf(state),
        place,
      });
      const made = current?.made ?? [];
      made.push(event);
      this.working.set(cacheKey(submission.command), { state, made });
    }
    const brought = conflict ? null : toBringBack(submission.command);
    if (brought) this.broughtBackHere.add(conflictKey(brought));
    for (const loss of conflict ? lossesOf(submission, conflict, state.version) : []) {
      this.lostHere.push({ key: cacheKey(submission.command), ...loss });
    }
    this.plan.mutations.push({
      submission,
      status,
      state,
      place,
      stored: event !== null,
      strategy: this.settlingOf(submission).strategy,
      unchanged: false,
      conflict: conflict && { ...conflict, id: this.input.newConflictId() },
    });
  }

  /** It is so already. Recorded all the same: sent again later, when it may not be so any more, it has no effect. */
  private record(submission: Submission, state: DocumentState): void {
    const { streamId } = submission.command;
    const place = this.placeIn(streamId);
    this.plan.streams.set(streamId, place);
    this.plan.mutations.push({
      submission,
      status: 'applied',
      state,
      place,
      stored: false,
      strategy: this.settlingOf(submission).strategy,
      unchanged: true,
      conflict: null,
    });
  }

  /** `decide` has made it for the revision, mostly just before. */
  private contentTextOf({ content, revisionId }: DocumentState): string {
    const { text, hash } = this.lastHashed;
    return hash !== '' && revisionId.endsWith(`-${hash.slice(0, 16)}`) ? text : canonicalJson(content);
  }

  /** Carried out before: answered as then. */
  private repeat(submission: Submission, current: WorkingDocument | undefined, recorded: RecordedMutation): void {
    if (current && recorded.documentId === submission.command.documentId) {
      this.plan.repeated.push({ submission, state: current.state, recorded });
    } else {
      this.reject(submission, new SyncError('invalid_message', 'this mutation id was used for another document'));
    }
  }

  private deferVerified(submission: Submission): void {
    submission.verified = true;
    this.defer(submission);
  }

  private defer(submission: Submission): void {
    this.held.add(cacheKey(submission.command));
    this.plan.deferred.push(submission);
  }

  private placeIn(streamId: StreamId): number {
    return this.plan.streams.get(streamId) ?? 0;
  }

  /** The events that the decision needs: read from the log, then made in this batch. null where the log is short. */
  private historySince(
    submission: Submission,
    loaded: LoadedDocument | undefined,
    current: WorkingDocument | undefined,
  ): readonly DocumentEvent[] | null | 'unread' {
    if (this.formerOf(submission)) return [];
    const from = historyToRead(current?.state, submission);
    if (from === null) return [];
    const made = current?.made ?? [];
    const loadedVersion = loaded?.state.version ?? 0;
    if (from >= loadedVersion) return made.filter((event) => event.version > from);
    if (from < loadedVersion - historyLimit(submission.command)) return null;
    const read = this.input.histories.get(cacheKey(submission.command));
    const first = read?.[0]?.version;
    // Asked for and still not there: the log does not go back so far.
    if (!read || first === undefined || first > from + 1) return submission.verified && read ? null : 'unread';
    // A document's versions have no gap, and what was read may be a good deal more.
    const known = read.slice(from + 1 - first, loadedVersion + 1 - first);
    return made.length === 0 ? known : [...known, ...made];
  }

  /** What the author's own earlier changes lost after the base of this one. */
  private lostBefore({ command, author }: Submission): readonly JsonPatchOperation[] {
    if (command.kind !== 'update' || command.baseVersion === null) return NOTHING_LOST;
    const { baseVersion } = command;
    const key = cacheKey(command);
    const read = this.input.losses.get(key) ?? [];
    if (read.length === 0 && this.lostHere.length === 0) return NOTHING_LOST;
    return [...read, ...this.lostHere.filter((loss) => loss.key === key)]
      .filter((loss) => loss.clientId === author.clientId && loss.serverVersion > baseVersion)
      .map((loss) => loss.operation);
  }

  /** What a revert goes back to, where that was read. */
  private formerOf({ command }: Submission): DocumentState | undefined {
    return command.kind === 'revert' ? this.input.formers?.get(formerKey(command, command.toVersion)) : undefined;
  }

  private settlingOf({ command }: Submission): Settling {
    return this.input.settlings?.get(command.streamId) ?? { strategy: DEFAULT_STRATEGY };
  }

  /** Written out member by member: this is made for every change, and copying objects into it takes several times as long. */
  private contextOf(submission: Submission, since: readonly DocumentEvent[] | null): DecisionContext {
    const { userId, clientId, mutationId } = submission.author;
    const { strategy, resolver } = this.settlingOf(submission);
    const lost = this.lostBefore(submission);
    const context = {
      strategy,
      resolver,
      now: this.input.now,
      userId,
      clientId,
      mutationId,
      sha256Hex: this.hash,
      since,
      lost,
    };
    const former = this.formerOf(submission);
    if (!former) return context;
    return { ...context, versions: (version: number) => (version === former.version ? former : undefined) };
  }
}
