/**
 * The domain's one door: what a command comes to, given the document and what others did meanwhile.
 *
 * Pure: no clock, no randomness, no store. Invariants:
 * - an accepted event is the next version of the document and carries a reverse that restores the former one exactly;
 * - nothing is lost silently: what does not make it into an event is in `conflict`, or the command is rejected;
 * - the same state, command and context give the same decision.
 */
import { assertNever } from '../errors/sync-error.js';
import { jsonEqual } from '../json/canonical-json.js';
import { depthOf } from '../json/depth.js';
import { LIMITS } from '../limits.js';
import type {
  CreateDocumentCommand,
  DeleteDocumentCommand,
  DocumentCommand,
  RestoreDocumentCommand,
} from './command.js';
import type { CreateEvent } from './change-event.js';
import { decideUpdate } from './decide-update.js';
import type { Decision, DecisionContext, Rejected } from './decision.js';
import type { DocumentState } from './document.js';
import { fingerprint } from './revision.js';
import { isForeign } from './foreign-changes.js';
import { deletionOf, eventHead, restorationOf } from './next-event.js';
import { nextClock, rejected, tooDeep, tooLarge } from './outcome.js';
import { decideUndo, undoHistoryNeeded } from './undo.js';
import { wholeLossBy } from './strategy.js';
import { compareClocks } from './vector-clock.js';

export function decide(state: DocumentState | undefined, command: DocumentCommand, context: DecisionContext): Decision {
  switch (command.kind) {
    case 'create':
      return decideCreate(state, command, context);
    case 'update':
      return state ? decideUpdate(state, command, context) : notFound();
    case 'delete':
      return state ? decideDelete(state, command, context) : notFound();
    case 'restore':
      return state ? decideRestore(state, command, context) : notFound();
    case 'undo':
    case 'redo':
    case 'revert':
      return state ? decideUndo(state, command, context) : notFound();
    default:
      return assertNever(command, 'command');
  }
}

/**
 * The version after which `decide` wants to see the document's events, or null where it needs none. A store asks
 * this before it reads, so that the usual change (nothing concurrent) costs no read of the log.
 */
export function historyNeeded(state: DocumentState | undefined, command: DocumentCommand): number | null {
  if (!state) return null;
  if (command.kind === 'undo' || command.kind === 'redo' || command.kind === 'revert') {
    return undoHistoryNeeded(state, command);
  }
  if (command.kind !== 'update' && command.kind !== 'delete') return null;
  if (
    command.kind === 'update' &&
    command.vectorClock &&
    compareClocks(command.vectorClock, state.vectorClock) === 'concurrent'
  ) {
    // How far back the clocks last agreed is in the log; look as far as a merge may.
    return Math.max(0, state.version - LIMITS.mergeEvents);
  }
  if (command.baseVersion === null || command.baseVersion >= state.version) return null;
  return command.baseVersion;
}

/** How many events back `decide` looks at most for such a command. A store need not read further. */
export function historyLimit(command: DocumentCommand): number {
  const looksFar = command.kind === 'undo' || command.kind === 'redo' || command.kind === 'revert';
  return looksFar ? LIMITS.undoEvents : LIMITS.mergeEvents;
}

const notFound = (): Rejected => rejected('document_not_found');

function decideCreate(
  state: DocumentState | undefined,
  command: CreateDocumentCommand,
  context: DecisionContext,
): Decision {
  if (state) {
    const same = state.deletedAt === null && state.title === command.title && jsonEqual(state.content, command.content);
    return same ? { outcome: 'unchanged', state } : rejected('document_exists');
  }
  if (depthOf(command.content) > LIMITS.documentDepth) return tooDeep();
  const { revisionId, characters } = fingerprint(command.content, 1, context.sha256Hex);
  if (characters > LIMITS.documentCharacters) return tooLarge(characters);
  const created: DocumentState = {
    id: command.documentId,
    streamId: command.streamId,
    userId: context.userId,
    title: command.title,
    content: command.content,
    version: 1,
    revisionId,
    vectorClock: nextClock({}, command.vectorClock, context.clientId),
    createdAt: context.now,
    updatedAt: context.now,
    deletedAt: null,
  };
  const event: CreateEvent = { ...eventHead(created, context, null), type: 'create', forward: created, reverse: null };
  return { outcome: 'accepted', status: 'applied', event, state: created, conflict: null };
}

function decideDelete(state: DocumentState, command: DeleteDocumentCommand, context: DecisionContext): Decision {
  if (state.deletedAt !== null) return { outcome: 'unchanged', state };
  const base = command.baseVersion ?? state.version;
  // A deletion made without knowing a newer edit would take that edit with it: the edit stands, unless what comes in wins.
  const unseen = base < state.version && (context.since?.some((event) => isForeign(event, command, context)) ?? true);
  if (unseen && context.strategy !== 'client_wins') {
    return {
      outcome: 'accepted',
      status: 'conflicted',
      event: null,
      state,
      conflict: {
        baseVersion: base,
        serverVersion: state.version,
        strategy: wholeLossBy(context.strategy),
        reason: 'the document was changed after the version that the deletion knew',
        dropped: [],
        droppedTitle: null,
      },
    };
  }
  const status = unseen ? 'merged' : 'applied';
  return { outcome: 'accepted', status, ...deletionOf(state, context, null), conflict: null };
}

function decideRestore(state: DocumentState, _command: RestoreDocumentCommand, context: DecisionContext): Decision {
  if (state.deletedAt === null) return { outcome: 'unchanged', state };
  return { outcome: 'accepted', status: 'applied', ...restorationOf(state, context, null), conflict: null };
}
