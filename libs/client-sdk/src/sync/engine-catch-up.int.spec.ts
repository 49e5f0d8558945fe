/** The whole client in virtual time: many changes that were missed, which come in pages, one asked for ahead of the other. */
import { SyncError, type StreamingDown } from '@json-database-sync/domain';
import { ClientWorld } from '../../testing/client-world.js';
import { SyncClient } from '../client/sync-client.js';
import { SqliteStore } from '../store/sqlite-store.js';

const DOCUMENT = '0190d000-0000-7000-8000-000000000001';
const MISSED = 2_500;

let world: ClientWorld;
let store: SqliteStore;
let client: SyncClient;

/** A client that knows of the creation and has missed all that came after it. */
beforeEach(async () => {
  world = new ClientWorld();
  world.foreign({ kind: 'create', document_id: DOCUMENT, title: 'd', content: { n: 0 } });
  store = SqliteStore.open(':memory:', world.platform);
  client = await SyncClient.open(
    { database: ':memory:', url: 'ws://server.test/ws', token: 'secret' },
    { platform: world.platform, transport: world.server, openStore: () => store },
  );
  await world.pass();
  client.disconnect();
  for (let n = 1; n <= MISSED; n++) world.update(DOCUMENT, n, '/n', n);
});
afterEach(async () => {
  await client.close();
  await world.close();
});

/** What happens from now on, in order: pages that are asked for, and pages that are folded in. */
function watch(fold: (page: number) => void = () => undefined): string[] {
  const seen: string[] = [];
  const connect = world.server.connect.bind(world.server);
  world.server.connect = (url, handlers) => {
    const connection = connect(url, handlers);
    const send = (text: string): void => {
      const [, after] = /"get_changes_since".*"last_sequence":(\d+)/.exec(text) ?? [];
      if (after !== undefined) seen.push(`ask ${after}`);
      connection.send(text);
    };
    return { ...connection, send };
  };
  const add = store.events.add.bind(store.events);
  let pages = 0;
  store.events.add = (streamId, events) => {
    fold(++pages);
    seen.push(`fold ${events.at(-1)?.sequence}`);
    add(streamId, events);
  };
  return seen;
}

test('the next page is asked for before one is folded in', async () => {
  const seen = watch();
  client.connect();
  await world.pass();
  world.expectConverged(client);
  // Each page begins with the event at the cursor, to see that it is the one that is known here.
  expect(seen).toEqual(['ask 0', 'ask 999', 'fold 1000', 'ask 1998', 'fold 1999', 'fold 2501']);
});

test('one that cannot be folded in is asked for again, with the one that was asked for ahead', async () => {
  const seen = watch((page) => {
    if (page === 2) throw new SyncError('storage_failed');
  });
  client.connect();
  await world.pass(60_000);
  world.expectConverged(client);
  expect(seen.filter((what) => what.startsWith('fold'))).toEqual(['fold 1000', 'fold 1999', 'fold 2501']);
});

test('a page with a hole is noticed, and what is missing comes', async () => {
  let frames = 0;
  world.server.hooks.down = (frame): StreamingDown[] => {
    if (frame.type !== 'changes' || frame.events.length < 500 || ++frames > 2) return [frame];
    return [{ ...frame, events: frame.events.filter((_, index) => index !== 400) }];
  };
  client.connect();
  await world.pass(60_000);
  world.expectConverged(client);
  expect(frames).toBeGreaterThan(2);
});

test('a server that announces more than it gives is left, however many pages are asked for ahead', async () => {
  let asked = 0;
  world.server.hooks.up = (frame) => void (frame.type === 'get_changes_since' && asked++);
  world.server.hooks.down = (frame): StreamingDown[] =>
    frame.type === 'changes'
      ? [{ ...frame, events: frame.events.filter(({ sequence }) => sequence !== 1_500) }]
      : [frame];
  client.connect();
  await world.pass(1_000);
  expect(client.status()).toMatchObject({ cursor: 1_499, caughtUp: false });
  expect(asked).toBeLessThan(30);
  world.server.hooks = {};
  await world.pass(120_000);
  world.expectConverged(client);
});
