/** Laws 3 and 4: every replica holds what the server holds, and has come there by the server's events. */
import {
  EMPTY_DIGEST,
  combineDigests,
  documentDigest,
  type DocumentState,
  type StateDigest,
} from '@json-database-sync/domain';
import { sha256Hex } from '../../../apps/server/src/sha256.js';
import type { Device } from '../device.js';
import { asEvent, toStored } from '../memory-event-store.js';
import type { Simulation } from '../simulation.js';
import type { Broken } from './check-laws.js';
import { canonical } from './log.js';

export function checkConvergence({ database, devices }: Simulation, broken: Broken): void {
  for (const device of devices) {
    const wanted = new Map(
      [...database.tables.documents.values()]
        .map((row) => toStored(row).state)
        .filter(({ streamId }) => (streamId as string) === device.userId)
        .map((state) => [state.id, state]),
    );
    if (device.store.outbox.size() > 0) broken(`law 1: ${device.name} still has changes to send`);
    for (const state of wanted.values()) compare(device, state, broken);
    for (const { id } of device.store.documents.list({ includeDeleted: true })) {
      if (!wanted.has(id)) broken(`law 3: ${device.name} has ${id}, which the server has not`);
    }
    compareDigests(device, [...wanted.values()], database.tables.streams.get(device.userId)?.digest, broken);
    compareLogs(device, database.tables.events.get(device.userId)?.map(asEvent) ?? [], broken);
  }
}

function compare(device: Device, state: DocumentState, broken: Broken): void {
  const shown = device.store.documents.current(state.id);
  const confirmed = device.store.documents.confirmed(state.id);
  const theirs = { ...outline(state), revisionId: state.revisionId, version: state.version };
  for (const [what, mine] of [
    ['shows', shown],
    ['has confirmed', confirmed],
  ] as const) {
    const ours = mine && { ...outline(mine), revisionId: mine.revisionId, version: mine.version };
    if (!ours || canonical(ours) !== canonical(theirs)) {
      broken(`law 3: ${device.name} ${what} ${JSON.stringify(ours)}; the server has ${JSON.stringify(theirs)}`);
      return;
    }
  }
}

function outline({ title, content, deletedAt }: Pick<DocumentState, 'title' | 'content' | 'deletedAt'>) {
  return { title, content, deleted: deletedAt !== null };
}

/** What is kept on either side, commit by commit and event by event, is what the documents come to. */
function compareDigests(
  device: Device,
  documents: readonly DocumentState[],
  kept: StateDigest | undefined,
  broken: Broken,
): void {
  const digests = documents.map((document) => documentDigest(document, sha256Hex));
  const wanted = digests.reduce(combineDigests, EMPTY_DIGEST);
  const ours = device.store.checks.digest(device.store.identity().streamId);
  if (kept !== wanted) broken(`law 3: the server keeps the digest ${kept}; its documents have ${wanted}`);
  if (ours !== wanted) broken(`law 3: ${device.name} keeps the digest ${ours}; its documents have ${wanted}`);
}

function compareLogs(device: Device, log: ReturnType<typeof asEvent>[], broken: Broken): void {
  for (const event of log) {
    const known = device.store.events.at(event.streamId, event.sequence);
    if (known && known.mutationId !== event.mutationId) {
      broken(`law 4: ${device.name} has another event at ${event.sequence} than the server`);
      return;
    }
  }
}
