/** What a pending change asks of the domain, and the history that it is judged by. Pure. */
import {
  LIMITS,
  SyncError,
  decide,
  undoHistoryNeeded,
  type Decision,
  type DecisionContext,
  type DocumentCommand,
  type DocumentEvent,
  type DocumentState,
  type HistoryCommand,
} from '@json-database-sync/domain';
import type { PendingMutation, UndoChange } from './pending.js';

/**
 * @param since the events after the change's base as far as they are known, those of earlier pending changes included
 * @returns null where there is nothing to ask: what it would take back has come to nothing
 */
export function commandOf(
  { streamId, documentId, change }: Pick<PendingMutation, 'streamId' | 'documentId' | 'change'>,
  baseVersion: number,
  since: readonly DocumentEvent[],
): DocumentCommand | null {
  const head = { streamId, documentId };
  switch (change.kind) {
    case 'create':
      return { ...head, kind: 'create', title: change.title, content: change.content };
    case 'update':
      return {
        ...head,
        kind: 'update',
        baseVersion,
        knowsOwnChanges: true,
        patch: change.patch,
        ...(change.title !== undefined && { title: change.title }),
      };
    case 'delete':
      return { ...head, kind: 'delete', baseVersion, knowsOwnChanges: true };
    case 'restore':
      return { ...head, kind: 'restore' };
    case 'undo':
    case 'redo': {
      const version = undoneVersion(change, since);
      return version === undefined ? null : { ...head, kind: change.kind, version, force: change.force };
    }
    case 'revert':
      return { ...head, kind: 'revert', toVersion: change.toVersion };
  }
}

/**
 * The version that an undo or a redo names, once what it takes back is among the events.
 * @returns undefined where that has come to nothing, or cannot be told; null where none is named, and the server has to
 * find it
 */
export function undoneVersion(
  { version, target }: UndoChange,
  since: readonly DocumentEvent[],
): number | null | undefined {
  if (target === undefined) return version;
  return since.find((event) => event.mutationId === target)?.version;
}

export function isHistoryCommand(command: DocumentCommand): command is HistoryCommand {
  return command.kind === 'undo' || command.kind === 'redo' || command.kind === 'revert';
}

/** How many events are looked at first, and next: what is to be taken back is nearly always among the newest. */
const REACHES = [100, 1_000, LIMITS.undoEvents];

/**
 * What such a command comes to, by the local log as far as that reaches: `history_too_long` where it does not reach far
 * enough to tell.
 * @param newestEvents at most so many of the confirmed events, oldest first
 * @param own those that follow them, of earlier pending changes
 */
export function decideByHistory(
  state: DocumentState,
  command: HistoryCommand,
  context: Omit<DecisionContext, 'since' | 'lost'>,
  newestEvents: (limit: number) => readonly DocumentEvent[],
  own: readonly DocumentEvent[],
): Decision {
  const after = undoHistoryNeeded(state, command) ?? state.version;
  const needed = Math.max(0, state.version - own.length - after);
  for (const reach of REACHES) {
    const events = needed === 0 ? [] : newestEvents(Math.min(needed, reach));
    const decision = decide(state, command, { ...context, since: [...events, ...own], lost: [] });
    const couldLookFurther = decision.outcome !== 'accepted' && needed > reach && events.length === reach;
    const isFinal = decision.outcome === 'rejected' && decision.error.code !== 'history_too_long';
    if (isFinal || !couldLookFurther) return decision;
  }
  return { outcome: 'rejected', error: new SyncError('history_too_long') };
}
