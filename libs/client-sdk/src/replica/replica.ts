/**
 * What the application sees of a document: what the server has confirmed, with the pending changes on top.
 *
 *      confirmed ──> pending 1 ──> pending 2 ──> view
 *          ^             ^ each against the events by others since the version that it was made on
 *          └─ server events fold in here; a pending change goes when its own event has folded in
 *
 * PURE: no store, no clock. Invariants:
 * - with nothing pending the view IS the confirmed document, the very same object;
 * - pending changes are judged by the domain's `decide`, the code that the server will judge them by: what it would
 *   drop is not shown, what it would keep is;
 * - what was made on a pending change that is rejected falls with it;
 * - a pending change is never altered: it keeps its base and its patch, whatever is confirmed meanwhile;
 * - the same input gives the same view, whatever order the input was learned in.
 */
import {
  decide,
  rebasePatch,
  touchedPaths,
  type ConflictStrategy,
  type Decision,
  type DecisionContext,
  type DocumentCommand,
  type DocumentEvent,
  type DocumentState,
  type JsonPatch,
  type JsonPatchOperation,
} from '@json-database-sync/domain';
import { commandOf, decideByHistory, isHistoryCommand } from './pending-command.js';
import type { Author, PendingChange, PendingMutation } from './pending.js';

export interface ReplicaInput {
  readonly confirmed: DocumentState | undefined;
  /** In order of making; without those that are `settling`. */
  readonly pending: readonly PendingMutation[];
  /** The confirmed events after a version, oldest first; null where the local log does not reach back to it. */
  readonly eventsAfter: (version: number) => readonly DocumentEvent[] | null;
  /** The newest confirmed events, at most so many, oldest first and without gaps: as far as the local log reaches. */
  readonly newestEvents: (limit: number) => readonly DocumentEvent[];
  /** What earlier changes of the same author are known to have lost to this document. */
  readonly alreadyLost: readonly LostOperation[];
  readonly author: Author;
  /** How the stream settles what overlaps. The server's resolvers are not here: theirs is shown as `server_wins`. */
  readonly strategy: ConflictStrategy;
}

export interface LostOperation {
  readonly operation: JsonPatchOperation;
  /** The version that it lost against. */
  readonly serverVersion: number;
}

export function viewOf(input: ReplicaInput): DocumentState | undefined {
  return replay(input).state;
}

export interface Replayed {
  readonly state: DocumentState | undefined;
  /** What the pending changes come to: events that follow the confirmed ones, as far as can be told now. */
  readonly events: readonly DocumentEvent[];
}

/** The view, and the events that lead to it. */
export function replay(input: ReplicaInput): Replayed {
  const run = new ReplayRun(input);
  for (const mutation of input.pending) run.take(mutation);
  return run;
}

/** A replay, change by change. */
export class ReplayRun implements Replayed {
  readonly events: DocumentEvent[] = [];
  state: DocumentState | undefined;
  private readonly lost: LostOperation[];
  /** What rejected changes would have written. */
  private readonly rejected: JsonPatchOperation[] = [];
  private readonly confirmedVersion: number;

  constructor(private readonly input: Omit<ReplicaInput, 'pending'>) {
    this.state = input.confirmed;
    this.lost = [...input.alreadyLost];
    this.confirmedVersion = input.confirmed?.version ?? 0;
  }

  take(mutation: PendingMutation): void {
    if (this.fallsWithRejected(mutation)) return this.reject(mutation);
    const decision = this.decisionOn(mutation);
    if (decision?.outcome === 'rejected') return this.reject(mutation);
    if (decision?.outcome !== 'accepted') return;
    for (const { operation } of decision.conflict?.dropped ?? []) {
      if (operation) this.lost.push({ serverVersion: decision.state.version, operation });
    }
    if (decision.event) this.events.push(decision.event);
    this.state = decision.state;
  }

  /** The document goes on without it. */
  reject({ change }: PendingMutation): void {
    this.rejected.push(...patchOf(change));
  }

  /**
   * Whether a change was made on what a rejected one had written. It falls with it: on the document that is left, which its
   * author never saw, an index of a list would name another item.
   */
  fallsWithRejected({ change }: PendingMutation): boolean {
    if (this.rejected.length === 0 || change.kind !== 'update' || !this.state) return false;
    const { content } = this.state;
    const foreign = touchedPaths(this.rejected, content);
    return rebasePatch({ patch: change.patch, current: content, foreign }).dropped.length > 0;
  }

  /** null where there is nothing that could be decided. */
  private decisionOn(mutation: PendingMutation): Decision | null {
    const { confirmedVersion } = this;
    const since = mutation.baseVersion < confirmedVersion ? this.input.eventsAfter(mutation.baseVersion) : [];
    // Without the events there is nothing to compare with: the change is shown where it still applies, and the
    // server, whose log reaches further, decides. A base ahead of the server (it was restored from a backup) likewise.
    const base = since === null ? confirmedVersion : Math.min(mutation.baseVersion, confirmedVersion);
    const known = [...(since ?? []), ...this.events];
    const command = commandOf(mutation, base, known);
    if (!command) return since === null ? this.asItLooked(mutation) : null;
    if (!this.state || !isHistoryCommand(command)) return this.decide(command, mutation, known);
    const context = { ...contextOf(mutation, this.input.author), strategy: this.input.strategy };
    const decision = decideByHistory(this.state, command, context, this.input.newestEvents, this.events);
    const isOutOfReach = decision.outcome === 'rejected' && decision.error.code === 'history_too_long';
    return isOutOfReach ? this.asItLooked(mutation) : decision;
  }

  /** What takes back changes that are out of reach by now (a snapshot stands in for them), where that still applies. */
  private asItLooked(mutation: PendingMutation): Decision | null {
    const { change } = mutation;
    if (!('effect' in change) || !change.effect) return null;
    const update = { ...mutation, change: { kind: 'update' as const, ...change.effect } };
    const command = commandOf(update, this.confirmedVersion, []);
    return command && this.decide(command, mutation, this.events);
  }

  private decide(command: DocumentCommand, mutation: PendingMutation, since: readonly DocumentEvent[]): Decision {
    const base = 'baseVersion' in command ? (command.baseVersion ?? 0) : 0;
    return decide(this.state, command, {
      ...contextOf(mutation, this.input.author),
      strategy: this.input.strategy,
      since,
      lost: this.lost.filter(({ serverVersion }) => serverVersion > base).map(({ operation }) => operation),
    });
  }
}

function patchOf(change: PendingChange): JsonPatch {
  if (change.kind === 'update') return change.patch;
  return 'effect' in change && change.effect ? change.effect.patch : [];
}

/** What `decide` is told of the maker of a change that is not confirmed. */
export function contextOf(
  { createdAt, mutationId }: Pick<PendingMutation, 'createdAt' | 'mutationId'>,
  { userId, clientId }: Author,
): Omit<DecisionContext, 'since' | 'lost'> {
  return {
    now: createdAt,
    userId,
    clientId,
    mutationId,
    strategy: 'server_wins',
    // The hash of a state that is not the server's is of no use to anyone.
    sha256Hex: () => UNHASHED,
  };
}

const UNHASHED = '0'.repeat(64);
