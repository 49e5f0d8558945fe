/** Between the domain's objects and the wire's. Everything is listed by hand: nothing internal leaks by a spread. */
import type { DocumentEvent, Sequenced } from '../document/change-event.js';
import type { DocumentState } from '../document/document.js';
import type { SyncError } from '../errors/sync-error.js';
import type { StreamId } from '../ids.js';
import type { ClassicChangeEvent } from './classic-down.js';
import type { WireDocument } from './shapes.js';
import type { ChangeEvent, WireError } from './streaming-down.js';

export function toWireDocument(state: DocumentState): WireDocument {
  return {
    id: state.id,
    user_id: state.userId,
    title: state.title,
    content: state.content,
    revision_id: state.revisionId,
    version: state.version,
    vector_clock: { ...state.vectorClock },
    created_at: state.createdAt,
    updated_at: state.updatedAt,
    deleted_at: state.deletedAt,
  };
}

export function fromWireDocument(document: WireDocument, streamId: StreamId): DocumentState {
  return {
    id: document.id,
    streamId,
    userId: document.user_id,
    title: document.title,
    content: document.content,
    version: document.version,
    revisionId: document.revision_id,
    vectorClock: document.vector_clock,
    createdAt: document.created_at,
    updatedAt: document.updated_at,
    deletedAt: document.deleted_at,
  };
}

export function toChangeEvent(event: Sequenced): ChangeEvent {
  const head = {
    sequence: event.sequence,
    document_id: event.documentId,
    version: event.version,
    user_id: event.userId,
    client_id: event.clientId,
    mutation_id: event.mutationId,
    revision_id: event.revisionId,
    vector_clock: { ...event.vectorClock },
    created_at: event.createdAt,
    cause: event.cause && { kind: event.cause.kind, version: event.cause.version },
  };
  switch (event.type) {
    case 'create':
      return { ...head, event_type: 'create', forward_patch: toWireDocument(event.forward), reverse_patch: null };
    case 'restore':
      return {
        ...head,
        event_type: 'restore',
        forward_patch: toWireDocument(event.forward),
        reverse_patch: event.reverse && toWireDocument(event.reverse),
      };
    case 'update':
      return {
        ...head,
        event_type: 'update',
        forward_patch: [...event.forward],
        reverse_patch: [...event.reverse],
        title: event.title && { from: event.title.from, to: event.title.to },
      };
    case 'delete':
      return { ...head, event_type: 'delete', forward_patch: null, reverse_patch: toWireDocument(event.reverse) };
  }
}

export function fromChangeEvent(wire: ChangeEvent, streamId: StreamId): Sequenced {
  const head = {
    sequence: wire.sequence,
    streamId,
    documentId: wire.document_id,
    version: wire.version,
    userId: wire.user_id,
    clientId: wire.client_id,
    mutationId: wire.mutation_id,
    revisionId: wire.revision_id,
    vectorClock: wire.vector_clock,
    createdAt: wire.created_at,
    cause: wire.cause ?? null,
  };
  switch (wire.event_type) {
    case 'create':
      return { ...head, type: 'create', forward: fromWireDocument(wire.forward_patch, streamId), reverse: null };
    case 'restore':
      return {
        ...head,
        type: 'restore',
        forward: fromWireDocument(wire.forward_patch, streamId),
        reverse: wire.reverse_patch && fromWireDocument(wire.reverse_patch, streamId),
      };
    case 'update':
      return { ...head, type: 'update', forward: wire.forward_patch, reverse: wire.reverse_patch, title: wire.title };
    case 'delete':
      return { ...head, type: 'delete', forward: null, reverse: fromWireDocument(wire.reverse_patch, streamId) };
  }
}

/** Titles have no place in a classic patch: a classic client sees a changed title in the `sync_document` that follows. */
export function toClassicChangeEvent(event: DocumentEvent & { sequence: number }): ClassicChangeEvent {
  const head = {
    sequence: event.sequence,
    document_id: event.documentId,
    user_id: event.userId,
    revision_id: event.revisionId,
    created_at: event.createdAt,
  };
  switch (event.type) {
    case 'create':
    case 'restore':
      return { ...head, event_type: 'create', forward_patch: toWireDocument(event.forward), reverse_patch: null };
    case 'update':
      return { ...head, event_type: 'update', forward_patch: [...event.forward], reverse_patch: [...event.reverse] };
    case 'delete':
      return { ...head, event_type: 'delete', forward_patch: null, reverse_patch: toWireDocument(event.reverse) };
  }
}

export function toWireError(error: SyncError): WireError {
  return {
    code: error.code,
    message: error.message,
    retryable: error.retryable,
    ...(error.details && { details: { ...error.details } }),
  };
}
