/** The server has said how the stream settles overlaps: what is pending may look otherwise under another strategy. */
import type { ConflictStrategy } from '@json-database-sync/domain';
import type { LocalStore } from '../store/local-store.js';
import type { EngineListener } from './engine-events.js';
import { refreshDocument } from './fold-changes.js';

export function adoptStrategy(
  { store, listener }: { readonly store: LocalStore; readonly listener: EngineListener },
  strategy: ConflictStrategy,
): void {
  if (store.strategy() === strategy) return;
  const { streamId } = store.identity();
  store.transaction(() => {
    store.setStrategy(strategy);
    for (const id of store.outbox.documentIds(streamId)) refreshDocument(store, id);
  });
  listener.committed();
}
