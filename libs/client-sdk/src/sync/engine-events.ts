/** What the engine tells those above it. */
import type { SyncError } from '@json-database-sync/domain';
import type { StoredConflict } from '../store/stored-conflict.js';

export interface ConnectionNotice {
  readonly state: 'offline' | 'connecting' | 'online';
  readonly reason?: string;
  readonly retryInMs?: number;
}

export interface SyncProgress {
  readonly phase: 'pushing' | 'pulling' | 'snapshot' | 'live';
  /** Of `total`: changes sent, changes received, documents received. */
  readonly received?: number;
  readonly total?: number;
}

export interface LogEntry {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields?: object;
}

export interface EngineListener {
  /** Something was committed to the store: documents may have changed. */
  committed(): void;
  connection(notice: ConnectionNotice): void;
  sync(progress: SyncProgress): void;
  conflict(conflict: StoredConflict): void;
  error(error: SyncError): void;
  log(entry: LogEntry): void;
}
