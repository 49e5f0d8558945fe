/** Act 4: what lost a conflict is brought back from the ledger, as a new change that others see. */
import { claimEqual, documentOf, onlyOne, type Stage } from '../stage.js';
import { ALICE, BOB } from './apart.act.js';
import type { Tasks } from './live.act.js';

export async function playLedger(stage: Stage, { paint }: Tasks): Promise<void> {
  const { story, alice, bob } = stage;
  story.act('From the ledger: bob brings back what he lost');
  const lost = onlyOne(await bob.conflicts());
  await bob.write('conflicts', 'apply', lost.id);
  story.show(`bob$   cli conflicts apply ${lost.id}`);
  const both = await Promise.all([alice.list(), bob.list()]);
  const paints = both.map((documents) => documentOf(documents, paint));
  story.claim(
    'his description is the current one now, on both devices',
    paints.every((task) => task?.description === BOB.description),
    paints,
  );
  story.claim('the due date that was kept the first time is untouched', paints[0]?.due === BOB.due, paints);
  const changes = await alice.history(paint);
  const descriptions = changes.flatMap(({ patch }) =>
    (patch ?? []).filter(({ path }) => path === '/description').map(({ value }) => value),
  );
  story.claim(
    'nothing was overwritten: the history has alice’s description, and bob’s after it',
    JSON.stringify(descriptions) === JSON.stringify([ALICE.description, BOB.description]),
    changes,
  );
  const left = await bob.conflicts();
  story.claim('bob’s ledger has nothing open any more', left.length === 0, left);
  await claimEqual(stage);
}
