/**
 * Law 1: a local write that returned survives a crash of its process, and what the server has acknowledged is in the end
 * everywhere. Any writes, killed after any of them, and the connection cut before or after any answer.
 *
 * What a killed process leaves behind is its files as they are at that moment: the database and its write-ahead log,
 * copied while the client that wrote them is still open.
 */
import { copyFile, mkdtemp } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canonicalJson, type JsonValue } from '@json-database-sync/domain';
import fc from 'fast-check';
import { TEST_FOLDER_PREFIX, removeTestFolder } from '../../../../testing/test-folders.js';
import { FakePlatform } from '../../testing/fake-platform.js';
import { FakeServer } from '../../testing/fake-server.js';
import { SyncClient } from './sync-client.js';

let folder: string;
let files = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), TEST_FOLDER_PREFIX));
});
afterAll(() => removeTestFolder(folder));

const step = fc.record({
  kind: fc.constantFrom('create', 'update', 'update', 'update', 'delete', 'restore', 'undo'),
  which: fc.nat({ max: 3 }),
  /** What happens right after it: the process dies, or virtual time passes, online or not. */
  then: fc.constantFrom('nothing', 'nothing', 'crash', 'online', 'offline', 'cut the answer', 'time'),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

class World {
  readonly platform = new FakePlatform(11);
  readonly server = new FakeServer(this.platform);
  private readonly opened: SyncClient[] = [];
  private database = '';
  private client: SyncClient | undefined;
  readonly ids: string[] = [];
  crashes = 0;

  get device(): SyncClient {
    if (!this.client) throw new Error('the client is not open');
    return this.client;
  }

  async open(database = join(folder, `device-${++files}.sqlite3`)): Promise<void> {
    this.database = database;
    this.client = await SyncClient.open(
      { database, url: 'ws://server.test/ws', token: 'secret' },
      { platform: this.platform, transport: this.server },
    );
    this.opened.push(this.client);
  }

  /** The next process finds what this one had on disk; this one is heard of no more. */
  async crash(): Promise<void> {
    const next = join(folder, `device-${++files}.sqlite3`);
    for (const suffix of ['', '-wal']) {
      if (existsSync(this.database + suffix)) await copyFile(this.database + suffix, next + suffix);
    }
    this.device.disconnect();
    this.crashes++;
    await this.open(next);
  }

  async close(): Promise<void> {
    for (const client of this.opened) await client.close();
  }

  /** @returns false where it could not be done: then nothing of it has been promised */
  async write({ kind, which }: Step, value: number): Promise<boolean> {
    const { documents } = this.device;
    const id = this.ids[which % Math.max(1, this.ids.length)];
    if (kind === 'create' || id === undefined) {
      const made = await documents.create({ title: `t${value}`, content: { value, list: [] } });
      this.ids.push(made.id);
      return true;
    }
    const work = {
      update: () => documents.update(id, { merge: { value, [`k${value}`]: value } }),
      delete: () => documents.delete(id),
      restore: () => documents.restore(id),
      undo: () => documents.undo(id),
    }[kind];
    return work().then(
      () => true,
      (error: unknown) => {
        expect(error).toMatchObject({ name: 'SyncError' });
        return false;
      },
    );
  }

  seen(): Map<string, string> {
    const all = this.ids.flatMap((id) => this.device.documents.get(id, { includeDeleted: true }) ?? []);
    return new Map(all.map((document) => [document.id, outline(document)]));
  }
}

const outline = (document: { title: string; content: unknown; deletedAt: string | null }): string =>
  canonicalJson([document.title, document.content as JsonValue, document.deletedAt !== null]);

test('whatever was written is there after a crash, and reaches the server once', async () => {
  let crashes = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
      const world = new World();
      const { platform, server } = world;
      await world.open();
      try {
        for (const [index, each] of steps.entries()) {
          const before = world.seen();
          const written = await world.write(each, index);
          const after = world.seen();
          if (!written) expect(after).toEqual(before);
          if (each.then === 'crash') {
            await world.crash();
            expect(world.seen()).toEqual(after);
          }
          server.hooks.answer =
            each.then === 'cut the answer' ? (frame) => (frame.type === 'mutate' ? [] : undefined) : () => undefined;
          if (each.then === 'offline') world.device.disconnect();
          if (each.then === 'online' || each.then === 'cut the answer') world.device.connect();
          if (each.then !== 'nothing') await platform.advance(3_000);
          // This client is alone: nothing that it wrote may look otherwise because the server has heard of it.
          expect(world.seen()).toEqual(after);
        }
        const written = world.seen();
        server.hooks.answer = () => undefined;
        world.device.disconnect();
        world.device.connect();
        await platform.advance(60_000);
        expect(world.device.status()).toMatchObject({ pending: 0, caughtUp: true });
        expect(world.seen()).toEqual(written);
        const served = world.ids.flatMap((id) => server.documents.get(id) ?? []);
        expect(new Map(served.map((document) => [document.id, outline(document)]))).toEqual(written);
        const ids = server.events.map(({ mutationId }) => mutationId);
        expect(new Set(ids).size).toBe(ids.length);
        crashes += world.crashes;
      } finally {
        await world.close();
      }
    }),
    { numRuns: 150 },
  );
  expect(crashes).toBeGreaterThan(50);
});
