/** What an update makes of a document, and the patch that says so. Pure. */
import {
  LIMITS,
  SyncError,
  applyMergePatch,
  diffJson,
  jsonEqual,
  tryApplyPatch,
  type JsonPatch,
  type JsonValue,
} from '@json-database-sync/domain';
import { checkedContent, checkedPatch, checkedTitle } from './check-input.js';
import type { DocumentChange } from './types.js';

export interface NextDocument {
  readonly title: string;
  readonly content: JsonValue;
  /** From the current content to the next; empty where only the title changes. */
  readonly patch: JsonPatch;
}

/** @returns null where nothing would change */
export function nextDocument(
  current: { title: string; content: JsonValue },
  change: DocumentChange,
): NextDocument | null {
  if (typeof change !== 'function' && (typeof change !== 'object' || change === null)) {
    throw new SyncError('invalid_argument', 'a change is an object with content, merge, patch or title, or a function');
  }
  const title = typeof change === 'object' && change.title !== undefined ? checkedTitle(change.title) : current.title;
  const next = nextContent(current.content, change);
  if (jsonEqual(next.content, current.content)) {
    return title === current.title ? null : { title, content: current.content, patch: [] };
  }
  return { title, content: next.content, patch: next.patch ?? patchBetween(current.content, next.content) };
}

function nextContent(content: JsonValue, change: DocumentChange): { content: JsonValue; patch?: JsonPatch } {
  if (typeof change === 'function') {
    const draft: unknown = JSON.parse(JSON.stringify(content));
    const returned: unknown = change(draft);
    return { content: checkedContent(returned === undefined ? draft : returned, 'the edited draft') };
  }
  const ways = ['content', 'merge', 'patch'].filter((way) => Object.hasOwn(change, way));
  if (ways.length > 1) throw new SyncError('invalid_argument', `a change has only one of ${ways.join(' and ')}`);
  if ('patch' in change) return patched(content, change.patch);
  if ('merge' in change) {
    const merged = applyMergePatch(content, checkedContent(change.merge, 'the merge'));
    return { content: checkedContent(merged, 'the merged content') };
  }
  return { content: change.content === undefined ? content : checkedContent(change.content) };
}

function patched(content: JsonValue, given: unknown): { content: JsonValue; patch: JsonPatch } {
  const patch = checkedPatch(given);
  const applied = tryApplyPatch(content, patch);
  if (!applied.ok) {
    const { error } = applied;
    throw new SyncError('invalid_patch', error.message, {
      cause: error,
      details: { operation: error.operationIndex, path: error.path },
    });
  }
  return { content: checkedContent(applied.value, 'the patched content'), patch };
}

/** A patch that the protocol cannot carry gives way to one that replaces the whole. */
function patchBetween(before: JsonValue, after: JsonValue): JsonPatch {
  const patch = diffJson(before, after);
  const fits =
    patch.length <= LIMITS.patchOperations &&
    patch.every((operation) => operation.path.length <= LIMITS.pointerCharacters);
  return fits ? patch : [{ op: 'replace', path: '', value: after }];
}
