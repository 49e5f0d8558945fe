/** Redo: the user's last undo, as long as it stands, is taken back like any other change. */
import type { DecisionContext, Rejected } from './decision.js';
import type { DocumentState } from './document.js';
import { ownUndos } from './effective-events.js';
import { rejected } from './outcome.js';
import type { UndoPlan } from './undo-plan.js';
import { takeBackFirst } from './undo-take-back.js';

export function planRedo(
  state: DocumentState,
  context: Pick<DecisionContext, 'since' | 'userId'>,
): UndoPlan | Rejected {
  const events = context.since ?? [];
  const plan = takeBackFirst(state, ownUndos(events, context.userId), events, 'redo');
  return plan ?? rejected(events[0]?.version === 1 ? 'nothing_to_redo' : 'history_too_long');
}
