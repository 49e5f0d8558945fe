/**
 * The client: a local database that the application reads and writes at once, kept in step with a server whenever
 * there is one to reach. Opening does not wait for the network, and nothing here ever does except `synced`.
 */
import { SyncError, uuidV7, type ClientId, type ConflictDetail, type WireConflict } from '@json-database-sync/domain';
import { nodePlatform } from '../platform/node-platform.js';
import type { CancelTimer, Platform } from '../platform/platform.js';
import type { LocalStore } from '../store/local-store.js';
import { SqliteStore } from '../store/sqlite-store.js';
import { SyncEngine } from '../sync/engine.js';
import type { EngineListener } from '../sync/engine-events.js';
import type { Transport } from '../transport/transport.js';
import { wsTransport } from '../transport/ws-transport.js';
import { ChangeFeed } from './change-feed.js';
import { checkedBackoff, checkedClientId, checkedUrl, checkedUserId } from './check-options.js';
import { checkedCount, checkedId } from './check-input.js';
import { ConflictLedger } from './conflict-ledger.js';
import { Documents } from './documents.js';
import { Emitter } from './emitter.js';
import { History } from './history.js';
import { StreamPast } from './stream-past.js';
import { TimeTravel } from './time-travel.js';
import type {
  ClientNotices,
  ConflictListOptions,
  ConflictRecord,
  Document,
  SyncClientOptions,
  SyncStatus,
  VerifyReport,
} from './types.js';

/** How the world is reached, and where what is known is kept; a simulator hands in its own. */
export interface SyncClientEnvironment {
  readonly platform: Platform;
  readonly transport: Transport;
  readonly openStore: (database: string, platform: Platform, clientId?: ClientId) => ClientStore;
}

/** A local store that can say where it lies. */
export type ClientStore = LocalStore & { readonly path: string };

const NODE: SyncClientEnvironment = {
  platform: nodePlatform,
  transport: wsTransport,
  openStore: (database, platform, clientId) => SqliteStore.open(database, platform, clientId),
};
/** How soon writes of another process on the same file are noticed. */
const POLL_MS = 200;
/** Between two parts of what the full-text index has to make up for: the application comes first. */
const TIDY_PAUSE_MS = 20;
const SYNCED_TIMEOUT_MS = 30_000;
const SDK = 'json-database-sync-client/0.1.0';

export class SyncClient {
  readonly documents: Documents;
  private readonly platform: Platform;
  private readonly url: string | null;
  private readonly emitter: Emitter<ClientNotices>;
  private readonly engine: SyncEngine;
  private readonly ledger: ConflictLedger;
  private readonly feed: ChangeFeed;
  /** This process's mark on the outbox rows that it writes. */
  private readonly owner: string;
  private closed = false;
  private lastError: SyncError | null = null;
  private cancelPoll: CancelTimer | null = null;
  /** The newest change when it was last looked for changes of other processes. */
  private counterAtPoll = 0;
  private cancelAutoConnect: CancelTimer | null = null;

  /**
   * Opens the database, or makes it. Connects by itself a moment later, so that listeners can be put on first.
   * @throws SyncError `storage_incompatible`, `storage_failed`, `invalid_argument`
   */
  static async open(options: SyncClientOptions, replaced: Partial<SyncClientEnvironment> = {}): Promise<SyncClient> {
    const environment = { ...NODE, ...replaced };
    const url = checkedUrl(options.url);
    const backoff = checkedBackoff(options.backoff);
    const userId = options.userId === undefined ? null : checkedUserId(options.userId);
    const clientId = options.clientId === undefined ? undefined : checkedClientId(options.clientId);
    const store = environment.openStore(options.database, environment.platform, clientId);
    try {
      return new SyncClient(store, environment, options, { url, backoff, userId });
    } catch (error) {
      store.close();
      throw error;
    }
  }

