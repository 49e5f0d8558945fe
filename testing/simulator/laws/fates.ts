/**
 * Laws 1 and 7: every change that was ever acknowledged to an application is in the log, or in the ledger with all that it
 * lost, or was turned down and lies in its author's own ledger.
 *
 * What a change of content wrote is told by its values, each of which is written once: whatever the strategy, each has to
 * be in the document right after the change, or in the ledger. Where what stands stands, the operations themselves are
 * held against the event, and where what comes in wins, what it took away has to be gone.
 */
import type { JsonPatch, JsonValue, Sequenced } from '@json-database-sync/domain';
import { modelApply } from '../../patch-model.js';
import type { PendingMutation } from '../../../libs/client-sdk/src/replica/pending.js';
import type { Device, Written } from '../device.js';
import type { Row } from '../memory-database.js';
import type { Simulation } from '../simulation.js';
import type { Broken } from './check-laws.js';
import { canonical } from './log.js';
import { Past } from './past.js';
import { placesOf, valuesOf } from './values.js';

export function checkFates(simulation: Simulation, broken: Broken): void {
  const { database, devices, forgiven, acknowledgements } = simulation;
  const past = new Past(database);
  const conflicts = new Map(database.tables.conflicts.map((row) => [String(row['mutation_id']), row]));
  const mutations = new Map([...database.tables.mutations.values()].map((row) => [String(row['mutation_id']), row]));
  for (const device of devices) {
    const ledger = device.ledger();
    // The stream of a change that was made before the first connection is known by now.
    const { streamId } = device.store.identity();
    for (const made of device.written) {
      const written = { ...made, streamId };
      const id = written.mutationId;
      if (forgiven.has(id)) continue;
      const recorded = mutations.get(id);
      const conflict = conflicts.get(id);
      const { wasSetBack } = simulation;
      if (recorded)
        checkRecorded(device, written, { event: past.event(id), recorded, conflict, past, wasSetBack }, broken);
      else if (acknowledgements.results.has(id))
        broken(`law 1: ${describe(device, written)} was answered and is not there`);
      else if (!ledger.has(id) && !isMoot(written, past) && !(isQuiet(written) && wasSetBack)) {
        broken(`law 1: ${describe(device, written)} is nowhere`);
      }
      if (recorded?.['status'] === 'conflicted' && !ledger.has(id)) {
        broken(`law 7: ${describe(device, written)} lost, and its author was not told`);
      }
    }
  }
}

/** These may find that it is so already; then nothing is stored but that they were carried out. */
function isQuiet({ change }: PendingMutation): boolean {
  return change.kind !== 'update';
}

/** What it was to take back has come to nothing, so that it is not even sent. */
function isMoot({ change }: PendingMutation, past: Past): boolean {
  return (
    (change.kind === 'undo' || change.kind === 'redo') && change.target !== undefined && !past.event(change.target)
  );
}

interface Fate {
  readonly event: Sequenced | undefined;
  readonly recorded: Row;
  readonly conflict: Row | undefined;
  readonly past: Past;
  /** What its author saw may be unheard of. */
  readonly wasSetBack: boolean;
}

function checkRecorded(device: Device, written: Written, fate: Fate, broken: Broken): void {
  const { event, recorded, conflict } = fate;
  const what = () => describe(device, written);
  if (event && event.sequence !== Number(recorded['sequence'])) {
    broken(`law 2: ${what()} is recorded at ${String(recorded['sequence'])}, not ${event.sequence}`);
  }
  if ((recorded['status'] === 'conflicted') !== (conflict !== undefined)) {
    broken(`law 7: ${what()} ended ${String(recorded['status'])}; ledger: ${String(!!conflict)}`);
    return;
  }
  const { change } = written;
  switch (change.kind) {
    case 'update':
      return checkUpdate(written, change.patch, fate, (how) => broken(`law 7: of ${what()} ${how}`));
    case 'undo':
    case 'redo':
    case 'revert':
      return checkSecondThought(written, fate, (how) => broken(`law 7: ${what()} ${how}`));
    case 'create':
    case 'delete':
    case 'restore':
      if (!event && !conflict && !wasSoAlready(written, fate)) broken(`law 1: ${what()} is recorded, and left nothing`);
  }
}

/** Whether the document stood, at the version that was answered, as the change would have it. */
function wasSoAlready({ documentId, change, streamId }: PendingMutation, { recorded, past }: Fate): boolean {
  const last = past.eventAt(streamId, documentId, Number(recorded['version']));
  return last !== undefined && (last.type === 'delete') === (change.kind === 'delete');
}

// ---- changes of content

