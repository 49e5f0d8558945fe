/**
 * Laws 1 and 7: every change that was ever acknowledged to an application is in the log, or in the ledger with all that it
 * lost, or was turned down and lies in its author's own ledger.
 */
import type { JsonPatch, Sequenced } from '@json-database-sync/domain';
import type { PendingMutation } from '../../../libs/client-sdk/src/replica/pending.js';
import type { Device } from '../device.js';
import type { Row } from '../memory-database.js';
import { asEvent } from '../memory-event-store.js';
import type { Simulation } from '../simulation.js';
import type { Broken } from './check-laws.js';
import { canonical } from './log.js';

export function checkFates(simulation: Simulation, broken: Broken): void {
  const { database, devices, forgiven, acknowledgements } = simulation;
  const events = new Map<string, Sequenced>();
  for (const rows of database.tables.events.values()) {
    for (const row of rows) events.set(String(row['mutation_id']), asEvent(row));
  }
  const conflicts = new Map(database.tables.conflicts.map((row) => [String(row['mutation_id']), row]));
  const mutations = new Map([...database.tables.mutations.values()].map((row) => [String(row['mutation_id']), row]));
  for (const device of devices) {
    const ledger = device.ledger();
    for (const written of device.written) {
      const id = written.mutationId;
      if (forgiven.has(id)) continue;
      const event = events.get(id);
      const recorded = mutations.get(id);
      const answer = acknowledgements.results.get(id);
      if (recorded) checkRecorded(device, written, { event, recorded, conflict: conflicts.get(id), events }, broken);
      else if (answer) broken(`law 1: ${describe(device, written)} was answered and is not there`);
      else if (!answer && !ledger.has(id) && !(isQuiet(written) && simulation.wasSetBack)) {
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

interface Fate {
  readonly event: Sequenced | undefined;
  readonly recorded: Row;
  readonly conflict: Row | undefined;
  /** Every event of the log, by its mutation. */
  readonly events: ReadonlyMap<string, Sequenced>;
}

function checkRecorded(device: Device, written: PendingMutation, fate: Fate, broken: Broken): void {
  const { event, recorded, conflict } = fate;
  if (event && event.sequence !== Number(recorded['sequence'])) {
    broken(`law 2: ${describe(device, written)} is recorded at ${String(recorded['sequence'])}, not ${event.sequence}`);
  }
  if ((recorded['status'] === 'conflicted') !== (conflict !== undefined)) {
    broken(`law 7: ${describe(device, written)} ended ${String(recorded['status'])}; ledger: ${String(!!conflict)}`);
    return;
  }
  const { change } = written;
  if (change.kind !== 'update') {
    if (!event && !conflict && !wasSoAlready(written, fate))
      broken(`law 1: ${describe(device, written)} is recorded, and left nothing`);
    return;
  }
  const kept: JsonPatch = event?.type === 'update' ? event.forward : [];
  const lost = ((conflict?.['dropped'] ?? []) as { operation: unknown }[]).map(({ operation }) => operation);
  if (!isAccountedFor(change.patch, kept, lost.map(canonical))) {
    broken(`law 7: of ${describe(device, written)} kept and lost are ${JSON.stringify({ kept, lost })}`);
  }
}

/** Whether the document stood, at the version that was answered, as the change would have it. */
function wasSoAlready({ documentId, change }: PendingMutation, { recorded, events }: Fate): boolean {
  const version = Number(recorded['version']);
  const last = [...events.values()].find((event) => event.documentId === documentId && event.version === version);
  return last !== undefined && (last.type === 'delete') === (change.kind === 'delete');
}

/**
 * Every operation was kept or lost. Or what it wanted was so already, which here, where no two values written are equal, only
 * a removal can find; and tests go where nothing is left for them to guard.
 */
function isAccountedFor(patch: JsonPatch, kept: JsonPatch, lost: readonly string[]): boolean {
  const found = [...kept.map(canonical), ...lost];
  const missing = patch.filter((operation) => {
    const at = found.indexOf(canonical(operation));
    if (at >= 0) found.splice(at, 1);
    return at < 0;
  });
  const excused = missing.every(
    ({ op, path }) => (op === 'remove' && path.startsWith('/map/')) || (op === 'test' && kept.length === 0),
  );
  return found.length === 0 && excused && (missing.length === 0 || lost.length === 0);
}

function describe(device: Device, { mutationId, documentId, change, baseVersion }: PendingMutation): string {
  return `${device.name}'s ${JSON.stringify(change)} of ${documentId} on version ${baseVersion} (${mutationId})`;
}
