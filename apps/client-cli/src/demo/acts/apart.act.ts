/** Act 2: both edit without a server, here in different places of one task, there in the same place of another. */
import { documentOf, onlyOne, type Stage } from '../stage.js';
import type { Tasks } from './live.act.js';

export const ALICE = { priority: 'high', description: 'blue, two litres' } as const;
export const BOB = { gardenDescription: 'herbs near the door', description: 'green', due: '2030-05-01' } as const;

export async function playApart({ story, alice, bob }: Stage, tasks: Tasks): Promise<void> {
  story.act('Apart: both go offline, and both write');
  await alice.writeOffline('edit', tasks.garden, '--priority', ALICE.priority);
  const alices = await alice.writeOffline('edit', tasks.paint, '--description', ALICE.description);
  story.show(`alice$ cli --offline edit garden --priority ${ALICE.priority}`);
  story.show(`alice$ cli --offline edit paint --description "${ALICE.description}"`);
  await bob.writeOffline('edit', tasks.garden, '--description', BOB.gardenDescription);
  const bobs = await bob.writeOffline('edit', tasks.paint, '--description', BOB.description, '--due', BOB.due);
  story.show(`bob$   cli --offline edit garden --description "${BOB.gardenDescription}"`);
  story.show(`bob$   cli --offline edit paint --description "${BOB.description}" --due ${BOB.due}`);

  for (const [device, written] of [
    [alice, alices],
    [bob, bobs],
  ] as const) {
    const { state, pending } = written.sync;
    story.claim(
      `${device.name}’s two changes are on disk and wait`,
      state === 'offline' && pending === 2,
      written.sync,
    );
  }
  const seen = [onlyOne(alices.documents).description, onlyOne(bobs.documents).description];
  story.claim(
    'each sees what they wrote themselves',
    seen[0] === ALICE.description && seen[1] === BOB.description,
    seen,
  );
  const gardens = [alice, bob].map((device) => device.list('--offline'));
  const [hers, his] = (await Promise.all(gardens)).map((documents) => documentOf(documents, tasks.garden));
  story.claim('and nothing of the other’s yet', hers?.description === '' && his?.priority === 'medium', [hers, his]);
}
