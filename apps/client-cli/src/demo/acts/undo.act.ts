/** Act 7: a change is taken back after others have built on it, and the document is seen as it was. */
import { canonicalJson } from '@json-database-sync/domain';
import { claimEqual, type Stage } from '../stage.js';
import { ALICE, BOB } from './apart.act.js';
import type { Tasks } from './live.act.js';

/** Of the garden: alice raises the priority in version 2, bob describes it in version 3. */
const RAISED = 2;

export async function playUndo(stage: Stage, { garden }: Tasks): Promise<void> {
  const { story, alice, bob } = stage;
  story.act('Second thoughts: an older change is undone, what came later stays');
  const preview = await alice.previewUndo(garden, RAISED);
  story.show(`alice$ cli undo garden --version ${RAISED} --preview`);
  story.claim(
    'the preview says what the undo would do, and that nothing is in its way',
    !preview.needs_force && preview.patch.map(({ path }) => path).join() === '/priority',
    preview,
  );
  const untouched = await alice.show(garden);
  story.claim('and has changed nothing', untouched.priority === ALICE.priority, untouched);
  await alice.write('undo', garden, '--version', String(RAISED));
  story.show(`alice$ cli undo garden --version ${RAISED}`);
  const after = await bob.show(garden);
  story.claim(
    'bob sees the priority as it was before, and his own later description still there',
    after.priority === 'medium' && after.description === BOB.gardenDescription,
    after,
  );

  story.tell('Every version can be seen again, here the second:');
  const [hers, his] = await Promise.all([alice, bob].map((device) => device.show(garden, '--at', String(RAISED))));
  story.show(
    `bob$   cli show garden --at ${RAISED}   →   priority ${his?.priority}, description "${his?.description}"`,
  );
  story.claim(
    'it has alice’s priority, and no description yet',
    his?.version === RAISED && his.priority === ALICE.priority && his.description === '',
    his,
  );
  story.claim(
    'both devices show the same',
    hers !== undefined && his !== undefined && canonicalJson(hers.content) === canonicalJson(his.content),
    hers,
  );

  await alice.write('redo', garden);
  story.show('alice$ cli redo garden');
  const redone = await bob.show(garden);
  story.claim(
    'a redo brings the priority back',
    redone.priority === ALICE.priority && redone.description === BOB.gardenDescription,
    redone,
  );
  const causes = (await bob.history(garden)).flatMap(({ cause, version }) =>
    cause ? [`v${version} ${cause.kind} of v${cause.version}`] : [],
  );
  story.claim(
    'the history tells each for what it is: the undo of the second version, and its redo',
    causes.join() === `v6 undo of v${RAISED},v7 redo of v6`,
    causes,
  );
  await claimEqual(stage);
}
