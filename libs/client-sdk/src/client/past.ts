/**
 * A document with its past: what is confirmed, what is pending on top, and the events that led there, from the local log
 * and, where that ends, from the server.
 */
import {
  LIMITS,
  fromChangeEvent,
  type DocumentEvent,
  type DocumentId,
  type DocumentState,
} from '@json-database-sync/domain';
import { replay } from '../replica/replica.js';
import type { PendingMutation } from '../replica/pending.js';
import type { LocalStore } from '../store/local-store.js';
import type { SyncEngine } from '../sync/engine.js';
import { newestEvents, replicaInput } from '../sync/renew-view.js';

export interface Past {
  readonly id: DocumentId;
  readonly confirmed: DocumentState | undefined;
  /** In order of making. */
  readonly pending: readonly PendingMutation[];
  /** What those come to: events that follow the confirmed ones. */
  readonly own: readonly DocumentEvent[];
  /** With what is pending. */
  readonly current: DocumentState | undefined;
}

export function readPast(store: LocalStore, id: DocumentId): Past {
  const confirmed = store.documents.confirmed(id);
  const pending = store.outbox.ofDocument(id).filter((mutation) => mutation.state !== 'settling');
  const { state, events } = replay({ ...replicaInput(store, id, confirmed), pending });
  return { id, confirmed, pending, own: events, current: state };
}

/**
 * The confirmed events, oldest first and without gaps up to what is confirmed, as far back as `enough` asks for: from
 * the local log, then from the server where one is handed in and there is a connection. Fewer where neither has more.
 */
export async function eventsBack(
  { store, engine }: { readonly store: LocalStore; readonly engine?: Pick<SyncEngine, 'fetchHistory'> },
  { id, confirmed }: Past,
  enough: (events: readonly DocumentEvent[]) => boolean,
): Promise<readonly DocumentEvent[]> {
  const { streamId } = store.identity();
  let events: DocumentEvent[] = [];
  let next = confirmed?.version ?? 0;
  while (next > 0 && events.length < LIMITS.undoEvents && !enough(events)) {
    let page = newestEvents(store, id, next, LIMITS.historyPageMax);
    if (page.length === 0) {
      const fetched = (await engine?.fetchHistory(id, next + 1, LIMITS.historyPageMax)) ?? [];
      page = fetched.map((wire) => fromChangeEvent(wire, streamId)).reverse();
    }
    if (page.at(-1)?.version !== next) break;
    events = [...page, ...events];
    next = page[0]!.version - 1;
  }
  return events;
}
