/**
 * Laws 2, 5 and 6: the log has each mutation once and no gap, is one chain of hashes up to its head, replays into the
 * projection, and walks back the same way.
 */
import {
  CHAIN_START,
  ChainVerifier,
  canonicalJson,
  devolve,
  evolve,
  type DocumentState,
  type JsonValue,
  type Sequenced,
} from '@json-database-sync/domain';
import { recordText } from '../../../apps/server/src/audit/audit-record.js';
import { groupBy } from '../../../apps/server/src/collections.js';
import type { EventRow } from '../../../apps/server/src/event-store/rows.js';
import { sha256 } from '../../../apps/server/src/sha256.js';
import type { MemoryDatabase, Row } from '../memory-database.js';
import { asEvent, toStored } from '../memory-event-store.js';
import type { Broken } from './check-laws.js';

export function canonical(value: unknown): string {
  return canonicalJson(value as JsonValue);
}

export function checkLog(database: MemoryDatabase, broken: Broken): void {
  for (const [streamId, rows] of database.tables.events) {
    const events = rows.map(asEvent);
    const last = database.tables.streams.get(streamId)?.lastSequence;
    if (events.some(({ sequence }, index) => sequence !== index + 1) || events.length !== last) {
      broken(`law 6: the log of ${streamId} has gaps: ${events.map(({ sequence }) => sequence).join(', ')} of ${last}`);
    }
    const mutations = new Set(events.map(({ mutationId }) => mutationId));
    if (mutations.size !== events.length) broken(`law 2: a mutation has two events in ${streamId}`);
    checkChain(database, streamId, rows, broken);
    checkDocuments(database, streamId, events, broken);
  }
}

/** Whatever nodes wrote at once, each event's hash follows from the one before it. */
function checkChain(database: MemoryDatabase, streamId: string, rows: readonly Row[], broken: Broken): void {
  const stream = database.tables.streams.get(streamId);
  if (!stream) return;
  const chain = new ChainVerifier({ streamId, afterSequence: 0, anchor: CHAIN_START }, sha256);
  for (const row of rows) {
    const { sequence, documentId, version } = asEvent(row);
    const record = recordText(row as unknown as EventRow);
    const fault = chain.add({ sequence, streamId, documentId, version, record, hash: String(row['hash']) });
    if (fault) return broken(`law 6: event ${sequence} of ${streamId} ${fault.problem}`);
  }
  const fault = chain.end({ sequence: stream.lastSequence, hash: stream.headHash });
  if (fault) broken(`law 6: event ${fault.sequence} of ${streamId} ${fault.problem}`);
}

function checkDocuments(
  database: MemoryDatabase,
  streamId: string,
  events: readonly Sequenced[],
  broken: Broken,
): void {
  const histories = groupBy(events, ({ documentId }) => documentId);
  for (const [documentId, history] of histories) {
    const row = database.tables.documents.get(`${streamId}/${documentId}`);
    try {
      const states = replay(history);
      const replayed = states.at(-1);
      if (!row || !replayed || canonical(toStored(row).state) !== canonical(replayed)) {
        broken(`law 6: the projection of ${documentId} is not its log`);
      }
      walkBack(history, states, broken);
      checkOnce(replayed, broken);
    } catch (error) {
      broken(`law 6: the log of ${documentId} cannot be replayed: ${String(error)}`);
    }
  }
  for (const row of database.tables.documents.values()) {
    const { state } = toStored(row);
    if (state.streamId === streamId && !histories.has(state.id)) broken(`law 6: ${state.id} has no log`);
  }
}

/** The document after each event. */
function replay(history: readonly Sequenced[]): DocumentState[] {
  const states: DocumentState[] = [];
  for (const event of history) states.push(evolve(states.at(-1), event));
  return states;
}

function walkBack(history: readonly Sequenced[], states: readonly DocumentState[], broken: Broken): void {
  for (let at = history.length - 1; at >= 0; at--) {
    const [event, state] = [history[at], states[at]];
    if (!event || !state) return;
    const before = devolve(state, { event, previous: history[at - 1] ?? null });
    const wanted = states[at - 1];
    if (before ? !wanted || canonical(before) !== canonical(wanted) : wanted) {
      broken(`law 5: going back from version ${event.version} of ${event.documentId} does not lead to the one before`);
    }
  }
}

/** Every value is written once: one that is in the list twice was applied twice. */
function checkOnce(state: DocumentState | undefined, broken: Broken): void {
  const { list } = (state?.content ?? {}) as { list?: unknown[] };
  if (list && new Set(list).size !== list.length) broken(`law 2: a change of ${state?.id} has been applied twice`);
}
