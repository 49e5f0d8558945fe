/**
 * One command's use of the local database: opened, brought up to date with the server as far as the command wants,
 * closed. Conflicts that the server reports meanwhile are kept, since they decide the exit code.
 */
import { SyncClient, type ConflictNotice, type VerifyReport } from '@json-database-sync/client';
import type { Settings } from '../settings/settings.js';
import { resolveId } from '../task/id-lookup.js';
import type { SyncOutcome } from './outcome.js';
import { CliFailure } from '../cli-failure.js';
import { failureOutcome, refusalOf, unreachableReason } from './refusal.js';
import { EXIT } from '../exit-codes.js';

/** Half of the time for getting the latest state, the rest for sending what was made of it. */
export const BEFORE_WRITING = 0.5;

export class Session {
  private readonly conflicts: ConflictNotice[] = [];
  private readonly openedAt = new Date().toISOString();
  private latest: SyncOutcome | undefined;
  private readonly deadline: number;

  private constructor(
    readonly client: SyncClient,
    private readonly settings: Settings,
  ) {
    this.deadline = performance.now() + settings.waitMs;
    client.on('conflict', (conflict) => this.conflicts.push(conflict));
  }

  static async open(settings: Settings): Promise<Session> {
    return new Session(await openClient(settings), settings);
  }

  /**
   * Everything sent and received, or why not. All calls together take no longer than the settings' wait; `part` leaves
   * some of what is left of it to those that follow. A server that could not be reached is not waited for again.
   */
  async sync(part = 1): Promise<SyncOutcome> {
    const { offline, waitMs } = this.settings;
    if (offline || waitMs === 0) return { state: 'offline' };
    const vain = this.latest?.state === 'unreachable' || this.latest?.state === 'refused';
    if (this.latest && vain && this.client.status().connection !== 'online') return this.latest;
    const left = Math.max(0, this.deadline - performance.now());
    this.latest = await this.reach(Math.ceil(left * part));
    return this.latest;
  }

  /**
   * Holds the local copy against the server's, in what is left of the settings' wait.
   * @throws SyncError why it could not be told
   */
  async verify(deep: boolean): Promise<VerifyReport> {
    const timeoutMs = Math.max(1, Math.ceil(this.deadline - performance.now()));
    return this.client.verify({ deep, timeoutMs });
  }

  /** The ids of what was typed. What is not here may be on the server: it is asked before giving up. */
  async resolve(typed: readonly string[]): Promise<string[]> {
    try {
      return typed.map((each) => this.find(each));
    } catch (error) {
      const missing = error instanceof CliFailure && error.exitCode === EXIT.notFound;
      if (!missing || this.latest !== undefined) throw error;
      await this.sync(BEFORE_WRITING);
      return typed.map((each) => this.find(each));
    }
  }

  /** Conflicts reported meanwhile: of changes made in this session, and of earlier ones. */
  lostChanges(): { readonly ours: readonly ConflictNotice[]; readonly earlier: readonly ConflictNotice[] } {
    const ofThisSession = new Set(
      this.client.conflicts().flatMap((each) => (each.madeAt >= this.openedAt ? [each.id] : [])),
    );
    return {
      ours: this.conflicts.filter((each) => ofThisSession.has(each.conflictId)),
      earlier: this.conflicts.filter((each) => !ofThisSession.has(each.conflictId)),
    };
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

  private reach(timeoutMs: number): Promise<SyncOutcome> {
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
      client.synced({ timeoutMs }).then(
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
