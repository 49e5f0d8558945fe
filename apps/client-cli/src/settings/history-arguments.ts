/** Versions and times from the command line. */
import { LIMITS } from '@json-database-sync/domain';
import type { PointInHistory } from '@json-database-sync/client';
import { CliFailure } from '../cli-failure.js';

const VERSION = /^v?([1-9]\d{0,9})$/i;

/** As `history` shows it (`v3`), or the bare number. */
export function readVersion(text: string): number {
  const version = Number(VERSION.exec(text)?.[1]);
  if (version <= LIMITS.version) return version;
  throw new CliFailure('invalid_argument', `"${text}" is no version.`, {
    remedy: 'Give a number from 1, as `history` shows it.',
  });
}

/** A version, or a date or time: without a time zone, the local one. */
export function readPoint(text: string): PointInHistory {
  if (VERSION.test(text)) return { version: readVersion(text) };
  const time = timeIn(text);
  if (time) return { time };
  throw new CliFailure('invalid_argument', `"${text}" is neither a version nor a time.`, {
    remedy: 'Give a number, as `history` shows it, or a time such as 2026-01-31T12:00:00Z.',
  });
}

/** A date or time: without a time zone, the local one. */
export function readTime(text: string): Date {
  const time = VERSION.test(text) ? undefined : timeIn(text);
  if (time) return time;
  throw new CliFailure('invalid_argument', `"${text}" is no time.`, {
    remedy: 'Give a date or a time, such as 2026-01-31 or 2026-01-31T12:00:00Z.',
  });
}

function timeIn(text: string): Date | undefined {
  const time = new Date(text);
  return Number.isNaN(time.getTime()) ? undefined : time;
}
