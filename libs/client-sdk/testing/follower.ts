/**
 * A process that catches up with `streamOf` on a database: `follower.ts <file> [<moment> <n>]`. At the nth such moment it kills
 * itself, as `kill -9` would: `added` (the events of a frame are written, the rest of the transaction is not), `moved` (all of it
 * is written, and not committed) or `committed`. It says `added <n>` each time, at once.
 */
import { writeSync } from 'node:fs';
import { SyncClient } from '../src/client/sync-client.js';
import { SqliteStore } from '../src/store/sqlite-store.js';
import { FakePlatform } from './fake-platform.js';
import { streamOf } from './missed-changes.js';
import { passUntil } from './pass-until.js';

async function main([file = '', moment = '', n = '0']: string[]): Promise<void> {
  const platform = new FakePlatform();
  const store = SqliteStore.open(file, platform);
  const times = new Map<string, number>();
  const reach = (what: string): void => {
    const time = (times.get(what) ?? 0) + 1;
    times.set(what, time);
    if (what === 'added') writeSync(1, `added ${time}\n`);
    if (what === moment && time === Number(n)) process.kill(process.pid, 'SIGKILL');
  };
  const [add, setPosition] = [store.events.add.bind(store.events), store.setPosition.bind(store)];
  const transaction = store.transaction.bind(store);
  let folding = false;
  store.events.add = (streamId, events) => {
    add(streamId, events);
    folding = true;
    reach('added');
  };
  store.setPosition = (streamId, cursor, at) => {
    setPosition(streamId, cursor, at);
    if (folding) reach('moved');
  };
  store.transaction = (work) => {
    folding = false;
    const result = transaction(work);
    if (folding) reach('committed');
    folding = false;
    return result;
  };
  const client = await SyncClient.open(
    { database: file, url: 'ws://server.test/' },
    { platform, transport: streamOf(platform, true), openStore: () => store },
  );
  await passUntil(platform, 'all that was missed', () => client.status().caughtUp);
  await client.close();
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
