/** Act 6: who changed what, from which device. */
import type { Change } from '../client-output.js';
import type { Stage } from '../stage.js';
import type { Tasks } from './live.act.js';

export async function playHistory({ story, alice, bob }: Stage, { garden }: Tasks): Promise<void> {
  story.act('History: who changed what');
  const devices = await Promise.all([alice, bob].map(async (device) => ({ device, status: await device.status() })));
  const nameOf = (change: Change): string =>
    devices.find(({ status }) => status.client_id === change.client_id)?.device.name ?? change.client_id;
  const changes = await alice.history(garden);
  for (const change of changes)
    story.show(`v${change.version}  ${change.type.padEnd(8)} ${nameOf(change).padEnd(6)} ${patchText(change)}`);

  const told = changes.map((change) => `${change.version} ${change.type} ${nameOf(change)}`);
  const expected = ['1 create alice', '2 update alice', '3 update bob', '4 delete bob', '5 restore alice'];
  story.claim('every change is there, in order, with its device', told.join() === expected.join(), told);
  const places = changes.map((change) => (change.patch ?? []).map(({ path }) => path).join());
  story.claim(
    'each change says which places it changed, and no more',
    places.join(' ').trim() === '/priority /description',
    places,
  );
  const users = new Set([...changes.map((change) => change.user_id), ...devices.map(({ status }) => status.user_id)]);
  story.claim('and who made it: both devices are one user’s', users.size === 1 && !users.has(null), [...users]);
  const bobs = await bob.history(garden);
  story.claim('both devices tell the same history', JSON.stringify(bobs) === JSON.stringify(changes), bobs);
}

function patchText({ patch }: Change): string {
  return (patch ?? []).map(({ op, path, value }) => `${op} ${path} ${JSON.stringify(value)}`).join(', ');
}
