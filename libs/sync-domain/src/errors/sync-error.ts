/** An error of the catalogue, with what was particular about this occurrence. */
import { CATALOGUE, type CatalogueEntry, type ErrorCode } from './catalogue.js';
import type { JsonObject } from '../json/json-value.js';

export interface SyncErrorOptions {
  /** Facts for a program, small and without secrets or document bodies. */
  readonly details?: JsonObject;
  readonly cause?: unknown;
}

export class SyncError extends Error {
  override readonly name = 'SyncError';
  readonly details: JsonObject | undefined;

  /**
   * @param code the catalogue's code
   * @param what what happened here, in a few words; the catalogue's cause is used where it is left out
   */
  constructor(
    readonly code: ErrorCode,
    what?: string,
    options: SyncErrorOptions = {},
  ) {
    super(what ?? CATALOGUE[code].cause, options.cause === undefined ? undefined : { cause: options.cause });
    this.details = options.details;
  }

  get entry(): CatalogueEntry {
    return CATALOGUE[this.code];
  }

  /** Whether sending the same thing again can help. */
  get retryable(): boolean {
    return CATALOGUE[this.code].recovery === 'retry';
  }

  get remedy(): string {
    return CATALOGUE[this.code].remedy;
  }
}

/** For what the code around it has made impossible. Meeting one is a bug in this product. */
export class AssertionFailure extends Error {
  override readonly name = 'AssertionFailure';
}

export function assertNever(value: never, what: string): never {
  throw new AssertionFailure(`${what}: ${JSON.stringify(value)}`);
}
