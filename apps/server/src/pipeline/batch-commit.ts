/**
 * Carries a batch out: what it needs is read, it is decided in the order of arrival, written by one statement, answered and
 * published. Where the database does not take it, it is decided again, halved, or failed.
 *
 * A submission is answered when its batch is committed, never before, and exactly once. Nothing is published that is
 * not committed.
 *
 * Where a submission fails so that its author sends it again, what the author has in line behind it for the same
 * document fails with it: carried out now, it would have been overtaken by the one that comes back.
 */
import { DEFAULT_STRATEGY, SyncError, type DocumentState, type StreamId } from '@json-database-sync/domain';
import { groupBy } from '../collections.js';
import { lossesOf, planBatch, type BatchPlan } from './batch-plan.js';
import { readForBatch } from './batch-reader.js';
import { classifyCommitFailure } from './commit-failure.js';
import { charactersOf, commitInput, eventRows, type EventRowSource } from './commit-rows.js';
import { cacheKey } from './document-cache.js';
import type { LaneEnvironment } from './lane-environment.js';
import type { CommittedEvent, CommitReply, Submission } from './submission.js';

/** Times that a batch may be decided again because another node wrote first. */
const MAX_STALE_ATTEMPTS = 8;
/** A database that is away is waited for about 12 s in all: a restart, not an outage. */
const MAX_TRANSIENT_ATTEMPTS = 8;
const FIRST_PAUSE_MS = 50;
const MAX_PAUSE_MS = 4_000;

export class BatchCommit {
  /** What failed in this batch and will be sent again, by author and document. */
  private readonly toBeSentAgain = new Map<string, SyncError>();

  constructor(private readonly environment: LaneEnvironment) {}

