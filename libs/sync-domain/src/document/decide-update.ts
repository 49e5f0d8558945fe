/**
 * Updates: the direct case, and the merge with what others did since the author's base version.
 *
 * A client's own earlier changes are not concurrent with its later ones (it knew them when it made them), so events
 * by the same client are no part of the comparison.
 */
import { jsonEqual } from '../json/canonical-json.js';
import { depthOf } from '../json/depth.js';
import type { JsonValue } from '../json/json-value.js';
import { LIMITS } from '../limits.js';
import { diffJson } from '../patch/diff.js';
import { tryApplyPatch } from '../patch/json-patch.js';
import { applyWithReverse } from '../patch/reverse-patch.js';
import { parsePointer } from '../patch/json-pointer.js';
import { PatchError } from '../patch/patch-error.js';
import type { JsonPatch } from '../patch/json-patch.types.js';
import { rebasePatch } from '../patch/rebase-patch.js';
import type { RestoreEvent, UpdateEvent } from './change-event.js';
import type { UpdateDocumentCommand } from './command.js';
import type { Accepted, Conflict, Decision, DecisionContext, DroppedOperation, Rejected } from './decision.js';
import type { DocumentState } from './document.js';
import { afterUpdate } from './evolve.js';
import { foreignChanges, type ForeignChanges } from './foreign-changes.js';
import { eventHead } from './next-event.js';
import { withTrace } from './keep-trace.js';
import { nextClock, rejected, tooDeep, tooLarge } from './outcome.js';
import { fingerprint } from './revision.js';
import { settleOverlap } from './settle-overlap.js';
import { wholeLossBy, type ConflictStrategy, type DocumentSide } from './strategy.js';
import { compareClocks } from './vector-clock.js';

export function decideUpdate(state: DocumentState, command: UpdateDocumentCommand, context: DecisionContext): Decision {
  const base = command.baseVersion ?? state.version;
  if (base > state.version)
    return loseWhole(state, command, context, 'it is based on a version that the document does not have');
  const clocksDiverge =
    command.vectorClock !== undefined && compareClocks(command.vectorClock, state.vectorClock) === 'concurrent';

  if (base === state.version && !clocksDiverge) {
    if (state.deletedAt !== null) return rejected('document_deleted');
    return applyDirectly(state, command, context);
  }
  const foreign = foreignChanges(state, command, context, base);
  if (foreign === null) return loseWhole(state, command, context, 'its base is too old to merge with');
  if (foreign.deleted && context.strategy !== 'client_wins')
    return loseWhole(state, command, context, 'the document was deleted meanwhile');
  if (state.deletedAt !== null && !foreign.deleted) return rejected('document_deleted');
  if (foreign.count === 0 && !clocksDiverge) return applyDirectly(state, command, context);
  return merge(state, command, context, foreign);
}

function applyDirectly(state: DocumentState, command: UpdateDocumentCommand, context: DecisionContext): Decision {
  const result = applyChecked(state, command.patch);
  if ('outcome' in result) return result;
  const made = makeEvent(state, command, context, command.patch, command.title ?? state.title, result);
  if ('outcome' in made) return made;
  if (command.checksum !== undefined && command.checksum !== made.checksum) {
    return rejected('invalid_patch', 'the checksum does not match the document after the patch');
  }
  return { outcome: 'accepted', status: 'applied', event: made.event, state: made.state, conflict: null };
}

function merge(
  state: DocumentState,
  command: UpdateDocumentCommand,
  context: DecisionContext,
  foreign: ForeignChanges,
): Decision {
  const { kept, dropped, already, value } = rebasePatch({
    patch: command.patch,
    current: state.content,
    foreign: foreign.touched,
  });
  const titleLost = foreign.titleChanged && command.title !== undefined && command.title !== state.title;
  const title = titleLost ? state.title : (command.title ?? state.title);
  if (dropped.length === 0 && !titleLost) {
    const looksBack = context.strategy !== 'server_wins' && context.strategy !== 'manual';
    const patch = looksBack && already.length > 0 ? withTrace(kept, state.content, value, command.patch) : kept;
    return commit(state, command, context, { title, content: value, patch, conflict: null });
  }
  if (context.strategy === 'manual') return loseWhole(state, command, context, OVERLAP);
  const settled = settleOverlap(state, command, context, foreign.since);
  if (settled) {
    const lost = settled.dropped.length > 0 || settled.droppedTitle !== null;
    const conflict = lost ? conflictOf(state, command, context.strategy, settled) : null;
    const made = patchTo(settled.content, state.content, command.patch);
    const written = command.patch.filter((_, index) => !settled.dropped.some((each) => each.index === index));
    const patch = withTrace(made, state.content, settled.content, written);
    return commit(state, command, context, { ...settled, patch, conflict });
  }
  // What its author meant cannot be made out, and half of it is not worth undoing a deletion for.
  if (state.deletedAt !== null) return loseWhole(state, command, context, 'the document was deleted meanwhile');
  const lost = { dropped, droppedTitle: titleLost ? command.title : null };
  const conflict = conflictOf(state, command, 'server_wins', lost);
  return commit(state, command, context, { title, content: value, patch: kept, conflict });
}

/** What a merge came to; `patch` leads from the current content to `content`. */
interface Merged {
  readonly title: string;
  readonly content: JsonValue;
  readonly patch: JsonPatch;
  readonly conflict: Conflict | null;
}

