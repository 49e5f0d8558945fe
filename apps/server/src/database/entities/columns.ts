/** Column options that the entities share. */
import type { ColumnOptions, ValueTransformer } from 'typeorm';

/**
 * PostgreSQL's bigint comes as text, since it can exceed what a double carries. Ours are counters, which will not: a
 * stream would need 2^53 events first.
 */
export const safeInteger: ValueTransformer = {
  from: (stored: string | null): number | null => (stored === null ? null : Number(stored)),
  to: (value: unknown): unknown => value,
};

/** RFC 3339 UTC with milliseconds, as the domain holds times; PostgreSQL keeps no finer ones for us. */
export const isoTime: ValueTransformer = {
  from: (stored: Date | null): string | null => (stored === null ? null : stored.toISOString()),
  to: (value: unknown): unknown => value,
};

export const counter = { type: 'bigint', transformer: safeInteger } as const satisfies ColumnOptions;
export const time: ColumnOptions = { type: 'timestamptz', precision: 3, transformer: isoTime };
export const setTime: ColumnOptions = { ...time, default: () => 'now()' };
