/**
 * What an undo, a redo or a revert that is asked for here comes to, by what is known here: the change to put into the
 * outbox and the document as it looks with it. To be called inside a transaction.
 */
import type { DocumentEvent, DocumentId, MutationId } from '@json-database-sync/domain';
import { changeKind, standingOf } from '../replica/change-kind.js';
import { commandOf, decideByHistory, isHistoryCommand } from '../replica/pending-command.js';
import type { HistoryEffect, PendingChange } from '../replica/pending.js';
import { contextOf } from '../replica/replica.js';
import type { ChangeMark, DocumentView, LocalStore } from '../store/local-store.js';
import { replicaInput } from '../sync/renew-view.js';
import { readPast } from './past.js';
import { unknownVersion } from './time-travel.js';

export type HistoryChange = Extract<PendingChange, { kind: 'undo' | 'redo' | 'revert' }>;

export interface PlannedChange {
  readonly change: PendingChange;
  readonly view: DocumentView;
  readonly kind: ChangeMark['kind'];
}

/**
 * @returns null where it would change nothing
 * @throws SyncError why it cannot be, where that can be told here; where the local log does not reach far enough, the
 * server will say
 */
export function planHistoryChange(
  store: LocalStore,
  id: DocumentId,
  asked: HistoryChange,
  made: { readonly mutationId: MutationId; readonly createdAt: string },
): PlannedChange | null {
  const { confirmed, own, current } = readPast(store, id);
  if (!current) return null;
  const confirmedVersion = confirmed?.version ?? 0;
  const version = asked.kind === 'revert' ? asked.toVersion : asked.version;
  // What is pending has no version yet that could be named.
  if (version !== null && version > confirmedVersion) throw unknownVersion(version, confirmedVersion);
  const command = commandOf({ streamId: current.streamId, documentId: id, change: asked }, confirmedVersion, own);
  if (!command || !isHistoryCommand(command)) return null;
  const { newestEvents, author } = replicaInput(store, id, confirmed);
  const decision = decideByHistory(current, command, contextOf(made, author), newestEvents, own);
  switch (decision.outcome) {
    case 'unchanged':
      return null;
    case 'rejected':
      if (decision.error.code !== 'history_too_long') throw decision.error;
      return { change: asked, view: viewFields(current), kind: 'updated' };
    case 'accepted': {
      const kind = changeKind(standingOf(current), standingOf(decision.state));
      const undone = decision.event?.cause?.version ?? 0;
      const target = own.find((event) => event.version === undone);
      const change = { ...settled(asked, undone, target?.mutationId), ...effectOf(decision.event) };
      return { change, view: viewFields(decision.state), kind };
    }
  }
}

/** The change with what it takes back named for good. */
function settled(asked: HistoryChange, undone: number, target: MutationId | undefined): HistoryChange {
  if (asked.kind === 'revert') return asked;
  return target === undefined ? { ...asked, version: undone } : { ...asked, version: null, target };
}

function effectOf(event: DocumentEvent | null): { effect?: HistoryEffect } {
  if (event?.type !== 'update') return {};
  return { effect: { patch: event.forward, ...(event.title && { title: event.title.to }) } };
}

function viewFields({ title, content, createdAt, updatedAt, deletedAt }: DocumentView): DocumentView {
  return { title, content, createdAt, updatedAt, deletedAt };
}
