/**
 * Failed log-ins by address. Judging a token that goes with a user id may cost an Argon2 and may be a guess: past so many
 * failures in a minute an address has to wait.
 */
import { Injectable } from '@nestjs/common';
import { SyncError } from '@json-database-sync/domain';
import { LRUCache } from 'lru-cache';

const MAX_FAILURES_PER_MINUTE = 60;

@Injectable()
export class FailedLogIns {
  private readonly failures = new LRUCache<string, { count: number }>({ max: 10_000, ttl: 60_000 });

  /**
   * Judges, and counts what was refused.
   * @throws SyncError `rate_limit_exceeded`, and what `judge` throws
   */
  async guard<T>(address: string, judge: () => Promise<T>): Promise<T> {
    const failed = this.failures.get(address);
    if (failed && failed.count >= MAX_FAILURES_PER_MINUTE) {
      throw new SyncError('rate_limit_exceeded', 'too many failed log-ins from this address; wait a minute');
    }
    try {
      return await judge();
    } catch (error) {
      if (error instanceof SyncError && error.code === 'invalid_auth') this.count(address);
      throw error;
    }
  }

  private count(address: string): void {
    const failed = this.failures.get(address);
    // The entry keeps its age: the minute runs from the first failure.
    if (failed) failed.count += 1;
    else this.failures.set(address, { count: 1 });
  }
}