function commit(
  state: DocumentState,
  command: UpdateDocumentCommand,
  context: DecisionContext,
  { title, content, patch, conflict }: Merged,
): Decision {
  const status = conflict ? 'conflicted' : 'merged';
  if (state.deletedAt !== null) return revive(state, command, context, { title, content });
  if (patch.length === 0 && title === state.title) return { outcome: 'accepted', status, event: null, state, conflict };
  const result = applyChecked(state, patch);
  if ('outcome' in result) return result;
  const made = makeEvent(state, command, context, patch, title, result);
  if ('outcome' in made) return made;
  return { outcome: 'accepted', status, event: made.event, state: made.state, conflict };
}

/** The change wins over a deletion that it did not know: the document is back, with the change in it. */
function revive(
  state: DocumentState,
  command: UpdateDocumentCommand,
  context: DecisionContext,
  { title, content }: DocumentSide,
): Decision {
  if (depthOf(content) > LIMITS.documentDepth) return tooDeep();
  const version = state.version + 1;
  const { revisionId, characters } = fingerprint(content, version, context.sha256Hex);
  if (characters > LIMITS.documentCharacters) return tooLarge(characters);
  const vectorClock = nextClock(state.vectorClock, command.vectorClock, context.clientId);
  const revived = {
    ...state,
    title,
    content,
    version,
    revisionId,
    vectorClock,
    updatedAt: context.now,
    deletedAt: null,
  };
  const head = eventHead(revived, context, null);
  const event: RestoreEvent = { ...head, type: 'restore', forward: revived, reverse: state };
  return { outcome: 'accepted', status: 'merged', event, state: revived, conflict: null };
}

/** The author's own patch where it does just this; else the difference. */
function patchTo(content: JsonValue, current: JsonValue, patch: JsonPatch): JsonPatch {
  if (jsonEqual(content, current)) return [];
  const applied = tryApplyPatch(current, patch);
  return applied.ok && jsonEqual(applied.value, content) ? patch : diffJson(current, content);
}

function applyChecked(state: DocumentState, patch: JsonPatch): ReturnType<typeof applyWithReverse> | Rejected {
  try {
    const result = applyWithReverse(state.content, patch);
    if (mayDeepen(patch) && depthOf(result.value) > LIMITS.documentDepth) return tooDeep();
    return result;
  } catch (error) {
    if (!(error instanceof PatchError)) throw error;
    return rejected('invalid_patch', error.message, { details: { operation: error.operationIndex, path: error.path } });
  }
}

/**
 * Whether the patch could nest the content too deeply: then the result is measured, at the cost of walking all of it.
 * What an operation puts in is as deep there as its own path and value say, wherever later operations carry the
 * items around it; only what is moved or copied cannot be told from the operation.
 */
function mayDeepen(patch: JsonPatch): boolean {
  return patch.some((operation) => {
    if (operation.op === 'move' || operation.op === 'copy') return true;
    if (operation.op !== 'add' && operation.op !== 'replace') return false;
    return parsePointer(operation.path).length + depthOf(operation.value) > LIMITS.documentDepth;
  });
}

function makeEvent(
  state: DocumentState,
  command: UpdateDocumentCommand,
  context: DecisionContext,
  forward: JsonPatch,
  title: string,
  { value, reverse }: ReturnType<typeof applyWithReverse>,
): { event: UpdateEvent; state: DocumentState; checksum: string } | Rejected {
  const version = state.version + 1;
  const { revisionId, checksum, characters } = fingerprint(value, version, context.sha256Hex);
  if (characters > LIMITS.documentCharacters) return tooLarge(characters);
  const event: UpdateEvent = {
    streamId: state.streamId,
    documentId: state.id,
    version,
    userId: context.userId,
    clientId: context.clientId,
    mutationId: context.mutationId,
    revisionId,
    vectorClock: nextClock(state.vectorClock, command.vectorClock, context.clientId),
    createdAt: context.now,
    cause: null,
    type: 'update',
    forward,
    reverse,
    title: title === state.title ? null : { from: state.title, to: title },
  };
  return { event, state: afterUpdate(state, event, value), checksum };
}

const OVERLAP = 'others had changed the same parts of the document';

function conflictOf(
  state: DocumentState,
  command: UpdateDocumentCommand,
  strategy: ConflictStrategy,
  lost: { readonly dropped: readonly DroppedOperation[]; readonly droppedTitle: string | null | undefined },
): Conflict {
  return {
    baseVersion: command.baseVersion ?? state.version,
    serverVersion: state.version,
    strategy,
    reason: OVERLAP,
    dropped: lost.dropped,
    droppedTitle: lost.droppedTitle ?? null,
  };
}

/** Every operation loses; the ledger keeps them. */
function loseWhole(
  state: DocumentState,
  command: UpdateDocumentCommand,
  context: DecisionContext,
  reason: string,
): Accepted {
  return {
    outcome: 'accepted',
    status: 'conflicted',
    event: null,
    state,
    conflict: {
      baseVersion: command.baseVersion ?? state.version,
      serverVersion: state.version,
      strategy: wholeLossBy(context.strategy),
      reason,
      dropped: command.patch.map((operation, index) => ({ index, operation })),
      droppedTitle: command.title !== undefined && command.title !== state.title ? command.title : null,
    },
  };
}
