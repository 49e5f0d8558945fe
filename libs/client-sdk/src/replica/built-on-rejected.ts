/** Which pending changes fall with those that the server rejects: what was made on what they had written. Pure. */
import type { MutationId } from '@json-database-sync/domain';
import type { PendingMutation } from './pending.js';
import { ReplayRun, type ReplicaInput } from './replica.js';

/**
 * @param input with all that is pending, the rejected changes too
 * @param isToBeSent false for what the server has settled, which stays as it is
 * @returns in order of making; what was made on one of these is among them
 */
export function builtOnRejected(
  input: ReplicaInput,
  rejected: ReadonlySet<MutationId>,
  isToBeSent: (mutation: PendingMutation) => boolean,
): PendingMutation[] {
  const fallen: PendingMutation[] = [];
  const run = new ReplayRun(input);
  for (const mutation of input.pending) {
    if (rejected.has(mutation.mutationId)) {
      run.reject(mutation);
    } else if (isToBeSent(mutation) && run.fallsWithRejected(mutation)) {
      fallen.push(mutation);
      run.reject(mutation);
    } else {
      run.take(mutation);
    }
  }
  return fallen;
}
