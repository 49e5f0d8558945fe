/**
 * `npm run demo`: two devices, one server, and what becomes of their changes, on real processes.
 *
 * Exit codes: 0 when every claim was checked and holds; 1 at the first one that does not, or when something could not
 * be done; 128 and the signal's number when it was interrupted. Nothing is left behind in any of these cases.
 */
import { constants } from 'node:os';
import { colorsWanted } from '../io.js';
import { playApart } from './acts/apart.act.js';
import { playDeletion } from './acts/deletion.act.js';
import { playHistory } from './acts/history.act.js';
import { playLedger } from './acts/ledger.act.js';
import { playLive } from './acts/live.act.js';
import { playPowerCut } from './acts/power-cut.act.js';
import { playTogether } from './acts/together.act.js';
import { playUndo } from './acts/undo.act.js';
import { DemoServer } from './demo-server.js';
import { Device } from './device.js';
import type { Stage } from './stage.js';
import { ClaimFailed, Story } from './story.js';
import { World } from './world.js';

type Signal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

async function play(stage: Stage): Promise<void> {
  const { story, server } = stage;
  story.line('Two devices of one person, alice and bob, and a server with a PostgreSQL of its own.');
  await server.start();
  const tasks = await playLive(stage);
  await playApart(stage, tasks);
  await playTogether(stage, tasks);
  await playLedger(stage, tasks);
  await playDeletion(stage, tasks);
  await playHistory(stage, tasks);
  await playUndo(stage, tasks);
  await playPowerCut(stage);
}

/** Settles with the first signal, or when nobody reads the story any more. */
function interruption(): Promise<Signal> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, resolve);
    process.stdout.on('error', () => resolve('SIGHUP'));
  });
}

async function main(): Promise<number> {
  const story = new Story(
    (text) => process.stdout.write(text),
    process.stdout.isTTY === true && colorsWanted(process.env),
  );
  const world = new World();
  process.once('exit', () => world.endAtOnce());
  const server = new DemoServer(world);
  const stage = {
    story,
    world,
    server,
    alice: new Device('alice', world, server),
    bob: new Device('bob', world, server),
  };
  try {
    const interrupted = await Promise.race([play(stage).then(() => undefined), interruption()]);
    if (interrupted !== undefined) {
      story.line('\nInterrupted: stopping the server, removing its files.');
      return 128 + constants.signals[interrupted];
    }
    story.line(`\nAll ${story.claims} claims were checked and hold.`);
    return 0;
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    if (error instanceof ClaimFailed) story.failed(what);
    process.stderr.write(`\nThe demonstration failed: ${what}\n`);
    return 1;
  } finally {
    await world.end();
  }
}

process.exitCode = await main();
