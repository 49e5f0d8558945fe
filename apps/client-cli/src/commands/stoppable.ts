/** Long work that Ctrl-C ends: what it was doing is undone, and it says so. */
import { CliFailure } from '../cli-failure.js';
import type { ExitCode } from '../exit-codes.js';
import type { Output } from '../io.js';
import type { Settings } from '../settings/settings.js';

export interface PlainContext {
  readonly settings: Settings;
  readonly output: Output;
  /** Calls `stop` at Ctrl-C. @returns what ends the listening */
  readonly onInterrupt: (stop: () => void) => () => void;
}

/** A command that needs no local database. */
export type PlainAction = (context: PlainContext) => Promise<ExitCode>;

/** @throws CliFailure where it was interrupted, after `work` has cleaned up */
export async function stoppable<T>(
  { onInterrupt }: PlainContext,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const interrupted = new AbortController();
  const end = onInterrupt(() => interrupted.abort());
  try {
    return await work(interrupted.signal);
  } catch (error) {
    if (!interrupted.signal.aborted) throw error;
    throw new CliFailure('client_closed', 'It was interrupted; nothing was kept.', { remedy: 'Run it again.' });
  } finally {
    end();
  }
}
