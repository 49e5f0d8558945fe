/** Mutations of the streaming dialect as commands of the domain, and decisions as their results. */
import type { decide } from '@json-database-sync/domain';
import { SyncError, toWireError, type Decision, type Mutation, type MutationResult } from '@json-database-sync/domain';

export function commandOf(mutation: Mutation): Parameters<typeof decide>[1] {
  const head = { streamId: mutation.stream_id, documentId: mutation.document_id };
  switch (mutation.kind) {
    case 'create':
      return { ...head, kind: 'create', title: mutation.title, content: mutation.content };
    case 'update':
      return {
        ...head,
        kind: 'update',
        baseVersion: mutation.base_version,
        knowsOwnChanges: true,
        patch: mutation.patch,
        ...(mutation.title !== undefined && { title: mutation.title }),
      };
    case 'delete':
      return { ...head, kind: 'delete', baseVersion: mutation.base_version, knowsOwnChanges: true };
    case 'restore':
      return { ...head, kind: 'restore' };
    case 'undo':
      return { ...head, kind: 'undo', version: mutation.version ?? null, force: mutation.force ?? false };
    case 'redo':
      return { ...head, kind: 'redo', version: mutation.version ?? null, force: mutation.force ?? false };
    case 'revert':
      return { ...head, kind: 'revert', toVersion: mutation.to_version };
  }
}

export function resultOf(mutation: Mutation, decision: Decision, sequence: number): MutationResult {
  const head = { mutation_id: mutation.mutation_id, document_id: mutation.document_id };
  if (decision.outcome === 'rejected') {
    return { ...head, status: 'rejected', version: null, sequence: null, error: toWireError(decision.error) };
  }
  if (decision.outcome === 'unchanged')
    return { ...head, status: 'applied', version: decision.state.version, sequence };
  const { conflict, status, state } = decision;
  return {
    ...head,
    status,
    version: state.version,
    sequence,
    ...(conflict && {
      conflict_reason: conflict.reason,
      dropped: [...conflict.dropped],
      ...(conflict.droppedTitle !== null && { dropped_title: conflict.droppedTitle }),
    }),
  };
}

/** As the real one: what follows a rejected change of its frame on the same document is to be sent again. */
export function inOneFrame(
  mutations: readonly Mutation[],
  carriedOut: ReadonlyMap<string, MutationResult>,
  commit: (mutation: Mutation) => MutationResult,
): MutationResult[] {
  const rejectedOn = new Set<string>();
  return mutations.map((mutation) => {
    const follows = rejectedOn.has(mutation.document_id) && !carriedOut.has(mutation.mutation_id);
    const result = follows ? followsRejected(mutation) : commit(mutation);
    if (result.status === 'rejected') rejectedOn.add(mutation.document_id);
    return result;
  });
}

function followsRejected({ mutation_id, document_id }: Mutation): MutationResult {
  const error = toWireError(new SyncError('earlier_change_rejected'));
  return { mutation_id, document_id, status: 'rejected', version: null, sequence: null, error };
}
