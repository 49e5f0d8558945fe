/**
 * One node of the server: the real gateway, dialect, feed and commit lanes, over the shared tables. A node can be killed at
 * any moment: what it had in memory is gone, and what it was waiting for never comes.
 */
import { Logger } from '@nestjs/common';
import {
  AssertionFailure,
  SyncError,
  conflictIdSchema,
  sessionIdSchema,
  userIdSchema,
  uuidV7,
  type DocumentCommand,
  type StreamId,
  type UserId,
} from '@json-database-sync/domain';
import type { WebSocket } from 'ws';
import { Accounts, type Identity, type IssuedToken } from '../../apps/server/src/accounts/accounts.js';
import { FailedLogIns } from '../../apps/server/src/accounts/failed-log-ins.js';
import { SnapshotReader } from '../../apps/server/src/event-store/snapshot.js';
import { Feed } from '../../apps/server/src/feed/feed.js';
import { Authenticator } from '../../apps/server/src/gateway/authenticator.js';
import { Connection } from '../../apps/server/src/gateway/connection.js';
import { GatewayServices } from '../../apps/server/src/gateway/services.js';
import { SilentActivityLog } from '../../apps/server/src/monitoring/silent-activity-log.js';
import { BatchCommit } from '../../apps/server/src/pipeline/batch-commit.js';
import { CommitLanes } from '../../apps/server/src/pipeline/commit-lanes.js';
import { DocumentCache } from '../../apps/server/src/pipeline/document-cache.js';
import type { LaneEnvironment } from '../../apps/server/src/pipeline/lane-environment.js';
import type { Author, CommitReply } from '../../apps/server/src/pipeline/submission.js';
import { sha256Hex } from '../../apps/server/src/sha256.js';
import type { Link } from './link.js';
import { DatabaseFailure, type MemoryDatabase } from './memory-database.js';
import { MemoryDigestReader } from './memory-digest-reader.js';
import { MemoryEventStore } from './memory-event-store.js';
import { MemoryLedger } from './memory-ledger.js';
import type { Random } from './random.js';
import { settlingOf } from './settling.js';
import { Life, type VirtualTime } from './virtual-time.js';

export const EPOCH_MS = 1_800_000_000_000;

export function tokenOf(userId: string): string {
  return `token of ${userId}`;
}

/** What goes wrong between the nodes and the database, while it does. */
export interface DatabaseWeather {
  /** Until then nothing reaches the database. */
  awayUntil: number;
  /** Commits whose answer is lost, from now on. */
  lostAnswers: number;
}

interface Surroundings {
  readonly time: VirtualTime;
  readonly random: Random;
  readonly database: MemoryDatabase;
  readonly weather: DatabaseWeather;
  readonly cacheCharacters: number;
  /** Something that no fault can excuse. */
  readonly broken: (what: string) => void;
}

/** So that undos often have to look deeper. */
const SHALLOW = 2;

export class ServerNode {
  life: Life;
  skewMs = 0;
  private links: Link[] = [];
  private authenticator: Authenticator;
  private readonly activity = new SilentActivityLog();
  private readonly logger: Logger;

  constructor(private readonly surroundings: Surroundings) {
    this.logger = new NodeLogger(surroundings.broken);
    this.life = new Life(surroundings.time);
    this.authenticator = this.boot();
  }

  get isUp(): boolean {
    return this.life.alive;
  }

  crash(): void {
    this.life.end();
    for (const link of this.links) link.nodeDied();
    this.links = [];
  }

  restart(): void {
    if (this.isUp) return;
    this.life = new Life(this.surroundings.time);
    this.authenticator = this.boot();
  }

  /** As the gateway does with a new socket. */
  accept(link: Link): void {
    this.links = [...this.links.filter(({ isOver }) => !isOver), link];
    const { socket } = link;
    const connection = new Connection(
      sessionIdSchema.parse(this.newUuid()),
      'a client',
      socket as unknown as WebSocket,
      null,
      this.authenticator.firstDialect,
      this.activity,
      this.logger,
      (delayMs, run) => this.life.after(delayMs, run),
    );
    socket.on('message', (data: Buffer, binary: boolean) => connection.receive({ data, binary }));
    socket.on('close', (code: number) => connection.ended(code));
  }

