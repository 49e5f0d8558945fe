/**
 * Taking one event back, whatever came after it: its reverse, carried over the later changes that stand.
 *
 *     ... ── target ── later 1 ── later 2 ──> current ── reverse of target, rebased ──> as if target had not been
 *
 * Invariants: with no later change that overlaps, exactly the target is taken out; whatever else there is stays. What
 * overlaps is found, never guessed away.
 */
import { jsonEqual } from '../json/canonical-json.js';
import { diffJson } from '../patch/diff.js';
import { forcePaths } from '../patch/force-paths.js';
import { formatPointer } from '../patch/json-pointer.js';
import { pathsOverlap } from '../patch/path-set.js';
import { rebasePatch } from '../patch/rebase-patch.js';
import { touchedPaths, type TouchedPath } from '../patch/touched-paths.js';
import type { JsonValue } from '../json/json-value.js';
import type { DocumentEvent, EventCause, UpdateEvent } from './change-event.js';
import type { Rejected } from './decision.js';
import type { DocumentState } from './document.js';
import { standingAfter } from './effective-events.js';
import { devolveContent } from './evolve.js';
import { rejected } from './outcome.js';
import { nothingToDo, type UndoOverlap, type UndoPlan } from './undo-plan.js';

/**
 * @param events the document's newest events, oldest first, back to `target` at least
 * @param cause what the event will say of itself; its version is the target's
 */
export function takeBack(
  state: DocumentState,
  target: DocumentEvent,
  events: readonly DocumentEvent[],
  cause: EventCause,
): UndoPlan | Rejected {
  switch (target.type) {
    case 'create':
      return rejected('cannot_undo');
    case 'update': {
      const plan = takeBackUpdate(state, target, events, cause);
      return plan.type !== null && state.deletedAt !== null ? rejected('document_deleted') : plan;
    }
    case 'delete':
    case 'restore':
      return takeBackDeletedness(state, target, events, cause);
  }
}

/** How many changes that come to nothing are passed over; each costs a walk through what came after it. */
const MOST_PASSED_OVER = 50;

/**
 * Takes back the first of `targets` that comes to something, or is refused: whoever presses undo once more wants to
 * get past a change that made no difference.
 * @returns undefined where there is no target
 */
export function takeBackFirst(
  state: DocumentState,
  targets: readonly DocumentEvent[],
  events: readonly DocumentEvent[],
  kind: 'undo' | 'redo',
): UndoPlan | Rejected | undefined {
  let first: UndoPlan | Rejected | undefined;
  for (const target of targets.slice(0, MOST_PASSED_OVER)) {
    const plan = takeBack(state, target, events, { kind, version: target.version });
    if ('outcome' in plan || plan.type !== null) return plan;
    first ??= plan;
  }
  return first;
}

/** A later change with what it wrote. */
interface LaterChange {
  readonly event: DocumentEvent;
  readonly touched: readonly TouchedPath[];
  readonly title: boolean;
}

function takeBackUpdate(
  state: DocumentState,
  target: UpdateEvent,
  events: readonly DocumentEvent[],
  cause: EventCause,
): UndoPlan {
  const { later, after } = laterChanges(state, target.version, events);
  const before = devolveContent(after, target);
  // What made no difference leaves nothing to take back, whatever stands there by now.
  if (target.title === null && jsonEqual(before, after)) return nothingToDo(state, cause);
  const foreign = later.flatMap(({ touched }) => touched);
  const rebased = rebasePatch({ patch: target.reverse, current: state.content, foreign });
  const title = target.title?.from ?? state.title;
  const titleOverlaps = title !== state.title && later.some((change) => change.title);
  const contentOverlaps = rebased.dropped.length > 0;

  if (!contentOverlaps && !titleOverlaps) {
    return update(state, cause, title, rebased.value, rebased.kept, []);
  }
  const touched = [...touchedPaths(target.forward, before), ...touchedPaths(target.reverse, after)];
  const content = contentOverlaps ? forcePaths(state.content, before, touched, after) : rebased.value;
  const patch = contentOverlaps ? diffJson(state.content, content) : rebased.kept;
  const overlaps = overlapsOf(later, contentOverlaps ? touched : [], titleOverlaps);
  return update(state, cause, title, content, patch, overlaps);
}

function update(
  state: DocumentState,
  cause: EventCause,
  title: string,
  content: JsonValue,
  patch: UndoPlan['patch'],
  overlaps: UndoPlan['overlaps'],
): UndoPlan {
  if (title === state.title && jsonEqual(content, state.content)) return nothingToDo(state, cause);
  return { cause, type: 'update', patch, title, content, deleted: false, overlaps };
}

/** Whether a document is there is one value, like a title: a later deletion or restoration has written it as well. */
function takeBackDeletedness(
  state: DocumentState,
  target: DocumentEvent,
  events: readonly DocumentEvent[],
  cause: EventCause,
): UndoPlan {
  const deleted = target.type === 'restore';
  if ((state.deletedAt !== null) === deleted) return nothingToDo(state, cause);
  // A deletion would take later edits with it; where the document is deleted, nobody has edited it since.
  const overlaps = laterChanges(state, target.version, events).later.map(({ event, touched, title }): UndoOverlap => ({
    version: event.version,
    userId: event.userId,
    paths: touched.map(formatPointer),
    title,
  }));
  return { ...nothingToDo(state, cause), type: deleted ? 'delete' : 'restore', deleted, overlaps };
}

/** What has to be reckoned with, newest first, and the content right after the target. */
function laterChanges(
  state: DocumentState,
  target: number,
  events: readonly DocumentEvent[],
): { later: LaterChange[]; after: JsonValue } {
  const standing = new Set(standingAfter(target, events));
  const later: LaterChange[] = [];
  // Walk back from the current content: whether a path's parent is an array is asked of the content that the event met.
  let content = state.content;
  for (const event of events.toReversed()) {
    if (event.version <= target) break;
    const left = content;
    content = devolveContent(content, event);
    if (!standing.has(event)) continue;
    if (event.type === 'update') {
      // What wrote the same as was there is in nobody's way.
      if (event.title === null && jsonEqual(left, content)) continue;
      later.push({ event, touched: touchedPaths(event.forward, content), title: event.title !== null });
    } else {
      const whole = event.type === 'restore' && event.reverse !== null;
      later.push({ event, touched: whole ? [[]] : [], title: whole });
    }
  }
  return { later, after: content };
}

/** Oldest first. */
function overlapsOf(later: readonly LaterChange[], paths: readonly TouchedPath[], title: boolean): UndoOverlap[] {
  const overlaps = later.map((change): UndoOverlap => {
    const met = change.touched.filter((path) => paths.some((other) => pathsOverlap(path, other)));
    const { version, userId } = change.event;
    return { version, userId, paths: met.map(formatPointer), title: title && change.title };
  });
  return overlaps.filter((overlap) => overlap.paths.length > 0 || overlap.title).toReversed();
}
