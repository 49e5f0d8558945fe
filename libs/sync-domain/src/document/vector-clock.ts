/**
 * Vector clocks: node -> how many of its changes are known. Merging is commutative, associative and idempotent,
 * also at the size limit: only the largest counters are kept (ties by node name), and an entry that is outranked
 * once stays outranked in every later merge.
 *
 * Source: C. Fidge, "Timestamps in message-passing systems that preserve the partial ordering" (1988).
 */
import { LIMITS } from '../limits.js';

export type VectorClock = { readonly [node: string]: number };
export type ClockOrder = 'before' | 'after' | 'equal' | 'concurrent';

const counterOf = (clock: VectorClock, node: string): number => (Object.hasOwn(clock, node) ? (clock[node] ?? 0) : 0);

/** How `a` stands to `b`: `before` when b knows all that a knows and more. A missing node counts as zero. */
export function compareClocks(a: VectorClock, b: VectorClock): ClockOrder {
  let aAhead = false;
  let bAhead = false;
  for (const node of Object.keys(a)) {
    if (counterOf(a, node) > counterOf(b, node)) aAhead = true;
  }
  for (const node of Object.keys(b)) {
    if (counterOf(b, node) > counterOf(a, node)) bAhead = true;
  }
  if (aAhead) return bAhead ? 'concurrent' : 'after';
  return bAhead ? 'before' : 'equal';
}

export function mergeClocks(a: VectorClock, b: VectorClock): VectorClock {
  const merged = new Map<string, number>(Object.entries(a));
  for (const [node, counter] of Object.entries(b)) {
    merged.set(node, Math.max(merged.get(node) ?? 0, counter));
  }
  return fromEntries(merged);
}

/** One more change by `node`. */
export function advanceClock(clock: VectorClock, node: string): VectorClock {
  const next = { ...clock, [node]: counterOf(clock, node) + 1 };
  if (Object.keys(next).length <= LIMITS.vectorClockEntries) return next;
  return fromEntries(new Map(Object.entries(next)), node);
}

function fromEntries(entries: Map<string, number>, keep?: string): VectorClock {
  if (entries.size <= LIMITS.vectorClockEntries) return Object.fromEntries(entries);
  const ranked = [...entries].sort(([nodeA, a], [nodeB, b]) => {
    // The node that has just written is kept whatever its rank, or its own change would leave no trace.
    if (nodeA === keep) return -1;
    if (nodeB === keep) return 1;
    return b - a || (nodeA < nodeB ? -1 : 1);
  });
  return Object.fromEntries(ranked.slice(0, LIMITS.vectorClockEntries));
}