  private constructor(
    private readonly store: ClientStore,
    { platform, transport }: SyncClientEnvironment,
    private readonly options: SyncClientOptions,
    checked: Pick<ConstructorParameters<typeof SyncEngine>[0], 'url' | 'backoff' | 'userId'>,
  ) {
    this.platform = platform;
    this.url = checked.url;
    this.emitter = new Emitter<ClientNotices>((name, error) => {
      this.log({ level: 'error', message: `a listener of "${name}" threw`, fields: { error: String(error) } });
    });
    this.feed = new ChangeFeed(
      store,
      (notice) => this.emitter.emit('change', notice),
      (error) => this.report(error),
      () => this.emitter.hasListener('change'),
    );
    const owner = (this.owner = uuidV7(platform.now(), () => platform.randomBytes16()));
    const token = options.token ?? '';
    this.engine = new SyncEngine({
      ...checked,
      store,
      transport,
      platform,
      token,
      owner,
      sdk: SDK,
      listener: this.listener(),
    });
    this.documents = new Documents({
      store,
      platform,
      owner,
      history: new History(store, this.engine),
      timeTravel: new TimeTravel({ store, engine: this.engine }),
      streamPast: new StreamPast({ store, engine: this.engine }),
      assertOpen: () => this.assertOpen(),
      written: () => {
        this.engine.outboxChanged();
        this.feed.announce();
      },
      onChange: (listener) => this.on('change', listener),
      failed: (error) => this.report(error),
    });
    this.ledger = new ConflictLedger(store, platform, this.engine, this.documents);
    this.poll();
    if (checked.url !== null && options.autoConnect !== false) {
      this.cancelAutoConnect = platform.setTimer(0, () => this.engine.connect());
    }
  }

  /** @returns a function that takes the listener off again */
  on<K extends keyof ClientNotices>(name: K, listener: (notice: ClientNotices[K]) => void): () => void {
    if (name === 'change' && !this.closed) this.feed.prepare();
    return this.emitter.on(name, listener);
  }

  status(): SyncStatus {
    this.assertOpen();
    const { store, engine, lastError } = this;
    const { clientId, userId, streamId } = store.identity();
    const position = store.position(streamId);
    const { verifiedSequence, verifiedAt, repairedDocuments, repairedAt } = store.checks.of(streamId);
    return {
      connection: engine.connection,
      url: this.url,
      userId,
      clientId,
      pending: store.outbox.size(),
      cursor: position.cursor ?? 0,
      serverSequence: engine.serverSequence,
      caughtUp: engine.isCaughtUp,
      lastSyncAt: engine.lastSyncAt ?? position.lastSyncAt,
      verifiedSequence,
      verifiedAt,
      repairedDocuments,
      repairedAt,
      documents: store.documents.count(false),
      conflicts: store.conflicts.count(),
      lastError: lastError && { code: lastError.code, message: lastError.message, remedy: lastError.remedy },
      databasePath: store.path,
    };
  }

  /** Goes online, and stays so through every loss of the connection, until `disconnect`. */
  connect(): void {
    this.assertOpen();
    this.cancelAutoConnect?.();
    this.engine.connect();
  }

  /** Stays offline on purpose. */
  disconnect(): void {
    this.assertOpen();
    this.cancelAutoConnect?.();
    this.engine.disconnect();
  }

  /**
   * Settles when everything written here is confirmed and everything that the server has is here.
   * @throws SyncError `timed_out` (default 30 s), `client_closed`, or why the server turned this client away
   */
  async synced(options: { readonly timeoutMs?: number } = {}): Promise<void> {
    this.assertOpen();
    await this.engine.synced(checkedCount(options.timeoutMs, 'timeoutMs', SYNCED_TIMEOUT_MS));
  }

  /**
   * Holds what is confirmed here against what the server has, and puts right what differs; what is pending stays as it is.
   * The client does so by itself after catching up and now and then; this tells what it came to.
   * @param options.deep counts everything here anew first, contents included: also what was damaged in the file is found
   * @throws SyncError `connection_lost`, `timed_out` (default 30 s), `invalid_message` where the server is too old for it,
   * `version_mismatch` where it could not be put right
   */
  async verify(options: { readonly deep?: boolean; readonly timeoutMs?: number } = {}): Promise<VerifyReport> {
    this.assertOpen();
    const timeoutMs = checkedCount(options.timeoutMs, 'timeoutMs', SYNCED_TIMEOUT_MS);
    return this.engine.verify(options.deep ?? false, timeoutMs);
  }

  /** Changes of ours that lost, whole, newest first; without the dismissed ones unless they are asked for. */
  conflicts(options: ConflictListOptions = {}): ConflictRecord[] {
    this.assertOpen();
    return this.store.conflicts.list({
      includeDismissed: options.includeDismissed ?? false,
      limit: checkedCount(options.limit, 'limit', 100),
      ...(options.documentId !== undefined && { documentId: checkedId(options.documentId) }),
    });
  }

