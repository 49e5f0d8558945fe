/** What an update makes of a document, and the patch that says so. Pure. */
import {
  LIMITS,
  SyncError,
  applyMergePatch,
  depthOf,
  diffJson,
  jsonEqual,
  parsePointer,
  tryApplyPatch,
  type JsonPatch,
  type JsonPatchOperation,
  type JsonValue,
} from '@json-database-sync/domain';
import { checkedContent, checkedPatch, checkedTitle } from './check-input.js';
import type { DocumentChange } from './types.js';

export interface NextDocument {
  readonly title: string;
  readonly content: JsonValue;
  /** The content as JSON text, where it had to be written to be judged. */
  readonly contentText?: string;
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
  return { ...next, title, patch: next.patch ?? patchBetween(current.content, next.content) };
}

type NextContent = Pick<NextDocument, 'content' | 'contentText'> & { readonly patch?: JsonPatch };

function nextContent(content: JsonValue, change: DocumentChange): NextContent {
  if (typeof change === 'function') {
    const draft: unknown = JSON.parse(JSON.stringify(content));
    const returned: unknown = change(draft);
    return { content: checkedContent(returned === undefined ? draft : returned, 'the edited draft') };
  }
  const ways = ['content', 'merge', 'patch'].filter((way) => Object.hasOwn(change, way));
  if (ways.length > 1) throw new SyncError('invalid_argument', `a change has only one of ${ways.join(' and ')}`);
  if ('patch' in change) return patched(content, change.patch);
  if ('merge' in change) {
    // Each part of it has been checked, and it is nested no deeper than the one or the other.
    return sized(applyMergePatch(content, checkedContent(change.merge, 'the merge')), 'the merged content');
  }
  return { content: change.content === undefined ? content : checkedContent(change.content) };
}

function patched(content: JsonValue, given: unknown): NextContent {
  const patch = checkedPatch(given);
  const applied = tryApplyPatch(content, patch);
  if (!applied.ok) {
    const { error } = applied;
    throw new SyncError('invalid_patch', error.message, {
      cause: error,
      details: { operation: error.operationIndex, path: error.path },
    });
  }
  const what = 'the patched content';
  if (patch.some(mayDeepenOrMultiply)) return { content: checkedContent(applied.value, what), patch };
  return { ...sized(applied.value, what), patch };
}

/** Else the outcome is no deeper than what was checked, and no larger than that and the patch together. */
function mayDeepenOrMultiply(operation: JsonPatchOperation): boolean {
  switch (operation.op) {
    case 'move':
    case 'copy':
      return true;
    case 'add':
    case 'replace':
      return parsePointer(operation.path).length + depthOf(operation.value) > LIMITS.documentDepth;
    default:
      return false;
  }
}

/** For content of which nothing but its size is in doubt: written out once, to be judged and to be stored. */
function sized(content: JsonValue, what: string): { content: JsonValue; contentText: string } {
  const contentText = JSON.stringify(content);
  if (contentText.length > LIMITS.documentCharacters) checkedContent(content, what);
  return { content, contentText };
}

/** A patch that the protocol cannot carry gives way to one that replaces the whole. */
function patchBetween(before: JsonValue, after: JsonValue): JsonPatch {
  const patch = diffJson(before, after);
  const fits =
    patch.length <= LIMITS.patchOperations &&
    patch.every((operation) => operation.path.length <= LIMITS.pointerCharacters);
  return fits ? patch : [{ op: 'replace', path: '', value: after }];
}
