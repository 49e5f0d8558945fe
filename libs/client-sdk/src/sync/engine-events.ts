/** What the engine tells those above it. */
import type { SyncError } from '@json-database-sync/domain';
import type { StoredConflict } from '../store/stored-conflict.js';
import type { RepairedDocument } from './repair-documents.js';

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

/** What is confirmed here was found to be what the server has. */
export interface VerifiedNotice {
  readonly sequence: number;
  /** RFC 3339 UTC. */
  readonly at: string;
}

/** Documents were not as the server has them, and have been put right. Pending changes are as they were. */
export interface RepairNotice {
  readonly sequence: number;
  readonly documents: readonly RepairedDocument[];
}

export interface EngineListener {
  /** Something was committed to the store: documents may have changed. */
  committed(): void;
  connection(notice: ConnectionNotice): void;
  sync(progress: SyncProgress): void;
  conflict(conflict: StoredConflict): void;
  verified(notice: VerifiedNotice): void;
  repaired(notice: RepairNotice): void;
  error(error: SyncError): void;
  log(entry: LogEntry): void;
}
