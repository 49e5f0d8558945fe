/**
 * The door to writing: every change of every document goes through here, from either dialect.
 */
import { randomFillSync } from 'node:crypto';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { BeforeApplicationShutdown, Inject, Injectable, Logger } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import {
  SyncError,
  conflictIdSchema,
  newMutationId as madeMutationId,
  uuidV7,
  type DocumentCommand,
  type DocumentState,
  type MutationId,
  type StreamId,
} from '@json-database-sync/domain';
import { DataSource } from 'typeorm';
import { broughtBack, type ConflictKey } from '../conflicts/brought-back.js';
import { StreamStrategies } from '../conflicts/stream-strategies.js';
import { EventStore } from '../event-store/event-store.js';
import { TimeTravel } from '../event-store/time-travel.js';
import { Feed } from '../feed/feed.js';
import { ActivityLog } from '../monitoring/activity-log.js';
import { SETTINGS, type ServerSettings } from '../settings/settings.js';
import { sha256Hex } from '../sha256.js';
import { BatchCommit } from './batch-commit.js';
import { CommitConnections } from './commit-connections.js';
import { CommitLanes } from './commit-lanes.js';
import type { CommitInput } from './commit-rows.js';
import { commitCall, type CountedRow } from './commit-statement.js';
import { DocumentCache } from './document-cache.js';
import { FIRST_DEPTH, type Author, type CommitReply } from './submission.js';

/** The hint to a command that finds the line full: when to come back. */
const COME_BACK_AFTER_MS = 1_000;

@Injectable()
export class CommitPipeline implements BeforeApplicationShutdown {
  private readonly lanes: CommitLanes;
  private readonly connections: CommitConnections;
  private readonly maxWaiting: number;
  private stopping = false;

  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    store: EventStore,
    feed: Feed,
    activity: ActivityLog,
    strategies: StreamStrategies,
    timeTravel: TimeTravel,
    @Inject(SETTINGS) settings: ServerSettings,
  ) {
    this.connections = new CommitConnections(dataSource, Math.floor(settings.databasePoolSize / 2));
    this.maxWaiting = settings.waitingCommandsMax;
    const cache = new DocumentCache(settings.documentCacheCharacters);
    const environment = {
      store,
      cache,
      activity,
      logger: new Logger(CommitPipeline.name),
      sha256Hex,
      now: () => new Date().toISOString(),
      settlings: strategies.of.bind(strategies),
      formerVersion: (current: DocumentState, version: number) => formerVersion(timeTravel, current, version),
      broughtBack: (keys: readonly ConflictKey[]) => broughtBack(this.dataSource, keys),
      newConflictId: () => conflictIdSchema.parse(uuidV7(Date.now(), random)),
      write: (input: CommitInput) => this.write(input),
      publish: feed.publish.bind(feed),
      noticeHead: feed.noticeHead.bind(feed),
      stopping: () => this.stopping,
      pause: (delayMs: number) => setTimeout(delayMs),
    };
    this.lanes = new CommitLanes(
      () => new BatchCommit(environment),
      () => setImmediate(),
    );
  }

  /**
   * Decides and commits a command. Commands of one stream are decided in the order of these calls.
   * @returns what it came to, once committed
   * @throws SyncError the domain's rejection, `overloaded` or `server_error`
   */
  submit(command: DocumentCommand, author: Author): Promise<CommitReply> {
    const waiting = this.lanes.length;
    if (waiting >= this.maxWaiting || this.stopping) {
      const what = this.stopping ? 'the server is shutting down' : `${waiting} commands are waiting already`;
      return Promise.reject(new SyncError('overloaded', what, { details: { retry_after_ms: COME_BACK_AFTER_MS } }));
    }
    return new Promise((settle, fail) => {
      this.lanes.submit({ command, author, settle, fail, verified: false, depth: FIRST_DEPTH });
    });
  }

  /** Finishes what is in flight; the database closes after this. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    await this.lanes.drained();
  }

  private async write(input: CommitInput): Promise<Map<StreamId, number>> {
    const { statement, values } = commitCall(input);
    const rows = await this.connections.query<CountedRow>(statement, values);
    return new Map(rows.map(({ id, base }) => [id, Number(base)]));
  }
}

async function formerVersion(
  timeTravel: TimeTravel,
  current: DocumentState,
  version: number,
): Promise<DocumentState | undefined> {
  try {
    return await timeTravel.fromCurrent(current, version);
  } catch (error) {
    // The log does not reach it: `decide` says so to the author.
    if (error instanceof SyncError && error.code === 'history_too_long') return undefined;
    throw error;
  }
}

const random = () => randomFillSync(new Uint8Array(16));

/** For the classic dialect, whose messages carry no mutation id. */
export function newMutationId(): MutationId {
  return madeMutationId(Date.now(), random);
}
