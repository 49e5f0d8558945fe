/** The reads of a batch: documents that are not cached, and the part of the log that concurrent changes need. */
import { historyLimit, historyNeeded, type DocumentEvent, type DocumentState } from '@json-database-sync/domain';
import { groupBy } from '../collections.js';
import { toBringBack } from '../conflicts/brought-back.js';
import type { EventStore, LostOperation, RecordedMutation } from '../event-store/event-store.js';
import type { StoredDocument } from '../event-store/rows.js';
import { cacheKey, formerKey } from './document-cache.js';
import type { LaneEnvironment } from './lane-environment.js';
import type { Submission } from './submission.js';

export interface BatchReads {
  readonly documents: Map<string, StoredDocument>;
  readonly histories: Map<string, readonly DocumentEvent[]>;
  readonly losses: Map<string, readonly LostOperation[]>;
  readonly mutations: Map<string, RecordedMutation>;
  /** What documents are to go back to, by `formerKey`. */
  readonly formers: Map<string, DocumentState>;
  /** The losses that have been brought back, of those that are to be; by `conflictKey`. */
  readonly broughtBack: ReadonlySet<string>;
}

export async function readForBatch(
  submissions: readonly Submission[],
  environment: Pick<LaneEnvironment, 'store' | 'cache' | 'formerVersion' | 'broughtBack'>,
): Promise<BatchReads> {
  const { store, cache } = environment;
  const verified = submissions.filter((submission) => submission.verified);
  for (const { command } of verified) cache.delete(command);

  const documents = new Map<string, StoredDocument>();
  const missing = new Map<string, Submission['command']>();
  for (const { command } of submissions) {
    const key = cacheKey(command);
    const cached = cache.get(command);
    if (cached) documents.set(key, cached);
    else missing.set(key, command);
  }
  if (missing.size > 0) {
    for (const document of await store.documents([...missing.values()])) {
      cache.set(document);
      documents.set(cacheKey({ streamId: document.state.streamId, documentId: document.state.id }), document);
    }
  }
  const formers = await readFormers(submissions, documents, environment);
  const others = submissions.filter(
    ({ command }) => command.kind !== 'revert' || !formers.has(formerKey(command, command.toVersion)),
  );
  const losses = submissions.map(({ command }) => toBringBack(command)).filter((key) => key !== null);
  const [concurrent, mutations, broughtBack] = await Promise.all([
    readConcurrent(others, documents, store),
    readMutations(verified, store),
    losses.length === 0 ? new Set<string>() : environment.broughtBack(losses),
  ]);
  return { documents, ...concurrent, mutations, formers, broughtBack };
}

/** The versions that reverts go back to. The way there is short, and no limit to how far back they lie. */
async function readFormers(
  submissions: readonly Submission[],
  documents: ReadonlyMap<string, StoredDocument>,
  environment: Pick<LaneEnvironment, 'formerVersion'>,
): Promise<Map<string, DocumentState>> {
  const formers = new Map<string, DocumentState>();
  for (const { command } of submissions) {
    if (command.kind !== 'revert') continue;
    const current = documents.get(cacheKey(command))?.state;
    const key = formerKey(command, command.toVersion);
    if (!current || command.toVersion < 1 || command.toVersion >= current.version || formers.has(key)) continue;
    const former = await environment.formerVersion(current, command.toVersion);
    if (former) formers.set(key, former);
  }
  return formers;
}

/** What happened to documents after the versions that changes are based on. */
async function readConcurrent(
  submissions: readonly Submission[],
  documents: ReadonlyMap<string, StoredDocument>,
  store: EventStore,
): Promise<Pick<BatchReads, 'histories' | 'losses'>> {
  const from = new Map<string, { command: Submission['command']; version: number }>();
  for (const { command } of submissions) {
    const key = cacheKey(command);
    const state = documents.get(key)?.state;
    const needed = historyNeeded(state, command);
    if (needed === null || !state || needed >= state.version) continue;
    // A base further back than `decide` may look is answered without it; reading that far would be work for nothing.
    const version = Math.max(needed, state.version - historyLimit(command));
    from.set(key, { command, version: Math.min(version, from.get(key)?.version ?? version) });
  }
  if (from.size === 0) return { histories: new Map(), losses: new Map() };
  const keys = [...from.values()].map(({ command, version }) => ({ ...command, version }));
  const [events, losses] = await Promise.all([store.eventsAfterVersion(keys), store.lossesAfterVersion(keys)]);
  const found = groupBy(events, cacheKey);
  // Asked for and gone from the log is an empty history, not one to be asked for again.
  const histories = new Map([...from.keys()].map((key) => [key, found.get(key) ?? []]));
  return { histories, losses: groupBy(losses, cacheKey) };
}

async function readMutations(
  verified: readonly Submission[],
  store: EventStore,
): Promise<Map<string, RecordedMutation>> {
  if (verified.length === 0) return new Map();
  const rows = await store.mutations(
    verified.map(({ command, author }) => ({ streamId: command.streamId, mutationId: author.mutationId })),
  );
  return new Map(rows.map((row) => [`${row.streamId}/${row.mutationId}`, row]));
}
