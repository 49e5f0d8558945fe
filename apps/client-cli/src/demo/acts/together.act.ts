/** Act 3: both come back. What does not meet is merged; where they meet, the first one stands and the other is kept. */
import { claimEqual, documentOf, onlyOne, type Stage } from '../stage.js';
import { ALICE, BOB } from './apart.act.js';
import type { Tasks } from './live.act.js';

export async function playTogether(stage: Stage, tasks: Tasks): Promise<void> {
  const { story, alice, bob } = stage;
  story.act('Together: alice comes back first, then bob');
  const hers = await alice.listWithSync();
  story.claim('alice’s changes reach the server', hers.sync.state === 'synced' && hers.sync.pending === 0, hers.sync);
  const his = await bob.listWithSync();
  story.claim('bob’s changes reach the server', his.sync.state === 'synced' && his.sync.pending === 0, his.sync);

  const both = await Promise.all([alice.list(), bob.list()]);
  const gardens = both.map((documents) => documentOf(documents, tasks.garden));
  story.claim(
    'the garden was changed in different places: both changes are kept, on both devices',
    gardens.every((task) => task?.priority === ALICE.priority && task.description === BOB.gardenDescription),
    gardens,
  );
  const paints = both.map((documents) => documentOf(documents, tasks.paint));
  story.claim(
    'the paint was described by both: the description that came first stands, on both devices',
    paints.every((task) => task?.description === ALICE.description),
    paints,
  );
  story.claim(
    'the rest of bob’s change, the due date, is kept',
    paints.every((task) => task?.due === BOB.due),
    paints,
  );

  const lost = onlyOne(await bob.conflicts());
  const [dropped] = lost.dropped;
  story.show(`bob$   cli conflicts   →   ${lost.reason}`);
  story.show(`lost:  ${dropped?.operation?.path ?? ''} ${JSON.stringify(dropped?.operation?.value)}`);
  story.claim(
    'what bob lost is kept for him to see, whole',
    lost.document_id === tasks.paint && dropped?.operation?.value === BOB.description && lost.dropped.length === 1,
    lost,
  );
  const losses = await alice.conflicts();
  story.claim('alice has lost nothing', losses.length === 0, losses);
  await claimEqual(stage);
}
