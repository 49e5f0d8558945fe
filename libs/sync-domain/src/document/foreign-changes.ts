/** What others did to a document after the version that a change is based on. */
import { devolveContent } from './evolve.js';
import type { JsonValue } from '../json/json-value.js';
import { touchedPaths, type TouchedPath } from '../patch/touched-paths.js';
import type { DocumentEvent, UpdateEvent } from './change-event.js';
import type { DeleteDocumentCommand, UpdateDocumentCommand } from './command.js';
import type { DecisionContext } from './decision.js';
import type { DocumentState } from './document.js';
import { compareClocks, type VectorClock } from './vector-clock.js';

export interface ForeignChanges {
  /** Events by others. */
  readonly count: number;
  /** What they wrote, and what the author's own lost changes would have written. */
  readonly touched: readonly TouchedPath[];
  readonly titleChanged: boolean;
  /** The document was deleted by someone else, and is deleted still. */
  readonly deleted: boolean;
  /** The events after the base, oldest first: those that were looked at, the author's own among them. */
  readonly since: readonly DocumentEvent[];
}

/** null where the log does not reach back to the base. */
export function foreignChanges(
  state: DocumentState,
  command: UpdateDocumentCommand,
  context: DecisionContext,
  base: number,
): ForeignChanges | null {
  if (context.since === null || !reachesBack(context.since, base, state)) return null;
  const since = concurrentPart(context.since, command.vectorClock, base);
  const foreign = since.filter((event) => isForeign(event, command, context));
  const touched: TouchedPath[] = [];
  let titleChanged = false;
  const contentBefore = walkBack(state, since);
  let left = foreign.length;
  for (let at = since.length - 1; left > 0; at--) {
    const event = since[at]!;
    if (!isForeign(event, command, context)) continue;
    left--;
    if (event.type === 'update') {
      touched.push(...writtenBy(event, () => contentBefore(at)));
      titleChanged ||= event.title !== null;
    } else if ((event.type === 'create' && event.version > base) || (event.type === 'restore' && event.reverse)) {
      // Made for another document that was to have this id, or brought back as another than was deleted: all of it is
      // news, title and content.
      touched.push([]);
      titleChanged = true;
    }
  }
  for (const operation of command.knowsOwnChanges ? context.lost : []) {
    touched.push(...touchedPaths([operation], state.content));
  }
  const deleted = state.deletedAt !== null && foreign.some((event) => event.type === 'delete');
  return { count: foreign.length, touched, titleChanged, deleted, since };
}

/** Gives the content before one of the events; to be asked from the newest on. */
function walkBack(state: DocumentState, since: readonly DocumentEvent[]): (at: number) => JsonValue {
  let { content } = state;
  let newest = since.length - 1;
  return (at) => {
    for (; newest >= at; newest--) content = devolveContent(content, since[newest]!);
    return content;
  };
}

/** By event, since on a busy document each is looked at for every change that was made beside it. */
const written = new WeakMap<UpdateEvent, readonly TouchedPath[]>();

/** Whether a path's parent is an array is asked of the content that the event met. */
function writtenBy(event: UpdateEvent, contentBefore: () => JsonValue): readonly TouchedPath[] {
  const known = written.get(event);
  if (known) return known;
  const paths = touchedPaths(event.forward, contentBefore());
  written.set(event, paths);
  return paths;
}

/** Whether the author of `command` made it without knowing of `event`, which came after its base. */
export function isForeign(
  event: DocumentEvent,
  command: UpdateDocumentCommand | DeleteDocumentCommand,
  context: Pick<DecisionContext, 'clientId'>,
): boolean {
  return !command.knowsOwnChanges || event.clientId !== context.clientId;
}

/** A base older than the oldest event that can be looked at leaves changes in between that nobody would compare with. */
function reachesBack(since: readonly DocumentEvent[], base: number, state: DocumentState): boolean {
  return since[0] ? since[0].version <= base + 1 : base === state.version;
}

/** With a clock, the events that the author's clock does not cover; else those after the base version. */
function concurrentPart(
  since: readonly DocumentEvent[],
  clock: VectorClock | undefined,
  base: number,
): readonly DocumentEvent[] {
  const afterBase = since.filter((event) => event.version > base);
  if (!clock) return afterBase;
  const lastKnown = since.findLastIndex((event) => {
    const order = compareClocks(event.vectorClock, clock);
    return order === 'before' || order === 'equal';
  });
  const afterClock = since.slice(lastKnown + 1);
  return afterClock.length > afterBase.length ? afterClock : afterBase;
}
