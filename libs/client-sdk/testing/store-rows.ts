/** Rows of a local store, each told from the others by a number, for the suites that every store has to pass. */
import type {
  ClientId,
  DocumentId,
  DocumentState,
  MutationId,
  RevisionId,
  Sequenced,
  StreamId,
  UserId,
} from '@json-database-sync/domain';
import type { NewMutation } from '../src/store/local-store.js';
import type { StoredConflict } from '../src/store/stored-conflict.js';

export const USER = '0190a000-0000-7000-8000-00000000000a' as UserId;
export const STREAM = USER as string as StreamId;
export const T0 = '2026-01-01T00:00:00.000Z';
export const T1 = '2026-01-02T00:00:00.000Z';

export const id = (n: number) => `0190d000-0000-7000-8000-${String(n).padStart(12, '0')}` as DocumentId;
export const mutationId = (n: number) => `0190c000-0000-7000-8000-${String(n).padStart(12, '0')}` as MutationId;

export function state(n: number, version = 1, content: DocumentState['content'] = { n }): DocumentState {
  return {
    id: id(n),
    streamId: STREAM,
    userId: USER,
    title: `document ${n}`,
    content,
    version,
    revisionId: `${version}-0123456789abcdef` as RevisionId,
    vectorClock: { a: version },
    createdAt: T0,
    updatedAt: T1,
    deletedAt: null,
  };
}

export function mutation(n: number, documentNumber: number, baseVersion = 0): NewMutation {
  return {
    mutationId: mutationId(n),
    streamId: STREAM,
    documentId: id(documentNumber),
    baseVersion,
    change: { kind: 'update', patch: [{ op: 'add', path: '/__proto__', value: n }], title: 't' },
    createdAt: T0,
    owner: 'me',
  };
}

export function event(n: number, sequence: number, version: number): Sequenced {
  return {
    type: 'update',
    sequence,
    streamId: STREAM,
    documentId: id(n),
    version,
    userId: USER,
    clientId: USER as string as ClientId,
    mutationId: mutationId(sequence),
    revisionId: `${version}-0123456789abcdef` as RevisionId,
    vectorClock: {},
    createdAt: T0,
    cause: null,
    forward: [{ op: 'replace', path: '', value: version }],
    reverse: [{ op: 'replace', path: '', value: version - 1 }],
    title: null,
  };
}

export function conflict(n: number, documentNumber: number): StoredConflict {
  return {
    id: `0190e000-0000-7000-8000-${String(n).padStart(12, '0')}`,
    mutationId: mutationId(n),
    documentId: id(documentNumber),
    reason: 'lost',
    error: null,
    change: { kind: 'delete' },
    baseVersion: 3,
    serverVersion: 4,
    dropped: [],
    droppedTitle: null,
    madeAt: T0,
    createdAt: T1,
    dismissedAt: null,
    appliedAt: null,
  };
}
