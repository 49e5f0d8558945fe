/**
 * Revert: the document as it was at a version, whoever changed it since. One event, which others can take back.
 *
 * A document that was deleted at that version is deleted again; its content stays as it is, for nobody sees it.
 */
import { diffJson } from '../patch/diff.js';
import type { RevertDocumentCommand } from './command.js';
import type { DecisionContext, Rejected } from './decision.js';
import type { DocumentState } from './document.js';
import { rejected } from './outcome.js';
import { nothingToDo, type UndoPlan } from './undo-plan.js';
import { canWalk, stateAtVersion } from './walk-history.js';

export function planRevert(
  state: DocumentState,
  { toVersion }: RevertDocumentCommand,
  context: Pick<DecisionContext, 'since' | 'versions'>,
): UndoPlan | Rejected {
  if (toVersion < 1 || toVersion > state.version) return rejected('version_mismatch');
  const former = versionOf(state, toVersion, context);
  if (!former) return rejected('history_too_long');
  const cause = { kind: 'revert', version: toVersion } as const;
  const same = nothingToDo(state, cause);
  const deleted = state.deletedAt !== null;
  if (former.deletedAt !== null) return deleted ? same : { ...same, type: 'delete', deleted: true };
  const patch = diffJson(state.content, former.content);
  if (!deleted && patch.length === 0 && former.title === state.title) return same;
  const { title, content } = former;
  return { cause, type: deleted ? 'restore' : 'update', patch, title, content, deleted: false, overlaps: [] };
}

function versionOf(
  state: DocumentState,
  version: number,
  { since, versions }: Pick<DecisionContext, 'since' | 'versions'>,
): DocumentState | undefined {
  if (version === state.version) return state;
  const known = versions?.(version);
  if (known) return known;
  return since && canWalk({ anchor: state, events: since, version })
    ? stateAtVersion({ anchor: state, events: since, version })
    : undefined;
}