  /** Commits what can be; gives back what is to be decided again. Never throws: each submission learns its own fate. */
  async commit(batch: readonly Submission[]): Promise<readonly Submission[]> {
    let stale = 0;
    let transient = 0;
    for (;;) {
      try {
        return await this.attempt(batch);
      } catch (error) {
        const failure = classifyCommitFailure(error);
        // Whatever was cached may be what is wrong, and a lost answer may hide a commit: look before deciding again.
        for (const submission of batch) submission.verified = true;
        if (failure === 'refused') return this.split(batch, error);
        if (failure === 'stale' && ++stale <= MAX_STALE_ATTEMPTS) continue;
        if (failure === 'transient' && ++transient <= MAX_TRANSIENT_ATTEMPTS && !this.environment.stopping()) {
          this.environment.logger.warn(`the database did not take a batch, attempt ${transient}: ${messageOf(error)}`);
          await this.environment.pause(Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** transient));
          continue;
        }
        this.failAll(batch, failure, error);
        return [];
      }
    }
  }

  /** PostgreSQL refuses the batch: halve it until the command to blame stands alone; its neighbours commit. */
  private async split(batch: readonly Submission[], error: unknown): Promise<readonly Submission[]> {
    const [only] = batch;
    if (batch.length === 1 && only) {
      this.environment.logger.error(`the database refused a command: ${messageOf(error)}`);
      this.failForNow(only, new SyncError('server_error', 'the database refused this command', { cause: error }));
      return [];
    }
    const middle = Math.ceil(batch.length / 2);
    const first = await this.commit(batch.slice(0, middle));
    // What the first half put off comes before the second half, or a document's changes would overtake each other.
    const second = this.withoutFollowers(batch.slice(middle));
    return first.length > 0 || second.length === 0 ? [...first, ...second] : this.commit(second);
  }

  private failForNow(submission: Submission, error: SyncError): void {
    this.toBeSentAgain.set(followerKey(submission), error);
    submission.fail(error);
  }

  /** Answers what follows something of the batch that failed for now, and gives the others. */
  withoutFollowers(submissions: Submission[]): Submission[] {
    if (this.toBeSentAgain.size === 0) return submissions;
    return submissions.filter((submission) => {
      const error = this.toBeSentAgain.get(followerKey(submission));
      if (error) submission.fail(error);
      return !error;
    });
  }

  private failAll(batch: readonly Submission[], failure: 'stale' | 'transient', cause: unknown): void {
    this.environment.logger.error(`gave up on a batch of ${batch.length} (${failure}): ${messageOf(cause)}`);
    const error =
      failure === 'stale'
        ? new SyncError('overloaded', 'too many writers on the same documents', { cause })
        : new SyncError('server_error', 'the database is not available', { cause });
    for (const submission of batch) this.failForNow(submission, error);
  }

  private async attempt(batch: readonly Submission[]): Promise<readonly Submission[]> {
    const { environment } = this;
    const reads = await readForBatch(batch, environment);
    const settlings = await environment.settlings(batch.map(({ command }) => command.streamId));
    const now = environment.now();
    const plan = planBatch(batch, {
      ...reads,
      settlings,
      now,
      sha256Hex: environment.sha256Hex,
      newConflictId: environment.newConflictId,
    });

    const events = eventRows(plan);
    const bases =
      plan.mutations.length > 0 ? await environment.write(commitInput(plan, events, now)) : new Map<StreamId, number>();
    if (bases.size < plan.streams.size) {
      // A stream without a row takes no event: nothing of it was written, and the others were.
      this.failUnknownStreams(plan, bases);
    }
    this.remember(plan, events, bases);
    this.settle(plan, bases);
    environment.publish(committedEvents(plan, bases), unmoved(plan));
    return plan.deferred;
  }

  private failUnknownStreams(plan: BatchPlan, bases: ReadonlyMap<StreamId, number>): void {
    for (const { submission, state } of plan.mutations) {
      if (!bases.has(state.streamId)) submission.fail(new SyncError('forbidden', 'there is no such stream'));
    }
  }

  private remember(plan: BatchPlan, events: readonly EventRowSource[], bases: ReadonlyMap<StreamId, number>): void {
    const { cache } = this.environment;
    for (const made of groupBy(events, ({ event }) => cacheKey(event)).values()) {
      const last = made.at(-1);
      const base = last && bases.get(last.event.streamId);
      if (!last || base === undefined) continue;
      const { state, contentText, place } = last;
      const past = made.map((row) => ({ event: row.event, characters: charactersOf(row) }));
      cache.advance({ state, lastSequence: base + place, characters: contentText.length }, past);
    }
    for (const { submission, state, conflict } of plan.mutations) {
      // As the ledger has them: by the version that they lost against.
      const losses = conflict ? lossesOf(submission, conflict, conflict.serverVersion) : [];
      if (losses.length > 0 && bases.has(state.streamId)) cache.addLosses(submission.command, losses);
    }
  }

  private settle(plan: BatchPlan, bases: ReadonlyMap<StreamId, number>): void {
    for (const { submission, error } of plan.rejected) {
      submission.author.frame?.rejectedOn.add(submission.command.documentId);
      submission.fail(error);
    }
    for (const { submission, state, recorded } of plan.repeated) {
      // Committed by an attempt whose answer was lost, perhaps: connections may have to be told from the log.
      this.environment.noticeHead(state.streamId, recorded.sequence);
      submission.settle({
        status: 'duplicate',
        originalStatus: recorded.status,
        state,
        version: recorded.version,
        sequence: recorded.sequence,
        stored: false,
        strategy: DEFAULT_STRATEGY,
        conflict: recorded.conflict,
      });
    }
    for (const { submission, status, state, place, stored, strategy, conflict } of plan.mutations) {
      const base = bases.get(state.streamId);
      if (base === undefined) continue;
      const reply: CommitReply = {
        status,
        originalStatus: null,
        state,
        version: state.version,
        sequence: base + place,
        stored,
        strategy,
        conflict,
      };
      submission.settle(reply);
      if (conflict) this.environment.activity.conflicted(state.id, conflict);
    }
  }
}

function committedEvents(plan: BatchPlan, bases: ReadonlyMap<StreamId, number>): CommittedEvent[] {
  const committed: CommittedEvent[] = [];
  for (const { event, state, place } of plan.events) {
    const base = bases.get(event.streamId);
    if (base !== undefined) committed.push({ event: { ...event, sequence: base + place }, state });
  }
  return committed;
}

/** The documents whose last change in this batch left them as they were, as they are now. */
function unmoved(plan: BatchPlan): DocumentState[] {
  const newest = new Map(plan.events.map(({ event }) => [cacheKey(event), event.version]));
  const still = new Map<string, DocumentState>();
  for (const { state, stored, unchanged } of plan.mutations) {
    const key = cacheKey({ streamId: state.streamId, documentId: state.id });
    if (!stored && !unchanged && state.version >= (newest.get(key) ?? 0)) still.set(key, state);
  }
  return [...still.values()];
}

/** Nobody but its author orders a change before another: what others do to the document does not wait for it. */
function followerKey({ command, author }: Submission): string {
  return `${author.clientId}/${cacheKey(command)}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'an unknown failure';
}
