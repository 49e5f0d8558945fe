/**
 * Rows of the sync tables as `pg` gives them, and their way to and from the domain. The tables are written by the
 * commit statement alone, from decided events, so a row is trusted here as the code that wrote it is.
 */
import {
  AssertionFailure,
  fromWireDocument,
  type ClientId,
  type DocumentEventType,
  type DocumentId,
  type DocumentState,
  type EventCause,
  type JsonPatch,
  type JsonValue,
  type MutationId,
  type RevisionId,
  type Sequenced,
  type StreamId,
  type UserId,
  type VectorClock,
  type WireDocument,
} from '@json-database-sync/domain';

export const EVENT_COLUMNS = [
  'stream_id',
  'sequence',
  'document_id',
  'version',
  'type',
  'user_id',
  'client_id',
  'mutation_id',
  'revision_id',
  'vector_clock',
  'forward_patch',
  'reverse_patch',
  'title_from',
  'title_to',
  'cause_kind',
  'cause_version',
  'characters',
  'created_at',
] as const;

/** Of a table, view or function that is called `e`. */
export const eventColumns = EVENT_COLUMNS.map((column) => `e.${column}`).join(', ');

export interface EventRow {
  stream_id: StreamId;
  /** bigint comes as text. */
  sequence: string;
  document_id: DocumentId;
  version: number;
  type: DocumentEventType;
  user_id: UserId;
  client_id: ClientId;
  mutation_id: MutationId;
  revision_id: RevisionId;
  vector_clock: VectorClock;
  forward_patch: JsonPatch | WireDocument | null;
  reverse_patch: JsonPatch | WireDocument | null;
  title_from: string | null;
  title_to: string | null;
  cause_kind: EventCause['kind'] | null;
  cause_version: number | null;
  characters: number;
  created_at: Date;
}

export const DOCUMENT_COLUMNS = [
  'stream_id',
  'id',
  'user_id',
  'title',
  'content',
  'version',
  'revision_id',
  'vector_clock',
  'last_sequence',
  'characters',
  'created_at',
  'updated_at',
  'deleted_at',
] as const;

export interface DocumentRow {
  stream_id: StreamId;
  id: DocumentId;
  user_id: UserId;
  title: string;
  content: JsonValue;
  version: number;
  revision_id: RevisionId;
  vector_clock: VectorClock;
  last_sequence: string;
  characters: number;
  created_at: Date;
  updated_at: Date;
  deleted_at: Date | null;
}

export const KEYFRAME_COLUMNS = [
  'stream_id',
  'document_id',
  'version',
  'user_id',
  'title',
  'content',
  'revision_id',
  'vector_clock',
  'created_at',
  'updated_at',
  'deleted_at',
] as const;

/** A document whole at a version of its past. */
export type KeyframeRow = Omit<DocumentRow, 'id' | 'last_sequence' | 'characters'> & { document_id: DocumentId };

/** The projection's view of a document: its state and the sequence of its last event. */
export interface StoredDocument {
  readonly state: DocumentState;
  readonly lastSequence: number;
  /** Length of the content as JSON text. */
  readonly characters: number;
}

export function toStoredDocument(row: DocumentRow): StoredDocument {
  return {
    lastSequence: Number(row.last_sequence),
    characters: row.characters,
    state: toKeyframe({ ...row, document_id: row.id }),
  };
}

export function toKeyframe(row: KeyframeRow): DocumentState {
  return {
    id: row.document_id,
    streamId: row.stream_id,
    userId: row.user_id,
    title: row.title,
    content: row.content,
    version: row.version,
    revisionId: row.revision_id,
    vectorClock: row.vector_clock,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
    deletedAt: row.deleted_at?.toISOString() ?? null,
  };
}

export function toEvent(row: EventRow): Sequenced {
  const head = {
    sequence: Number(row.sequence),
    streamId: row.stream_id,
    documentId: row.document_id,
    version: row.version,
    userId: row.user_id,
    clientId: row.client_id,
    mutationId: row.mutation_id,
    revisionId: row.revision_id,
    vectorClock: row.vector_clock,
    createdAt: row.created_at.toISOString(),
    cause:
      row.cause_kind === null || row.cause_version === null
        ? null
        : { kind: row.cause_kind, version: row.cause_version },
  };
  switch (row.type) {
    case 'create':
      return { ...head, type: 'create', forward: documentIn(row, row.forward_patch), reverse: null };
    case 'restore': {
      const reverse = row.reverse_patch === null ? null : documentIn(row, row.reverse_patch);
      return { ...head, type: 'restore', forward: documentIn(row, row.forward_patch), reverse };
    }
    case 'delete':
      return { ...head, type: 'delete', forward: null, reverse: documentIn(row, row.reverse_patch) };
    case 'update':
      return {
        ...head,
        type: 'update',
        forward: patchIn(row, row.forward_patch),
        reverse: patchIn(row, row.reverse_patch),
        title: row.title_from === null || row.title_to === null ? null : { from: row.title_from, to: row.title_to },
      };
  }
}

function isPatch(value: JsonPatch | WireDocument): value is JsonPatch {
  return Array.isArray(value);
}

function patchIn(row: EventRow, value: JsonPatch | WireDocument | null): JsonPatch {
  if (value === null || !isPatch(value)) throw broken(row);
  return value;
}

function documentIn(row: EventRow, value: JsonPatch | WireDocument | null): DocumentState {
  if (value === null || isPatch(value)) throw broken(row);
  return fromWireDocument(value, row.stream_id);
}

function broken(row: EventRow): AssertionFailure {
  return new AssertionFailure(
    `the stored ${row.type} event ${row.sequence} of stream ${row.stream_id} lacks its patch`,
  );
}
