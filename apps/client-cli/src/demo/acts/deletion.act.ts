/** Act 5: a task is deleted on one device, and brought back from the other. */
import { canonicalJson } from '@json-database-sync/domain';
import { claimEqual, documentOf, type Stage } from '../stage.js';
import type { Tasks } from './live.act.js';

export async function playDeletion(stage: Stage, { garden }: Tasks): Promise<void> {
  const { story, alice, bob } = stage;
  story.act('Deleted, and brought back');
  const before = documentOf(await alice.list(), garden);
  await bob.write('rm', garden);
  story.show('bob$   cli rm garden');
  const left = await alice.list();
  story.claim('it disappears from alice’s list', documentOf(left, garden) === undefined && left.length > 0, left);
  const deleted = documentOf(await alice.list('--deleted'), garden);
  story.claim(
    'among the deleted ones she still finds it',
    deleted !== undefined && deleted.deleted_at !== null,
    deleted,
  );
  await alice.write('restore', garden);
  story.show('alice$ cli restore garden');
  const after = documentOf(await bob.list(), garden);
  story.claim(
    'it is back on bob’s device, with all that it held',
    before !== undefined &&
      after?.title === before.title &&
      canonicalJson(after.content) === canonicalJson(before.content),
    after,
  );
  await claimEqual(stage);
}
