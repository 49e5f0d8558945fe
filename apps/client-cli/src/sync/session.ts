/**
 * One command's use of the local database: opened, brought up to date with the server as far as the command wants,
 * closed. Conflicts that the server reports meanwhile are kept, since they decide the exit code.
 */
import { SyncClient, type ConflictNotice } from '@json-database-sync/client';
import type { Settings } from '../settings/settings.js';
import { resolveId } from '../task/id-lookup.js';
import type { SyncOutcome } from './outcome.js';
import { CliFailure } from '../cli-failure.js';
import { failureOutcome, refusalOf, unreachableReason } from './refusal.js';
import { EXIT } from '../exit-codes.js';

export class Session {
  readonly conflicts: ConflictNotice[] = [];
  private latest: Promise<SyncOutcome> | undefined;

  private constructor(
    readonly client: SyncClient,
    private readonly settings: Settings,
  ) {
    client.on('conflict', (conflict) => this.conflicts.push(conflict));
  }

  static async open(settings: Settings): Promise<Session> {
    return new Session(await openClient(settings), settings);
  }

  /** Everything sent and received, or why not, after the settings' wait at the latest. */
  sync(): Promise<SyncOutcome> {
    this.latest =
      this.settings.offline || this.settings.waitMs === 0 ? Promise.resolve({ state: 'offline' }) : this.reach();
    return this.latest;
  }

  /** The ids of what was typed. What is not here may be on the server: it is asked before giving up. */
  async resolve(typed: readonly string[]): Promise<string[]> {
    try {
      return typed.map((each) => this.find(each));
    } catch (error) {
      const missing = error instanceof CliFailure && error.exitCode === EXIT.notFound;
      if (!missing || this.latest !== undefined) throw error;
      await this.sync();
      return typed.map((each) => this.find(each));
    }
  }

  async close(): Promise<void> {
    await this.client.close();
  }

  private find(typed: string): string {
    const { documents } = this.client;
    return resolveId(
      typed,
      (id) => documents.get(id, { includeDeleted: true }) !== undefined,
      () => documents.list({ includeDeleted: true }).map((document) => document.id),
    );
  }

  private reach(): Promise<SyncOutcome> {
    const { client, settings } = this;
    return new Promise((resolve) => {
      let wasOnline = client.status().connection === 'online';
      let settled = false;
      const stop: (() => void)[] = [];
      // Looked at only while nothing is settled: afterwards the client may be closed.
      const finish = (outcome: () => SyncOutcome): void => {
        if (settled) return;
        settled = true;
        for (const each of stop) each();
        resolve(outcome());
      };
      const givenUp = (reason?: string): SyncOutcome => {
        const refusal = refusalOf(client.status().lastError);
        if (refusal) return refusal;
        return wasOnline
          ? { state: 'late' }
          : { state: 'unreachable', reason: unreachableReason(reason, settings.server) };
      };
      stop.push(
        client.on('connection', ({ state, reason }) => {
          if (state === 'online') wasOnline = true;
          // The error that belongs to it may be announced right after it.
          if (state === 'offline' && !wasOnline) setImmediate(() => finish(() => givenUp(reason)));
        }),
      );
      client.connect();
      client.synced({ timeoutMs: settings.waitMs }).then(
        () => finish(() => ({ state: 'synced' })),
        (error: unknown) => finish(() => failureOutcome(error) ?? givenUp()),
      );
    });
  }
}

/** Opened, but not connected: whoever opens it wants to hear of the first connection too. */
export function openClient(settings: Settings): Promise<SyncClient> {
  return SyncClient.open({
    database: settings.databasePath,
    url: settings.server,
    token: settings.token,
    ...(settings.userId === undefined ? {} : { userId: settings.userId }),
    autoConnect: false,
  });
}
