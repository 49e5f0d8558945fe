/** How far a command got with the server, in words and as an exit code. */
import { CliFailure } from '../cli-failure.js';
import { sentence } from '../text/plain-text.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import type { FailureCode } from '../cli-failure.js';

export type SyncOutcome =
  | { readonly state: 'synced' }
  /** Asked for: --offline, or --wait 0. */
  | { readonly state: 'offline' }
  | { readonly state: 'unreachable'; readonly reason: string }
  /** The server is there but does not want us. */
  | { readonly state: 'refused'; readonly code: FailureCode; readonly reason: string; readonly remedy: string }
  | { readonly state: 'late' };

export interface AfterWrite {
  readonly exitCode: ExitCode;
  /** For standard error, when there is something to say besides that it worked. */
  readonly note?: string;
  readonly failure?: CliFailure;
}

export function afterWrite(outcome: SyncOutcome, pending: number): AfterWrite {
  switch (outcome.state) {
    case 'synced':
      return { exitCode: EXIT.ok };
    case 'offline':
      return { exitCode: EXIT.ok, note: `saved locally, will sync later (${waiting(pending)})` };
    case 'unreachable':
      return {
        exitCode: EXIT.ok,
        note: `saved locally, will sync later (${waiting(pending)}; the server is not reachable: ${outcome.reason})`,
      };
    case 'late': {
      const what = `The server did not confirm in time (${waiting(pending)}).`;
      const remedy = 'It is saved locally and will be sent by the next command or the board; --wait allows more time.';
      return failed(new CliFailure('timed_out', what, { remedy }));
    }
    case 'refused':
      return failed(refusal(outcome, 'It is saved locally.'));
  }
}

/** Reading works on what is here, and only says so when it may not be all there is. */
export function afterRead(outcome: SyncOutcome): AfterWrite {
  switch (outcome.state) {
    case 'synced':
    case 'offline':
      return { exitCode: EXIT.ok };
    case 'unreachable':
      return { exitCode: EXIT.ok, note: `offline: this is what was here at the last sync (${outcome.reason})` };
    case 'late':
      return { exitCode: EXIT.ok, note: 'not all changes have arrived yet; --wait allows more time' };
    case 'refused':
      return failed(refusal(outcome, 'What is shown is the local copy.'));
  }
}

function failed(failure: CliFailure): AfterWrite {
  return { exitCode: failure.exitCode, failure };
}

function refusal(outcome: Extract<SyncOutcome, { state: 'refused' }>, addition: string): CliFailure {
  return new CliFailure(outcome.code, `${sentence(outcome.reason)} ${addition}`, {
    remedy: outcome.remedy,
    exitCode: EXIT.failure,
  });
}

function waiting(pending: number): string {
  return pending === 1 ? '1 change waits' : `${pending} changes wait`;
}
