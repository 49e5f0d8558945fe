/** What an application does about changes that were made: undo, redo, revert, look first, bring back what lost, or not. */
import type { SyncClient } from '../../libs/client-sdk/src/client/sync-client.js';
import type { UndoOptions } from '../../libs/client-sdk/src/client/types.js';
import type { Device } from './device.js';
import { canonical } from './laws/log.js';
import { Random } from './random.js';
import { DOCUMENT_IDS } from './workload.js';

export function reconsider(device: Device, seed: number): void {
  const random = new Random(seed);
  const id = random.pick(DOCUMENT_IDS);
  const force = random.chance(0.2) ? { force: true } : {};
  const roll = random.below(10);
  if (roll < 2) return lookAndUndo(device, id, random, force);
  device.write(id, (client) => {
    const { documents } = client;
    if (roll < 5) return documents.undo(id, force);
    if (roll < 7) return documents.redo(id, force);
    const version = versionOf(client, id, random);
    return roll < 9 ? documents.undo(id, { version, ...force }) : documents.revert(id, version);
  });
}

/** What the application is shown is what it gets, as long as nothing has come in between. */
function lookAndUndo(device: Device, id: string, random: Random, force: UndoOptions): void {
  const { client } = device;
  if (!client) return;
  const asked = random.chance(0.5) ? force : { version: versionOf(client, id, random), ...force };
  const goOn = random.chance(0.7);
  const { moment } = device;
  client.documents.previewUndo(id, asked).then(
    (preview) => {
      // The process may have died while the server was asked.
      if (device.client !== client || !goOn) return;
      const options = { ...asked, force: preview.needsForce || (asked.force ?? false) };
      const unmoved = device.moment === moment;
      device.write(id, async (same) => {
        const { title, content, deletedAt } = await same.documents.undo(id, options);
        const [got, shown] = [
          { title, content, deleted: deletedAt !== null },
          { title: preview.title, content: preview.content, deleted: preview.deleted },
        ];
        if (unmoved && canonical(got) !== canonical(shown)) {
          device.broken(`an undo of ${id} came to ${JSON.stringify(got)}, and was shown as ${JSON.stringify(shown)}`);
        }
      });
    },
    (error: unknown) => device.refused(error),
  );
}

function versionOf(client: SyncClient, id: string, random: Random): number {
  const newest = client.documents.get(id, { includeDeleted: true })?.version ?? 0;
  // The last few are the interesting ones; now and then one that is not there.
  return Math.max(1, newest - random.below(6) + (random.chance(0.05) ? 1 : 0));
}

export function bringBack(device: Device, seed: number): void {
  const random = new Random(seed);
  if (random.chance(0.25)) return bringBackAnothers(device, random);
  const [first, ...rest] = device.client?.conflicts({ includeDismissed: random.chance(0.2) }) ?? [];
  if (!device.client || !first) return;
  const { id, documentId } = random.pick([first, ...rest]);
  device.write(documentId, (client) => {
    if (!random.chance(0.25)) return client.applyConflict(id);
    client.dismissConflict(id);
    return Promise.resolve();
  });
}

/** Of the whole stream's losses, as the server tells them. */
function bringBackAnothers(device: Device, random: Random): void {
  const { client } = device;
  client
    ?.fetchConflicts()
    .then(async ([first, ...rest]) => {
      if (first && device.client === client) await client.applyConflict(random.pick([first, ...rest]).id);
    })
    .catch((error: unknown) => device.refused(error));
}
