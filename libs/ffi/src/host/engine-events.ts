/**
 * What an engine tells, as events of the C ABI. Only what somebody has asked for is listened to: an engine without
 * callbacks does not even read which documents have changed.
 */
import type { ConnectionNotice, LogEntry, SyncClient } from '@json-database-sync/client';
import type { SyncError } from '@json-database-sync/domain';
import { CONNECTION, EVENT_TYPE, LOG_LEVEL, ORIGIN } from '../abi/enums.js';
import { CATALOGUE_STATUS } from '../abi/status-codes.js';
import type { Field } from './frame.js';

/** Sends one event to the library. */
export type SendEvent = (type: number, fields: readonly Field[]) => void;

interface Told {
  readonly documentId?: string;
  readonly message?: string;
  readonly origin?: number;
  readonly connection?: number;
  readonly status?: number;
}

const DOCUMENT_EVENT = {
  created: EVENT_TYPE.document_created,
  updated: EVENT_TYPE.document_updated,
  deleted: EVENT_TYPE.document_deleted,
  restored: EVENT_TYPE.document_restored,
} as const;

const bitOf = (type: number): number => 1 << type;
const DOCUMENT_BITS = Object.values(DOCUMENT_EVENT).reduce((mask, type) => mask | bitOf(type), 0);

export class EngineEvents {
  private mask = 0;
  private unlisten: (() => void)[] = [];
  private syncing = false;

  constructor(
    private readonly client: SyncClient,
    private readonly sendEvent: SendEvent,
  ) {}

  /** @param mask of the types that are wanted from now on: `1 << type` each */
  listen(mask: number): void {
    for (const stop of this.unlisten) stop();
    this.unlisten = [];
    this.mask = mask;
    const { client } = this;
    if (this.wants(DOCUMENT_BITS)) this.unlisten.push(client.on('change', (notice) => this.changed(notice)));
    if (mask === 0) return;
    this.unlisten.push(
      client.on('sync', ({ phase }) => (phase === 'live' ? this.completed() : this.started(phase))),
      client.on('conflict', (notice) => {
        const { conflictId, documentId, reason } = notice;
        const body = { conflict_id: conflictId, document_id: documentId, reason, dropped: notice.dropped };
        this.tell(EVENT_TYPE.conflict, body, { documentId, message: reason });
      }),
      client.on('connection', (notice) => this.connection(notice)),
      client.on('error', (error) => this.failed(error)),
    );
  }

  log(entry: LogEntry): void {
    this.tell(EVENT_TYPE.log, { ...entry }, { message: entry.message, status: LOG_LEVEL[entry.level] });
  }

  failed(error: SyncError): void {
    const { code, message, remedy } = error;
    this.tell(EVENT_TYPE.sync_error, { code, message, remedy }, { message, status: CATALOGUE_STATUS[code] });
  }

  private changed({ documents }: { readonly documents: readonly ChangedDocument[] }): void {
    for (const { id, kind, origin } of documents) {
      this.tell(DOCUMENT_EVENT[kind], { id, kind, origin }, { documentId: id, origin: ORIGIN[origin] });
    }
  }

  private connection({ state, reason, retryInMs }: ConnectionNotice): void {
    const body = { state, reason: reason ?? null, retry_in_ms: retryInMs ?? null };
    this.tell(EVENT_TYPE.connection, body, { connection: CONNECTION[state], ...(reason && { message: reason }) });
    if (state === 'online') this.started('connected');
    else this.syncing = false;
  }

  private started(phase: string): void {
    if (this.syncing) return;
    this.syncing = true;
    this.tell(EVENT_TYPE.sync_started, { phase }, {});
  }

  private completed(): void {
    this.syncing = false;
    this.tell(EVENT_TYPE.sync_completed, { sequence: this.client.status().cursor }, {});
  }

  private wants(bits: number): boolean {
    return (this.mask & bits) !== 0;
  }

  private tell(type: number, body: object, told: Told): void {
    if (!this.wants(bitOf(type))) return;
    const { documentId = null, message = null, origin = ORIGIN.none, connection = -1, status = 0 } = told;
    const numbers = [origin, connection, status].map(String);
    this.sendEvent(type, [documentId, message, JSON.stringify(body), ...numbers]);
  }
}

interface ChangedDocument {
  readonly id: string;
  readonly kind: keyof typeof DOCUMENT_EVENT;
  readonly origin: 'local' | 'remote';
}
