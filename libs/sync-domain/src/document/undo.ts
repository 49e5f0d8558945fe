/** Undo: which event is meant, and what taking it back comes to. */
import { LIMITS } from '../limits.js';
import type { RedoDocumentCommand, RevertDocumentCommand, UndoDocumentCommand } from './command.js';
import type { Decision, DecisionContext, Rejected } from './decision.js';
import type { DocumentState } from './document.js';
import { ownChanges, takenBack } from './effective-events.js';
import { rejected } from './outcome.js';
import { planRedo } from './redo.js';
import { planRevert } from './revert.js';
import { carryOutPlan, nothingToDo, type UndoPlan } from './undo-plan.js';
import { takeBack, takeBackFirst } from './undo-take-back.js';

export type HistoryCommand = UndoDocumentCommand | RedoDocumentCommand | RevertDocumentCommand;

/**
 * What the command would do, without doing it; `decide` on the same input does just that.
 * @returns the plan, which needs `force` where it names overlaps, or why it cannot be done at all
 */
export function previewUndo(
  state: DocumentState,
  command: HistoryCommand,
  context: Pick<DecisionContext, 'since' | 'userId' | 'versions'>,
): UndoPlan | Rejected {
  switch (command.kind) {
    case 'undo':
      return planUndo(state, command, context);
    case 'redo':
      return planRedo(state, command, context);
    case 'revert':
      return planRevert(state, command, context);
  }
}

export function decideUndo(state: DocumentState, command: HistoryCommand, context: DecisionContext): Decision {
  const plan = previewUndo(state, command, context);
  if ('outcome' in plan) return plan;
  return carryOutPlan(state, plan, command.kind !== 'revert' && command.force, context);
}

/**
 * The version after which the events are needed: from the change itself on, or as far back as may be looked where which
 * one it is has to be found.
 */
export function undoHistoryNeeded(state: DocumentState, command: HistoryCommand): number | null {
  const furthest = Math.max(0, state.version - LIMITS.undoEvents);
  const target = command.kind === 'revert' ? command.toVersion : command.version;
  if (target === null) return furthest;
  // Nothing is to be looked up for what is refused anyway, or is there already.
  if (target < 1 || target > state.version || (command.kind === 'revert' && target === state.version)) return null;
  return Math.max(furthest, target - 1);
}

function planUndo(
  state: DocumentState,
  { version }: UndoDocumentCommand,
  context: Pick<DecisionContext, 'since' | 'userId'>,
): UndoPlan | Rejected {
  const events = context.since ?? [];
  if (version === null) {
    const plan = takeBackFirst(state, ownChanges(events, context.userId), events, 'undo');
    // Without the creation among them, the events may not go back to what there is to undo.
    return plan ?? rejected(events[0]?.version === 1 ? 'nothing_to_undo' : 'history_too_long');
  }
  if (version < 1 || version > state.version) return rejected('version_mismatch');
  if (version === 1) return rejected('cannot_undo');
  const target = events.find((event) => event.version === version);
  if (!target) return rejected('history_too_long');
  const cause = { kind: 'undo', version } as const;
  if (takenBack(events).has(version)) return nothingToDo(state, cause);
  return takeBack(state, target, events, cause);
}
