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
 * - a pending change is never altered: it keeps its base and its patch, whatever is confirmed meanwhile;
 * - the same input gives the same view, whatever order the input was learned in.
 */
import {
  decide,
  type ConflictStrategy,
  type DecisionContext,
  type DocumentEvent,
  type DocumentState,
  type JsonPatchOperation,
} from '@json-database-sync/domain';
import { commandOf, decideByHistory, isHistoryCommand } from './pending-command.js';
import type { Author, PendingMutation } from './pending.js';

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
  const { confirmed, pending, eventsAfter, newestEvents, alreadyLost, author, strategy } = input;
  let state = confirmed;
  const confirmedVersion = confirmed?.version ?? 0;
  const own: DocumentEvent[] = [];
  const lost = [...alreadyLost];
  for (const mutation of pending) {
    const since = mutation.baseVersion < confirmedVersion ? eventsAfter(mutation.baseVersion) : [];
    // Without the events there is nothing to compare with: the change is shown where it still applies, and the
    // server, whose log reaches further, decides. A base ahead of the server (it was restored from a backup) likewise.
    const base = since === null ? confirmedVersion : Math.min(mutation.baseVersion, confirmedVersion);
    const command = commandOf(mutation, base, [...(since ?? []), ...own]);
    if (!command) continue;
    const context = { ...contextOf(mutation, author), strategy };
    const decision =
      state && isHistoryCommand(command)
        ? decideByHistory(state, command, context, newestEvents, own)
        : decide(state, command, {
            ...context,
            since: [...(since ?? []), ...own],
            lost: lost.filter(({ serverVersion }) => serverVersion > base).map(({ operation }) => operation),
          });
    if (decision.outcome !== 'accepted') continue;
    for (const { operation } of decision.conflict?.dropped ?? []) {
      if (operation) lost.push({ serverVersion: decision.state.version, operation });
    }
    if (decision.event) own.push(decision.event);
    state = decision.state;
  }
  return { state, events: own };
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