  /** The loss has been dealt with. It stays in the ledger, out of sight; the server is told when it can be. */
  dismissConflict(id: string): void {
    this.assertOpen();
    this.ledger.dismiss(id);
    this.feed.announce();
  }

  /**
   * Brings back what a change lost: the lost places become what the change had wanted there, as a new change. A loss of
   * this client's own is brought back online or not; another's is asked of the server. When the server has confirmed it,
   * the loss is out of sight; one that loses in turn is a new loss.
   * @param id of a loss that `conflicts` or `fetchConflicts` tells
   * @throws SyncError `document_not_found`, `document_deleted`, `version_mismatch` where it has been brought back before,
   * is being brought back, or has no place in the document any more; `connection_lost` where the server would have to
   * be asked
   */
  async applyConflict(id: string): Promise<Document> {
    this.assertOpen();
    return this.ledger.apply(id);
  }

  /**
   * The losses of the whole stream, by whichever client, newest first, as the server has them.
   * @throws SyncError `connection_lost`
   */
  async fetchConflicts(): Promise<WireConflict[]> {
    this.assertOpen();
    return this.ledger.fetchAll();
  }

  /**
   * One of them with both sides, and what bringing it back would give.
   * @throws SyncError `connection_lost`, `document_not_found`
   */
  async fetchConflict(id: string): Promise<ConflictDetail> {
    this.assertOpen();
    return this.ledger.fetch(id);
  }

  /** Ends the connection and closes the database. Everything written is durable already. Calling it again is harmless. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.cancelAutoConnect?.();
    this.cancelPoll?.();
    this.engine.close();
    this.closed = true;
    this.emitter.clear();
    this.releaseOutbox();
    this.store.close();
  }

  /** What is still to be sent is left to whoever opens the database next, without the wait for a live owner. */
  private releaseOutbox(): void {
    try {
      this.store.outbox.release(this.owner);
    } catch (error) {
      // Closing goes on: the changes are durable, and will be sent a little later.
      this.log({ level: 'warn', message: 'the outbox could not be released', fields: { error: String(error) } });
    }
  }

  private assertOpen(): void {
    if (this.closed) throw new SyncError('client_closed');
  }

  private poll(delayMs = POLL_MS): void {
    this.cancelPoll = this.platform.setTimer(
      delayMs,
      () => {
        let more = false;
        try {
          if (this.store.changedElsewhere()) {
            this.feed.announce();
            this.engine.storeChangedElsewhere();
          }
          more = this.tidy();
        } catch (error) {
          this.report(error);
        }
        if (!this.closed) this.poll(more ? TIDY_PAUSE_MS : POLL_MS);
      },
      { background: true },
    );
  }

  /** While documents change all the time, the full-text index waits: until they do not, or somebody searches. */
  private tidy(): boolean {
    const counter = this.store.lastChange();
    const quiet = counter === this.counterAtPoll;
    this.counterAtPoll = counter;
    return quiet && this.store.documents.prepareSearch();
  }

  private listener(): EngineListener {
    return {
      committed: () => this.feed.announce(),
      connection: (notice) => this.emitter.emit('connection', notice),
      sync: (progress) => this.emitter.emit('sync', progress),
      conflict: (conflict) =>
        this.emitter.emit('conflict', {
          conflictId: conflict.id,
          documentId: conflict.documentId,
          reason: conflict.reason,
          dropped: conflict.dropped,
          ...(conflict.droppedTitle !== null && { droppedTitle: conflict.droppedTitle }),
        }),
      verified: (notice) => this.emitter.emit('verified', notice),
      repaired: (notice) => this.emitter.emit('repair', notice),
      error: (error) => this.report(error),
      log: (entry) => this.log(entry),
    };
  }

  private report(error: unknown): void {
    if (this.closed) return;
    const known = error instanceof SyncError ? error : new SyncError('storage_failed', undefined, { cause: error });
    this.lastError = known;
    this.log({ level: 'warn', message: known.message, fields: { code: known.code } });
    this.emitter.emit('error', known);
  }

  private log(entry: Parameters<NonNullable<SyncClientOptions['log']>>[0]): void {
    try {
      this.options.log?.(entry);
    } catch {
      // The application's log is the last place to report to: there is nowhere left to say that it failed.
    }
  }
}
