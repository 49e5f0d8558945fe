/** Redo: an undo, as long as it stands, is taken back like any other change: the one that is named, or the user's last. */
import type { DocumentEvent } from './change-event.js';
import type { RedoDocumentCommand } from './command.js';
import type { DecisionContext, Rejected } from './decision.js';
import type { DocumentState } from './document.js';
import { ownUndos, takenBack } from './effective-events.js';
import { rejected } from './outcome.js';
import { nothingToDo, type UndoPlan } from './undo-plan.js';
import { takeBack, takeBackFirst } from './undo-take-back.js';

export function planRedo(
  state: DocumentState,
  { version }: RedoDocumentCommand,
  context: Pick<DecisionContext, 'since' | 'userId'>,
): UndoPlan | Rejected {
  const events = context.since ?? [];
  if (version !== null) return redoOf(state, version, events);
  const plan = takeBackFirst(state, ownUndos(events, context.userId), events, 'redo');
  return plan ?? rejected(events[0]?.version === 1 ? 'nothing_to_redo' : 'history_too_long');
}

function redoOf(state: DocumentState, version: number, events: readonly DocumentEvent[]): UndoPlan | Rejected {
  if (version < 1 || version > state.version) return rejected('version_mismatch');
  const target = events.find((event) => event.version === version);
  if (!target) return rejected('history_too_long');
  if (target.cause?.kind !== 'undo') return rejected('nothing_to_redo', `version ${version} is no undo`);
  const cause = { kind: 'redo', version } as const;
  return takenBack(events).has(version) ? nothingToDo(state, cause) : takeBack(state, target, events, cause);
}
