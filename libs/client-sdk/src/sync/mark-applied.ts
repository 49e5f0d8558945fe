/** The local ledger learns that a loss was brought back in the transaction that confirms the change which did it. */
import { timestamp, type Platform } from '../platform/platform.js';
import type { PendingMutation } from '../replica/pending.js';
import type { LocalStore } from '../store/local-store.js';

/** @returns whether the change, which is confirmed now, was one that brings back a loss */
export function markApplied(store: LocalStore, platform: Platform, { change }: PendingMutation): boolean {
  const brought = change.kind === 'update' || change.kind === 'delete' ? change.appliesConflict : undefined;
  if (brought === undefined) return false;
  store.conflicts.markApplied(brought, timestamp(platform));
  return true;
}
