/** Events and pending changes, as the application is shown them. */
import type { DocumentEvent, Sequenced } from '@json-database-sync/domain';
import type { PendingMutation } from '../replica/pending.js';
import type { Identity } from '../store/local-store.js';
import type { BlamedChange, ChangeCause, ChangeRecord } from './types.js';

export function fromEvent(event: Sequenced, identity: Identity): ChangeRecord {
  return {
    sequence: event.sequence,
    version: event.version,
    type: event.type,
    userId: event.userId,
    clientId: event.clientId,
    local: event.clientId === identity.clientId,
    createdAt: event.createdAt,
    title: event.type === 'update' ? event.title : null,
    patch: event.type === 'update' ? event.forward : null,
    mutationId: event.mutationId,
    cause: event.cause,
  };
}

/** @param event what it comes to, as far as can be told now */
export function fromPending(
  { change, createdAt, mutationId }: PendingMutation,
  event: DocumentEvent | undefined,
  confirmedVersion: number,
  identity: Identity,
): ChangeRecord {
  const { kind } = change;
  const isOwnMaking = kind === 'create' || kind === 'update' || kind === 'delete' || kind === 'restore';
  const foreseen = event?.type === 'update' ? event.forward : null;
  return {
    sequence: 0,
    version: 0,
    type: isOwnMaking ? kind : (event?.type ?? 'update'),
    userId: identity.userId,
    clientId: identity.clientId,
    local: true,
    createdAt,
    title: null,
    patch: kind === 'update' ? change.patch : isOwnMaking ? null : foreseen,
    mutationId,
    cause: causeOf(change, event, confirmedVersion),
    pending: true,
  };
}

/** The change that set a value. */
export function blamedChange(event: DocumentEvent, confirmedVersion: number, identity: Identity): BlamedChange {
  const pending = event.version > confirmedVersion;
  return {
    version: pending ? 0 : event.version,
    type: event.type,
    userId: pending ? identity.userId : event.userId,
    clientId: event.clientId,
    local: event.clientId === identity.clientId,
    createdAt: event.createdAt,
    mutationId: event.mutationId,
    cause: event.cause && confirmedCause(event.cause, confirmedVersion),
    ...(pending && { pending }),
  };
}

/** A pending change's version is a guess, so it is not told. */
export function confirmedCause({ kind, version }: ChangeCause, confirmedVersion: number): ChangeCause {
  return { kind, version: version > confirmedVersion ? 0 : version };
}

function causeOf(
  change: PendingMutation['change'],
  event: DocumentEvent | undefined,
  confirmedVersion: number,
): ChangeCause | null {
  if (event?.cause) return confirmedCause(event.cause, confirmedVersion);
  if (change.kind === 'undo' || change.kind === 'redo') return { kind: change.kind, version: change.version ?? 0 };
  return change.kind === 'revert' ? { kind: 'revert', version: change.toVersion } : null;
}
