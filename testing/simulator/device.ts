/**
 * One client: the real SDK over a real SQLite database in memory, which outlives the process that is killed. It also
 * keeps its own books on what was written here, for the laws.
 */
import { createHash } from 'node:crypto';
import { SyncError, type JsonValue, type MutationId } from '@json-database-sync/domain';
import { SyncClient } from '../../libs/client-sdk/src/client/sync-client.js';
import type { Platform } from '../../libs/client-sdk/src/platform/platform.js';
import type { PendingMutation } from '../../libs/client-sdk/src/replica/pending.js';
import { SqliteStore } from '../../libs/client-sdk/src/store/sqlite-store.js';
import type { Transport } from '../../libs/client-sdk/src/transport/transport.js';
import type { Link, Weather } from './link.js';
import type { PlantedFault } from './planted-fault.js';
import type { Random } from './random.js';
import { EPOCH_MS, tokenOf } from './server-node.js';
import { Life, type VirtualTime } from './virtual-time.js';

interface Surroundings {
  readonly time: VirtualTime;
  readonly random: Random;
  readonly planted: PlantedFault | null;
  readonly dial: (device: Device, handlers: Parameters<Transport['connect']>[1]) => Link;
  readonly broken: (what: string) => void;
}

/** A change as it was made, and what the application saw when it made it. */
export interface Written extends PendingMutation {
  readonly seen: JsonValue | undefined;
}

export class Device {
  life: Life;
  client: SyncClient | null = null;
  link: Link | null = null;
  skewMs = 0;
  /** Everything that was written here and acknowledged to the application. */
  readonly written: Written[] = [];
  readonly errors: string[] = [];
  readonly weather: Weather & { spreadMs: number };
  readonly store: SqliteStore;
  private folds = 0;

  constructor(
    readonly name: string,
    readonly userId: string,
    private readonly surroundings: Surroundings,
  ) {
    const { time, random } = surroundings;
    this.life = new Life(time);
    this.weather = { spreadMs: 40, duplicates: 0, latencyMs: () => 1 + random.below(this.weather.spreadMs) };
    this.store = SqliteStore.open(':memory:', this.platform(this.life));
    this.watchOrder();
  }

  start(): void {
    if (this.client) return;
    this.life = new Life(this.surroundings.time);
    const life = this.life;
    // A process finds no stage of a former one: it was that one's own.
    this.store.snapshots.clear();
    const opened = SyncClient.open(
      { database: this.name, url: 'ws://server', token: tokenOf(this.userId), userId: this.userId },
      {
        platform: this.platform(life),
        transport: { connect: (_url, handlers) => (this.link = this.surroundings.dial(this, handlers)) },
        openStore: () => this.store,
      },
    );
    void opened.then((client) => {
      if (!life.alive) return;
      this.client = client;
      client.on('error', (error) => this.errors.push(`${error.code}: ${error.message}`));
    });
  }

  crash(): void {
    if (!this.client) return;
    this.life.end();
    this.link?.clientDied();
    this.link = null;
    this.client = null;
    if (this.surroundings.planted === 'amnesiac-outbox') {
      const newest = this.unsent().at(-1);
      if (newest) this.store.outbox.remove(newest.mutationId);
    }
  }

  /** Runs a write of the application and notes what it put into the outbox. */
  write(documentId: string, work: (client: SyncClient) => Promise<unknown>): void {
    const { client } = this;
    if (!client) return;
    const before = this.unsent().at(-1)?.position ?? 0;
    const seen = client.documents.get(documentId, { includeDeleted: true })?.content;
    work(client).catch((error: unknown) => this.refused(error));
    // A write is durable when the call returns.
    for (const made of this.unsent()) if (made.position > before) this.written.push({ ...made, seen });
  }

  /** An application may ask for what cannot be; it must be told so by an error of the catalogue. */
  refused(error: unknown): void {
    if (error instanceof SyncError) this.errors.push(`write: ${String(error)}`);
    else this.surroundings.broken(error instanceof Error ? (error.stack ?? error.message) : String(error));
  }

  broken(what: string): void {
    this.surroundings.broken(`${this.name}: ${what}`);
  }

  /** How many events have been; the same as before where nothing of the world has come in between. */
  get moment(): number {
    return this.surroundings.time.count;
  }

  dispose(): void {
    this.life.end();
    this.store.close();
  }

  private unsent(): PendingMutation[] {
    const { streamId } = this.store.identity();
    return this.store.outbox
      .documentIds(streamId)
      .flatMap((id) => this.store.outbox.ofDocument(id))
      .sort((a, b) => a.position - b.position);
  }

  private platform(life: Life): Platform {
    const { time, random } = this.surroundings;
    return {
      now: () => EPOCH_MS + Math.floor(time.now) + this.skewMs,
      monotonic: () => time.now,
      random: () => random.next(),
      randomBytes16: () => random.bytes16(),
      // What runs in the background looks for other processes on the same file. There are none.
      setTimer: (delayMs, run, options) => (options?.background ? () => undefined : life.after(delayMs, run)),
      sha256Hex: (text) => createHash('sha256').update(text, 'utf8').digest('hex'),
    };
  }

  /** Law 4, watched as it happens: events are folded in one after the other, or a snapshot takes their place. */
  private watchOrder(): void {
    const { store, surroundings } = this;
    let folded: number[] = [];
    let swapped = false;
    const transaction = store.transaction.bind(store);
    store.transaction = (work) => {
      folded = [];
      swapped = false;
      return transaction(work);
    };
    const add = store.events.add.bind(store.events);
    store.events.add = (streamId, events) => {
      folded.push(...events.map(({ sequence }) => sequence));
      add(streamId, events);
    };
    const swapIn = store.snapshots.swapIn.bind(store.snapshots);
    store.snapshots.swapIn = (streamId) => {
      swapped = true;
      swapIn(streamId);
    };
    const setPosition = store.setPosition.bind(store);
    store.setPosition = (streamId, cursor, at) => {
      const before = store.position(streamId).cursor;
      const inOrder = folded.every((sequence, index) => sequence === (before ?? 0) + index + 1);
      if (!swapped && (!inOrder || before === null || cursor !== before + folded.length)) {
        surroundings.broken(`law 4: ${this.name} went from ${before} to ${cursor} by ${folded.join(', ')}`);
      }
      const skips = surroundings.planted === 'skipped-event' && !swapped && ++this.folds % 5 === 0;
      setPosition(streamId, skips ? cursor + 1 : cursor, at);
    };
  }

  /** The mutations whose loss this client has in its own ledger. */
  ledger(): ReadonlySet<MutationId> {
    const all = this.store.conflicts.list({ includeDismissed: true, limit: 100_000 });
    return new Set(all.map(({ mutationId }) => mutationId));
  }
}
