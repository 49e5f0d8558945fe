/**
 * What the document becomes where a change overlaps what others did, by the strategies that look at both sides:
 * `client_wins` and a resolver.
 *
 * Invariants: what the change wrote outside the overlap is in the outcome under `client_wins`, and so is what it wrote
 * inside; under a resolver, whatever of the change has left no trace is named as dropped.
 */
import { jsonEqual } from '../json/canonical-json.js';
import { checkJsonValue } from '../json/check-json-value.js';
import { isJsonArray, isJsonObject, type JsonValue } from '../json/json-value.js';
import { getOwn } from '../json/own-property.js';
import { LIMITS } from '../limits.js';
import { forcePaths } from '../patch/force-paths.js';
import { tryApplyPatch } from '../patch/json-patch.js';
import { arrayIndex } from '../patch/json-pointer.js';
import { touchedByOperations, touchedPaths, type TouchedPath } from '../patch/touched-paths.js';
import { authorsView } from './authors-view.js';
import type { DocumentEvent } from './change-event.js';
import type { UpdateDocumentCommand } from './command.js';
import type { DecisionContext, DroppedOperation } from './decision.js';
import type { DocumentState } from './document.js';
import { isForeign } from './foreign-changes.js';
import type { ConflictSides, DocumentSide } from './strategy.js';

export interface Settlement extends DocumentSide {
  readonly dropped: readonly DroppedOperation[];
  readonly droppedTitle: string | null;
}

/**
 * @param concurrent the events that the author did not know all of, oldest first
 * @returns null where `server_wins` is to settle it: by the strategy, by the resolver's leave, or since what the author
 * meant cannot be made out
 */
export function settleOverlap(
  state: DocumentState,
  command: UpdateDocumentCommand,
  context: DecisionContext,
  concurrent: readonly DocumentEvent[],
): Settlement | null {
  if (context.strategy === 'server_wins' || context.strategy === 'manual') return null;
  const base = authorsView(state, concurrent, (event) => !isForeign(event, command, context));
  if (!base) return null;
  const intended = tryApplyPatch(base.content, command.patch);
  if (!intended.ok) return null;
  const incoming = { title: command.title ?? base.title, content: intended.value };
  if (context.strategy === 'client_wins') {
    const content = forcePaths(
      state.content,
      incoming.content,
      touchedPaths(command.patch, base.content),
      base.content,
    );
    return { title: command.title ?? state.title, content, dropped: [], droppedTitle: null };
  }
  return resolved({ base, current: { title: state.title, content: state.content }, incoming }, command, context);
}

function resolved(
  sides: ConflictSides,
  command: UpdateDocumentCommand,
  { resolver }: DecisionContext,
): Settlement | null {
  const resolution = resolver?.(sides) ?? null;
  if (resolution === null) return null;
  const { documentCharacters, documentDepth } = LIMITS;
  const checked = checkJsonValue(resolution.content, { maxCharacters: documentCharacters, maxDepth: documentDepth });
  const title = resolution.title ?? sides.current.title;
  if (!checked.ok || title.length > LIMITS.titleCharacters) return null;
  const { current, incoming } = sides;
  const titleLost = command.title !== undefined && title !== incoming.title && title === current.title;
  return {
    title,
    content: checked.value,
    dropped: withoutTrace(sides, checked.value, command),
    droppedTitle: titleLost ? incoming.title : null,
  };
}

/**
 * The operations at whose places the outcome is what stood there before, and not what they wrote; nor is that among the
 * new items of a list that it was an item of, for a resolver may give it another index.
 */
function withoutTrace(
  { base, current, incoming }: ConflictSides,
  outcome: JsonValue,
  { patch }: UpdateDocumentCommand,
): DroppedOperation[] {
  const touched = touchedByOperations(patch, base.content);
  return patch.flatMap((operation, index) => {
    const lost = touched[index]!.some((path) => {
      const now = at(outcome, path);
      const wanted = at(incoming.content, path);
      if (!same(now, at(current.content, path)) || same(now, wanted)) return false;
      const list = path.slice(0, -1);
      return !(hasItem(at(outcome, list), wanted) && !hasItem(at(current.content, list), wanted));
    });
    return lost ? [{ index, operation }] : [];
  });
}

function hasItem(list: JsonValue | undefined, item: JsonValue | undefined): boolean {
  return list !== undefined && isJsonArray(list) && list.some((each) => same(each, item));
}

function same(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  return a === undefined || b === undefined ? a === b : jsonEqual(a, b);
}

function at(value: JsonValue, path: TouchedPath): JsonValue | undefined {
  let found: JsonValue | undefined = value;
  for (const token of path) {
    if (found === undefined) return undefined;
    if (isJsonArray(found)) found = found[arrayIndex(token)];
    else found = isJsonObject(found) ? getOwn(found, token) : undefined;
  }
  return found;
}
