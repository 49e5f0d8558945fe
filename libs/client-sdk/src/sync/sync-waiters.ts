/** Those who wait for the client to be in step. Each is settled exactly once. */
import { SyncError } from '@json-database-sync/domain';
import type { Platform } from '../platform/platform.js';

interface Waiter {
  resolve(): void;
  reject(error: SyncError): void;
}

export class SyncWaiters {
  private readonly waiting = new Set<Waiter>();

  constructor(private readonly platform: Platform) {}

  /** Rejects with `timed_out` when it takes longer. */
  wait(timeoutMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const cancel = this.platform.setTimer(timeoutMs, () =>
        waiter.reject(new SyncError('timed_out', 'not in step in time')),
      );
      const settle = (): void => {
        cancel();
        this.waiting.delete(waiter);
      };
      const waiter: Waiter = {
        resolve: () => {
          settle();
          resolve();
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      };
      this.waiting.add(waiter);
    });
  }

  resolveAll(): void {
    for (const waiter of [...this.waiting]) waiter.resolve();
  }

  rejectAll(error: () => SyncError): void {
    for (const waiter of [...this.waiting]) waiter.reject(error());
  }
}
