/** The reads of a batch: documents that are not cached, and the part of the log that concurrent changes need. */
import { historyLimit, type DocumentEvent, type DocumentState } from '@json-database-sync/domain';
import { groupBy } from '../collections.js';
import { toBringBack } from '../conflicts/brought-back.js';
import type { EventStore, LostOperation, RecordedMutation } from '../event-store/event-store.js';
import type { StoredDocument } from '../event-store/rows.js';
import { cacheKey, formerKey } from './document-cache.js';
import { historyToRead } from './history-depth.js';
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
    readConcurrent(others, documents, environment),
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

/** What happened to documents after the versions that changes are based on: from the cache, or else from the log. */
async function readConcurrent(
  submissions: readonly Submission[],
  documents: ReadonlyMap<string, StoredDocument>,
  { store, cache }: Pick<LaneEnvironment, 'store' | 'cache'>,
): Promise<Pick<BatchReads, 'histories' | 'losses'>> {
  const histories = new Map<string, readonly DocumentEvent[]>();
  const losses = new Map<string, readonly LostOperation[]>();
  const from = new Map<string, { command: Submission['command']; version: number }>();
  for (const submission of submissions) {
    const { command } = submission;
    const key = cacheKey(command);
    const state = documents.get(key)?.state;
    const needed = historyToRead(state, submission);
    if (needed === null || !state || needed >= state.version) continue;
    const past = cache.past(command);
    if (past && past.after <= needed && past.knownFrom > (submission.author.hereSince ?? Infinity)) {
      histories.set(key, past.events);
      losses.set(key, past.losses);
      continue;
    }
    // A base further back than `decide` may look is answered without it; reading that far would be work for nothing.
    const version = Math.max(needed, state.version - historyLimit(command));
    from.set(key, { command, version: Math.min(version, from.get(key)?.version ?? version) });
  }
  if (from.size === 0) return { histories, losses };
  const keys = [...from.values()].map(({ command, version }) => ({ ...command, version }));
  const [events, lost] = await Promise.all([store.eventsAfterVersion(keys), store.lossesAfterVersion(keys)]);
  const [foundEvents, foundLosses] = [groupBy(events, cacheKey), groupBy(lost, cacheKey)];
  for (const [key, { command, version }] of from) {
    // Asked for and gone from the log is an empty history, not one to be asked for again.
    const past = { after: version, events: foundEvents.get(key) ?? [], losses: foundLosses.get(key) ?? [] };
    histories.set(key, past.events);
    losses.set(key, past.losses);
    cache.setPast(command, past);
  }
  return { histories, losses };
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
