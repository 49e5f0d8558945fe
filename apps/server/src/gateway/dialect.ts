/** A dialect of the wire protocol: one decodes frames, speaks its own answers, and shares everything behind. */
import type { ClassicDown, JsonValue, StreamingDown, SyncError } from '@json-database-sync/domain';
import type { Connection } from './connection.js';

export type DownMessage = ClassicDown | StreamingDown;

export interface Dialect {
  readonly protocol: 1 | 2 | null;
  /** @throws SyncError for what it cannot take */
  handle(message: JsonValue, connection: Connection): Promise<void>;
  /** Answers an error in its own words. */
  refuse(error: SyncError, connection: Connection, requestId?: string): void;
}
