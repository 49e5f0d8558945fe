/**
 * Packs old events while the server runs: a walk over the log at intervals, each in small steps that leave most of
 * PostgreSQL to others. Several servers on one database take turns by themselves: only one packs at a time.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { BeforeApplicationShutdown, Inject, Injectable, Logger, OnApplicationBootstrap } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { SETTINGS, type ServerSettings } from '../settings/settings.js';
import { packOldEvents } from './packer.js';

/** A server that has just started has better things to do. */
const FIRST_WALK_MS = 60_000;
const BETWEEN_WALKS_MS = 15 * 60_000;
const HOUR_MS = 3_600_000;

@Injectable()
export class HistoryPacking implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(HistoryPacking.name);
  private readonly stop = new AbortController();
  private running: Promise<void> | undefined;

  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    @Inject(SETTINGS) private readonly settings: ServerSettings,
  ) {}

  onApplicationBootstrap(): void {
    this.running = this.run();
  }

  /** The step that is under way is finished first: the database closes after this. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stop.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    let pauseMs = FIRST_WALK_MS;
    for (;;) {
      await delay(pauseMs, undefined, { signal: this.stop.signal, ref: false }).catch(() => undefined);
      if (this.stop.signal.aborted) return;
      await this.walk();
      pauseMs = BETWEEN_WALKS_MS;
    }
  }

  private async walk(): Promise<void> {
    try {
      const { events } = await packOldEvents(this.dataSource, {
        before: new Date(Date.now() - this.settings.historyPackAfterHours * HOUR_MS),
        stopped: () => this.stop.signal.aborted,
        onFailure: ({ streamId, documentId }, error) => {
          this.logger.warn(`document ${documentId} of stream ${streamId} could not be packed: ${messageOf(error)}`);
        },
      });
      if (events > 0) this.logger.log(`packed ${events} old events`);
    } catch (error) {
      // The database may be away for a while; nothing is lost, and the next walk begins anew.
      this.logger.warn(`packing old events has failed: ${messageOf(error)}`);
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
