/** A bar that fills up, for what takes longer than a second. */
import type { SyncClient } from '@json-database-sync/client';
import type { Io } from '../io.js';

const SHOW_AFTER_MS = 1000;
const FULL_CELLS = 30;

export function progressText(received: number, total: number | undefined, columns: number): string {
  if (total === undefined || total <= 0) return `receiving ${received}`.slice(0, columns);
  const part = Math.min(1, Math.max(0, received / total));
  const numbers = ` ${Math.floor(part * 100)}% ${received}/${total}`;
  const cells = Math.max(0, Math.min(FULL_CELLS, columns - numbers.length - 1));
  const full = Math.round(part * cells);
  return `${'█'.repeat(full)}${'░'.repeat(cells - full)}${numbers}`.slice(0, columns);
}

export interface ProgressBar {
  update(done: number, total: number | undefined): void;
  end(): void;
}

const EACH_MS = 100;

/** A bar on standard error, if that is a terminal, from the second second on. */
export function progressBar({ stderr }: Pick<Io, 'stderr'>): ProgressBar {
  let next = performance.now() + SHOW_AFTER_MS;
  let shown = false;
  return {
    update: (done, total) => {
      if (!stderr.isTerminal || performance.now() < next) return;
      next = performance.now() + EACH_MS;
      shown = true;
      stderr.write(`\r\u001b[K${progressText(done, total, (stderr.columns ?? 80) - 1)}`);
    },
    end: () => {
      if (shown) stderr.write('\r\u001b[K');
    },
  };
}

/** Shows what the client receives on standard error, from the second second on, if that is a terminal. */
export function showProgress(client: SyncClient, io: Io): () => void {
  if (!io.stderr.isTerminal) return () => undefined;
  const begin = performance.now();
  let shown = false;
  const stop = client.on('sync', ({ phase, received, total }) => {
    const receiving = phase === 'snapshot' || phase === 'pulling';
    if (!receiving || received === undefined || performance.now() - begin < SHOW_AFTER_MS) return;
    shown = true;
    io.stderr.write(`\r\u001b[K${progressText(received, total, (io.stderr.columns ?? 80) - 1)}`);
  });
  return () => {
    stop();
    if (shown) io.stderr.write('\r\u001b[K');
  };
}