  private boot(): Authenticator {
    const { database, cacheCharacters } = this.surroundings;
    const store = new MemoryEventStore(database, this.roundTrip(this.life));
    const feed = new NodeFeed(this.activity, this.life);
    const environment: LaneEnvironment = {
      store,
      cache: new DocumentCache(cacheCharacters),
      activity: this.activity,
      logger: this.logger,
      sha256Hex,
      now: () => new Date(this.wallClock()).toISOString(),
      settlings: (ids) => Promise.resolve(new Map([...ids].map((id) => [id, settlingOf(database.strategyOf(id))]))),
      // The events do as well, as long as there are not too many.
      formerVersion: () => Promise.resolve(undefined),
      broughtBack: (keys) => this.roundTrip(this.life)(() => database.broughtBack(keys)),
      newConflictId: () => conflictIdSchema.parse(this.newUuid()),
      write: this.writer(this.life),
      publish: feed.publish.bind(feed),
      noticeHead: feed.noticeHead.bind(feed),
      stopping: () => false,
      pause: (delayMs) => this.life.sleep(delayMs),
    };
    const accounts = new NodeAccounts(this.life);
    return new Authenticator(
      new NodeServices(
        accounts,
        store,
        new SnapshotReader(store),
        new MemoryDigestReader(database, this.roundTrip(this.life)),
        feed,
        new MemoryLedger(database, store, this.roundTrip(this.life)),
        new CommitLanes(
          () => new BatchCommit(environment),
          () => this.life.sleep(0),
        ),
      ),
      new FailedLogIns(),
    );
  }

  private wallClock(): number {
    return EPOCH_MS + Math.floor(this.surroundings.time.now) + this.skewMs;
  }

  private newUuid(): string {
    return uuidV7(this.wallClock(), () => this.surroundings.random.bytes16());
  }

  private roundTrip(life: Life) {
    return async <T>(work: () => T): Promise<T> => {
      await life.sleep(this.hop());
      this.reach();
      const result = work();
      await life.sleep(this.hop());
      return result;
    };
  }

  private writer(life: Life): LaneEnvironment['write'] {
    const { database, weather } = this.surroundings;
    return async (input) => {
      await life.sleep(this.hop());
      this.reach();
      const bases = database.commit(input);
      await life.sleep(this.hop());
      if (weather.lostAnswers > 0) {
        weather.lostAnswers--;
        throw new DatabaseFailure('57P01', 'terminating connection');
      }
      return bases as Map<StreamId, number>;
    };
  }

  private hop(): number {
    return this.surroundings.random.below(4);
  }

  private reach(): void {
    if (this.surroundings.time.now < this.surroundings.weather.awayUntil) {
      throw new DatabaseFailure('57P03', 'the database system is starting up');
    }
  }
}

class NodeFeed extends Feed {
  constructor(
    activity: SilentActivityLog,
    private readonly life: Life,
  ) {
    super(activity);
  }

  protected override later(work: () => void): void {
    this.life.after(0, work);
  }
}

class NodeServices extends GatewayServices {
  constructor(
    accounts: Accounts,
    store: MemoryEventStore,
    snapshots: SnapshotReader,
    digests: MemoryDigestReader,
    feed: Feed,
    ledger: MemoryLedger,
    private readonly lanes: CommitLanes,
  ) {
    // Commands go to the lanes directly: the bus of Nest only carries them there.
    // The others are asked by requests that no device of a simulation makes.
    const nobody = undefined as never;
    super(accounts, store, snapshots, digests, nobody, nobody, feed, ledger, nobody, nobody);
  }

  override execute(command: DocumentCommand, author: Author): Promise<CommitReply> {
    return new Promise((settle, fail) =>
      this.lanes.submit({ command, author, settle, fail, verified: false, depth: SHALLOW }),
    );
  }
}

class NodeAccounts extends Accounts {
  constructor(private readonly life: Life) {
    super();
  }

  override async authenticate(claim: { readonly token: string; readonly userId?: UserId }): Promise<Identity> {
    await this.life.sleep(1);
    const userId = userIdSchema.safeParse(claim.userId);
    if (!userId.success || claim.token !== tokenOf(userId.data)) throw new SyncError('invalid_auth');
    return { userId: userId.data };
  }

  override register(): Promise<IssuedToken> {
    return Promise.reject(new SyncError('forbidden'));
  }

  override logIn(): Promise<IssuedToken> {
    return Promise.reject(new SyncError('forbidden'));
  }
}

/** Says nothing, and hears what must never be said. */
class NodeLogger extends Logger {
  constructor(private readonly broken: (what: string) => void) {
    super();
  }

  override log(): void {}
  override warn(): void {}

  override error(what: unknown): void {
    const cause = typeof what === 'object' && what !== null && 'err' in what ? what.err : what;
    const ours = [AssertionFailure, TypeError, RangeError, ReferenceError].some((bug) => cause instanceof bug);
    const refused = typeof what === 'string' && what.startsWith('the database refused');
    if (ours || refused) this.broken(cause instanceof Error ? (cause.stack ?? cause.message) : String(cause));
  }
}
