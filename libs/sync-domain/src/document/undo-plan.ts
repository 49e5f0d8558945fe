/** What an undo, a redo or a revert comes to, before it is committed or shown: the same for both. */
import { depthOf } from '../json/depth.js';
import type { JsonObject, JsonValue } from '../json/json-value.js';
import { LIMITS } from '../limits.js';
import type { JsonPatch } from '../patch/json-patch.types.js';
import { applyWithReverse } from '../patch/reverse-patch.js';
import type { EventCause, UpdateEvent } from './change-event.js';
import type { Decision, DecisionContext } from './decision.js';
import type { DocumentState } from './document.js';
import { afterUpdate } from './evolve.js';
import { deletionOf, eventHead, restorationOf } from './next-event.js';
import { nextClock, rejected, tooDeep, tooLarge } from './outcome.js';
import { fingerprint } from './revision.js';
import type { UserId } from '../ids.js';

/** A later change that stands in the way of taking one back. */
export interface UndoOverlap {
  readonly version: number;
  readonly userId: UserId;
  /** JSON pointers to what it wrote of the same parts; none where it is the title, or that the document is (not) there. */
  readonly paths: readonly string[];
  readonly title: boolean;
}

export interface UndoPlan {
  readonly cause: EventCause;
  /** The kind of event that it makes; null where there is nothing to do. */
  readonly type: 'update' | 'delete' | 'restore' | null;
  /** From the current content to `content`. */
  readonly patch: JsonPatch;
  /** The document as it would be. */
  readonly title: string;
  readonly content: JsonValue;
  readonly deleted: boolean;
  /** Where there are any, it needs `force`, and the rest tells what it is with it. */
  readonly overlaps: readonly UndoOverlap[];
}

/** A plan that leaves the document as it is. */
export function nothingToDo(state: DocumentState, cause: EventCause): UndoPlan {
  const { title, content } = state;
  return { cause, type: null, patch: [], title, content, deleted: state.deletedAt !== null, overlaps: [] };
}

/** The plan as a decision. @param force whether overlaps are to be overruled */
export function carryOutPlan(state: DocumentState, plan: UndoPlan, force: boolean, context: DecisionContext): Decision {
  if (plan.type === null) return { outcome: 'unchanged', state };
  if (plan.overlaps.length > 0 && !force) return overlapping(plan);
  if (depthOf(plan.content) > LIMITS.documentDepth) return tooDeep();
  switch (plan.type) {
    case 'delete':
      return accepted(deletionOf(state, context, plan.cause));
    case 'restore': {
      const same = plan.patch.length === 0 && plan.title === state.title;
      return accepted(restorationOf(state, context, plan.cause, same ? undefined : plan));
    }
    case 'update':
      return updateTo(state, plan, context);
  }
}

function updateTo(state: DocumentState, plan: UndoPlan, context: DecisionContext): Decision {
  const { value, reverse } = applyWithReverse(state.content, plan.patch);
  const version = state.version + 1;
  const { revisionId, characters } = fingerprint(value, version, context.sha256Hex);
  if (characters > LIMITS.documentCharacters) return tooLarge(characters);
  const vectorClock = nextClock(state.vectorClock, undefined, context.clientId);
  const event: UpdateEvent = {
    ...eventHead({ ...state, version, revisionId, vectorClock }, context, plan.cause),
    type: 'update',
    forward: plan.patch,
    reverse,
    title: plan.title === state.title ? null : { from: state.title, to: plan.title },
  };
  return accepted({ event, state: afterUpdate(state, event, value) });
}

function accepted({
  event,
  state,
}: {
  event: UpdateEvent | ReturnType<typeof deletionOf>['event'] | ReturnType<typeof restorationOf>['event'];
  state: DocumentState;
}): Decision {
  return { outcome: 'accepted', status: 'applied', event, state, conflict: null };
}

function overlapping({ cause, overlaps }: UndoPlan): Decision {
  const versions = overlaps.map(({ version }) => version).join(', ');
  return rejected('undo_overlap', `later changes are in the way: version ${versions}`, {
    details: { target_version: cause.version, overlaps: overlaps.map(overlapDetails) },
  });
}

const overlapDetails = ({ version, userId, paths, title }: UndoOverlap): JsonObject => ({
  version,
  user_id: userId,
  paths: [...paths],
  title,
});
