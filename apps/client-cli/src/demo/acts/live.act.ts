/** Act 1: a task that alice adds shows on bob's screen by itself. */
import { documentOf, onlyOne, type Stage } from '../stage.js';

export interface Tasks {
  /** Changed by both, in different places. */
  readonly garden: string;
  /** Changed by both, in the same place. */
  readonly paint: string;
}

export async function playLive(stage: Stage): Promise<Tasks> {
  const { story, alice, bob } = stage;
  story.act('Live: what alice writes, bob sees');
  const watch = bob.watch();
  await watch.online();
  story.tell('bob watches. alice adds a task:');
  const added = onlyOne((await alice.write('add', 'Plan the garden', '--tag', 'home')).documents);
  story.show(`alice$ cli add "Plan the garden" --tag home`);
  const line = await watch.change(added.id);
  story.show(`bob$   cli watch   →   ${line.origin} ${line.kind}: ${line.document?.title}`);
  story.claim(
    'it shows on bob’s screen while he watches, as made elsewhere',
    line.origin === 'remote' && line.kind === 'created' && line.document?.title === added.title,
    line,
  );
  const [made] = await alice.history(added.id);
  story.tell(`It took ${Date.parse(line.at) - madeAt(made?.mutation_id ?? '')} ms from alice’s disk to bob’s screen,`);
  story.tell('with the connection that alice’s command had to make first.');

  const paint = onlyOne((await alice.write('add', 'Buy paint', '--priority', 'low')).documents);
  await watch.change(paint.id);
  story.claim('bob’s watch ends cleanly at Ctrl-C', (await watch.stop()) === 0);
  const bobs = await bob.list();
  story.claim(
    'bob’s database has both tasks, as the server has confirmed them',
    bobs.length === 2 && [added, paint].every((task) => documentOf(bobs, task.id)?.revision_id === task.revision_id),
    bobs,
  );
  return { garden: added.id, paint: paint.id };
}

/** The id of a change begins with the milliseconds at which it was written to disk (UUID version 7). */
function madeAt(mutationId: string): number {
  return Number.parseInt(mutationId.replace('-', '').slice(0, 12), 16);
}
