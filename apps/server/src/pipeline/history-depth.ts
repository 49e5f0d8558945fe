/**
 * How much of a document's past a decision is made on. What an undo or redo that names no version takes back is mostly among
 * the newest events: those are read first, and further back only where it is not found there.
 */
import { historyNeeded, type DocumentState } from '@json-database-sync/domain';
import type { Submission } from './submission.js';

const DEEPER = 8;

/** The version after which a decision has to know the events; null where it needs none. */
export function historyToRead(state: DocumentState | undefined, submission: Submission): number | null {
  const needed = historyNeeded(state, submission.command);
  if (needed === null || !state || !looksForItsTarget(submission)) return needed;
  return Math.max(needed, state.version - submission.depth);
}

/** Whether what was not found to take back may be among events that were not read. */
export function mayLieDeeper(state: DocumentState | undefined, submission: Submission): boolean {
  const needed = historyNeeded(state, submission.command);
  return needed !== null && (historyToRead(state, submission) ?? needed) > needed;
}

export function lookDeeper(submission: Submission): void {
  submission.depth *= DEEPER;
}

function looksForItsTarget({ command }: Submission): boolean {
  return (command.kind === 'undo' || command.kind === 'redo') && command.version === null;
}
