/**
 * The world as the engine sees it: time, chance, timers and hashing are handed in, so that the same engine runs on a
 * real machine and in a simulator with virtual time and a seed. Nothing below `client/` touches them otherwise.
 * A port; `platform.suite.ts` says what every implementation must do.
 */

/** Stops a timer; calling it late or twice does nothing. */
export type CancelTimer = () => void;

export interface Platform {
  /** Wall clock, milliseconds since 1970. May jump; used only for what people read and for ids. */
  now(): number;
  /** Milliseconds that only ever grow; used for every delay and timeout. */
  monotonic(): number;
  /** A number from 0 up to, but not including, 1. */
  random(): number;
  /** Sixteen bytes from a cryptographic source. */
  randomBytes16(): Uint8Array;
  /** @param background a timer that alone does not keep the process alive */
  setTimer(delayMs: number, run: () => void, options?: { readonly background?: boolean }): CancelTimer;
  /** Lower-case hex SHA-256 of the text's UTF-8 bytes. */
  sha256Hex(text: string): string;
}

/** The wall clock as documents and ledgers keep it: RFC 3339 UTC with milliseconds. */
export function timestamp(platform: Platform): string {
  const now = platform.now();
  // Several are wanted within one millisecond.
  if (now !== written.now) written = { now, text: new Date(now).toISOString() };
  return written.text;
}

let written = { now: NaN, text: '' };
