/** A `mutate` frame: each mutation decoded, judged and carried out on its own, all of them in order. */
import {
  SyncError,
  isUsualMutation,
  mutationIdOnlySchema,
  mutationSchema,
  toWireError,
  type DocumentCommand,
  type Mutation,
  type MutationResult,
} from '@json-database-sync/domain';
import type { CommitReply, MutationFrame } from '../pipeline/submission.js';
import type { Principal } from './connection.js';
import { describeIssues } from './decode-message.js';
import type { GatewayServices } from './services.js';
import type { StreamAccess } from './stream-access.js';

/**
 * Hands every mutation to the pipeline before it returns, so that the connection's next frame cannot overtake it;
 * `answered` settles when all have their results. (An object, since a promise of a promise would wait for both.)
 */
export async function carryOutMutations(
  mutations: readonly unknown[],
  principal: Principal,
  access: StreamAccess,
  services: GatewayServices,
): Promise<{ readonly answered: Promise<MutationResult[]> }> {
  const decoded = mutations.map(decode);
  for (const { data } of decoded) {
    if (data && access.writeVerdict(data.stream_id) === 'unknown') await access.refresh(data.stream_id);
  }
  const frame: MutationFrame = { rejectedOn: new Set() };
  const results = decoded.map((outcome, index) =>
    outcome.success
      ? carryOut(outcome.data, frame, principal, access, services)
      : Promise.resolve(undecodable(mutations[index], describeIssues(outcome.error))),
  );
  return { answered: Promise.all(results) };
}

function decode(mutation: unknown) {
  return isUsualMutation(mutation) ? ({ success: true, data: mutation } as const) : mutationSchema.safeParse(mutation);
}

async function carryOut(
  mutation: Mutation,
  frame: MutationFrame,
  principal: Principal,
  access: StreamAccess,
  services: GatewayServices,
): Promise<MutationResult> {
  try {
    if (access.writeVerdict(mutation.stream_id) !== 'yes') throw new SyncError('forbidden');
    const { userId, clientId, hereSince } = principal;
    const author = { userId, clientId, hereSince, frame, mutationId: mutation.mutation_id };
    return toResult(mutation, await services.execute(toCommand(mutation), author));
  } catch (error) {
    const known = error instanceof SyncError ? error : new SyncError('server_error', undefined, { cause: error });
    return rejection(mutation, known);
  }
}

function toCommand(mutation: Mutation): DocumentCommand {
  const head = { streamId: mutation.stream_id, documentId: mutation.document_id };
  switch (mutation.kind) {
    case 'create':
      return { ...head, kind: 'create', title: mutation.title, content: mutation.content };
    case 'update':
      return updateCommand(mutation);
    case 'delete':
      return {
        ...head,
        kind: 'delete',
        baseVersion: mutation.base_version,
        knowsOwnChanges: true,
        ...(mutation.applies_conflict && { appliesConflict: mutation.applies_conflict }),
      };
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

/** Nearly all that comes: written out, since copying objects into one another takes several times as long. */
function updateCommand(mutation: Extract<Mutation, { kind: 'update' }>): DocumentCommand {
  const { stream_id: streamId, document_id: documentId, base_version: baseVersion, patch } = mutation;
  const command = { kind: 'update', streamId, documentId, baseVersion, knowsOwnChanges: true, patch } as const;
  const { title, applies_conflict: appliesConflict } = mutation;
  if (title === undefined && !appliesConflict) return command;
  return { ...command, ...(title !== undefined && { title }), ...(appliesConflict && { appliesConflict }) };
}

function toResult(mutation: Mutation, reply: CommitReply): MutationResult {
  const { conflict } = reply;
  return {
    mutation_id: mutation.mutation_id,
    status: reply.status,
    ...(reply.originalStatus && { original_status: reply.originalStatus }),
    document_id: mutation.document_id,
    version: reply.version,
    sequence: reply.sequence,
    ...(conflict && {
      conflict_id: conflict.id,
      conflict_reason: conflict.reason,
      dropped: conflict.dropped.map(({ index, operation }) => ({ index, operation })),
      ...(conflict.droppedTitle !== null && { dropped_title: conflict.droppedTitle }),
    }),
  };
}

function rejection(mutation: Pick<Mutation, 'mutation_id' | 'document_id'> | null, error: SyncError): MutationResult {
  return {
    mutation_id: mutation?.mutation_id ?? null,
    status: 'rejected',
    document_id: mutation?.document_id ?? null,
    version: null,
    sequence: null,
    error: toWireError(error),
  };
}

function undecodable(mutation: unknown, problem: string): MutationResult {
  const named = mutationIdOnlySchema.safeParse(mutation);
  const result = rejection(null, new SyncError('invalid_message', problem));
  return named.success ? { ...result, mutation_id: named.data.mutation_id } : result;
}