function checkUpdate(written: Written, patch: JsonPatch, fate: Fate, broken: Broken): void {
  const { streamId, documentId, seen } = written;
  const { event, recorded, conflict, past } = fate;
  const strategy = past.strategyOf(streamId);
  const kept: JsonPatch = event?.type === 'update' ? event.forward : [];
  const lost = ((conflict?.['dropped'] ?? []) as { operation: JsonValue }[]).map(({ operation }) => operation);
  const after = past.contentAt(streamId, documentId, Number(recorded['version']));
  const intended = seen === undefined ? undefined : modelApply(seen, patch);
  if (intended === undefined) return broken('nobody can tell what it was made on');
  const [had, wanted] = [valuesOf(seen), valuesOf(intended)];
  const held = new Set([...valuesOf(after), ...valuesOf(lost)]);
  const missing = [...wanted].filter((value) => !had.has(value) && !held.has(value));
  if (missing.length > 0) return broken(`${missing.join()} is neither in the document nor in the ledger`);
  checkTitle(written, fate, broken);

  // A resolver may take what it likes from both sides.
  if (strategy === 'server_wins' || strategy === 'manual') {
    if (!isAccountedFor(patch, kept, lost, valuesOf(after))) {
      broken(`kept and lost are ${JSON.stringify({ kept, lost })}`);
    }
  } else if (strategy === 'client_wins' && !conflict && !fate.wasSetBack) {
    const [placed, meant, now] = [placesOf(seen), placesOf(intended), placesOf(after)];
    const left = [...placed].filter((value) => !meant.has(value) && now.has(value));
    if (left.length > 0) broken(`${left.join()} is still there, though what comes in wins`);
  }
  if (strategy === 'manual' && conflict && event) broken('a part was committed, though a person is to decide');
}

function checkTitle(
  { change, streamId, documentId }: Written,
  { recorded, conflict, past }: Fate,
  broken: Broken,
): void {
  if (change.kind !== 'update' || change.title === undefined) return;
  const title = past.stateAt(streamId, documentId, Number(recorded['version']))?.title;
  if (title !== change.title && conflict?.['dropped_title'] !== change.title) broken('the title was dropped silently');
}

/**
 * Every operation was kept or lost. Or what it wanted was so already: a removal, or a value that stands there since somebody
 * has brought it back; and tests go where nothing is left for them to guard.
 */
function isAccountedFor(
  patch: JsonPatch,
  kept: JsonPatch,
  lost: readonly JsonValue[],
  standing: ReadonlySet<string>,
): boolean {
  const found = [...kept, ...lost].map(canonical);
  const missing = patch.filter((operation) => {
    const at = found.indexOf(canonical(operation));
    if (at >= 0) found.splice(at, 1);
    return at < 0;
  });
  const excused = missing.every((operation) => {
    const { op, path } = operation;
    if (op === 'add' || op === 'replace') return [...valuesOf(operation.value)].every((value) => standing.has(value));
    return (op === 'remove' && path.startsWith('/map/')) || (op === 'test' && kept.length === 0);
  });
  return found.length === 0 && excused && (missing.length === 0 || lost.length === 0);
}

// ---- changes of the history

/** The event says what it takes back, which is what the author meant, and takes back nothing else. */
function checkSecondThought({ change, streamId, documentId }: Written, fate: Fate, broken: Broken): void {
  const { event, past } = fate;
  // Recorded without an event: there was nothing to do.
  if (!event) return;
  const { cause } = event;
  if (cause?.kind !== change.kind) return broken(`is in the log as ${JSON.stringify(cause)}`);
  const contentAt = (version: number) => past.contentAt(streamId, documentId, version);
  const [before, after] = [valuesOf(contentAt(event.version - 1)), valuesOf(contentAt(event.version))];
  if (change.kind === 'revert') {
    const former = past.stateAt(streamId, documentId, change.toVersion);
    const same = former?.deletedAt !== null || canonical(former.content) === canonical(contentAt(event.version));
    if (cause.version !== change.toVersion || !same) broken('did not go back there');
    return;
  }
  if (change.kind !== 'undo' && change.kind !== 'redo') return;
  const meant = change.target === undefined ? change.version : past.event(change.target)?.version;
  if (meant !== null && cause.version !== meant) return broken(`took back version ${cause.version}, not ${meant}`);
  if (change.force) return;
  const [former, then] = [valuesOf(contentAt(cause.version - 1)), valuesOf(contentAt(cause.version))];
  const taken = [...before].filter((value) => !after.has(value) && (!then.has(value) || former.has(value)));
  const given = [...after].filter((value) => !before.has(value) && (!former.has(value) || then.has(value)));
  if (taken.length + given.length > 0) {
    broken(`took back version ${cause.version}, and with it touched ${[...taken, ...given].join()}`);
  }
}

function describe(device: Device, { mutationId, documentId, change, baseVersion }: PendingMutation): string {
  return `${device.name}'s ${JSON.stringify(change)} of ${documentId} on version ${baseVersion} (${mutationId})`;
}
