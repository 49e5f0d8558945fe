/**
 * The durable home of a client: one database, perhaps open in several processes at once. A port; `local-store.suite.ts`
 * says what every implementation must do.
 *
 * Invariants:
 * - everything done inside one `transaction` becomes durable together or not at all, and when `transaction` has
 *   returned it survives a crash of the process and of the machine;
 * - a transaction reads what the last committed one wrote, whichever process that was;
 * - every call is synchronous, so that nothing of this process comes between two calls of one transaction;
 * - failures are SyncErrors: `storage_failed`, or `storage_incompatible` when the file is not ours to open.
 */
import type {
  ChangeEvent,
  ClientId,
  ConflictStrategy,
  DocumentId,
  DocumentInText,
  DocumentState,
  JsonValue,
  MutationId,
  Sequenced,
  StateDigest,
  StreamId,
  UserId,
} from '@json-database-sync/domain';
import type { Condition } from '../query/condition.js';
import type { PendingChange, PendingMutation } from '../replica/pending.js';
import type { StoredConflict } from './stored-conflict.js';

/** What kind of change a reader is to be told of, and who made it. */
export interface ChangeMark {
  readonly kind: 'created' | 'updated' | 'deleted' | 'restored';
  readonly origin: 'local' | 'remote';
}

/** The part of a document that pending changes can alter. */
export interface DocumentView {
  readonly title: string;
  readonly content: JsonValue;
  /** The content as JSON text, where that has been written already. */
  readonly contentText?: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly deletedAt: string | null;
}

/** A document as the application sees it: the view where changes are pending, else what is confirmed. */
export interface CurrentDocument extends DocumentView {
  readonly id: DocumentId;
  readonly streamId: StreamId;
  /** The confirmed version; 0 while the server has never confirmed it. */
  readonly version: number;
  readonly revisionId: string | null;
  readonly userId: UserId | null;
  readonly pending: boolean;
  readonly conflicted: boolean;
}

export interface ListOptions {
  readonly includeDeleted?: boolean;
  readonly limit?: number;
  readonly offset?: number;
  readonly orderBy?: 'updatedAt' | 'createdAt' | 'title';
  readonly descending?: boolean;
}

export interface DocumentQuery extends ListOptions {
  readonly condition: Condition;
  /**
   * Each begins a word of the title or of a text in the content; no word at all matches nothing. The best matches come
   * first where no order is asked for. Deleted documents are never found by words.
   */
  readonly words?: readonly string[];
}

export interface Identity {
  /** Made once, with the database. */
  readonly clientId: ClientId;
  /** Whose database this is; null until the first sign-in. */
  readonly userId: UserId | null;
  /** Where documents are written: the user's personal stream, or a local placeholder until the first sign-in. */
  readonly streamId: StreamId;
}

export interface StreamPosition {
  /** The last sequence that is folded in; null before the first snapshot. */
  readonly cursor: number | null;
  readonly lastSyncAt: string | null;
}

export interface AnnouncedChange extends ChangeMark {
  readonly id: DocumentId;
}

export interface NewMutation {
  readonly mutationId: MutationId;
  readonly streamId: StreamId;
  readonly documentId: DocumentId;
  readonly baseVersion: number;
  readonly change: PendingChange;
  readonly createdAt: string;
  readonly owner: string;
}

export interface LocalStore {
  /** Runs `work` alone among all processes. Not to be nested. What `work` throws undoes everything and is thrown on. */
  transaction<T>(work: () => T): T;

  identity(): Identity;
  /** Makes this the user's database for good and moves what is here to the user's personal stream. */
  bindUser(userId: UserId, streamId: StreamId): void;
  /** How the server was last known to settle what overlaps. */
  strategy(): ConflictStrategy;
  setStrategy(strategy: ConflictStrategy): void;
  position(streamId: StreamId): StreamPosition;
  setPosition(streamId: StreamId, cursor: number, at: string): void;

  readonly documents: DocumentTable;
  readonly outbox: OutboxTable;
  readonly events: EventTable;
  readonly conflicts: ConflictTable;
  readonly snapshots: SnapshotStage;
  readonly checks: CheckTable;

  /** Whether another connection, of any process, has committed since this was last asked. */
  changedElsewhere(): boolean;
  /** The counter of the newest change. Counters only grow, over all processes. */
  lastChange(): number;
  /** The documents changed after that counter, in order, each once; and the new counter. */
  changesAfter(counter: number): { readonly changes: readonly AnnouncedChange[]; readonly counter: number };
  close(): void;
}

/** How the application sees a document. */
export type Standing = 'absent' | 'live' | 'deleted';

export interface DocumentTable {
  current(id: DocumentId): CurrentDocument | undefined;
  /** `current` without reading the content. */
  standing(id: DocumentId): Standing;
  confirmed(id: DocumentId): DocumentState | undefined;
  list(options: ListOptions): CurrentDocument[];
  /** Like `list`, of those whose content the condition accepts; limit and offset count those. */
  find(query: DocumentQuery): CurrentDocument[];
  /** Whether the query, its limit and offset aside, finds one of these now. */
  findsAnyOf(ids: readonly DocumentId[], query: DocumentQuery): boolean;
  count(includeDeleted: boolean): number;
  /**
   * Does a part of what the next search by words would have to do first: for when nothing else is done. Not inside a
   * transaction.
   * @returns whether there is more to do
   */
  prepareSearch(): boolean;
  /** Stores what is pending on top; null where the view is again what is confirmed. */
  putView(id: DocumentId, streamId: StreamId, view: DocumentView | null, mark: ChangeMark): void;
  /**
   * Stores what is confirmed, and the view on top of it.
   * @param before what is confirmed now, where that has been read: it need not be read again
   */
  putConfirmed(state: DocumentState, view: DocumentView | null, mark: ChangeMark, before?: DocumentState): void;
  /** The server does not have it: nothing of it is confirmed any more. The view stays as it is. */
  unconfirm(id: DocumentId, mark: ChangeMark): void;
  /** The next confirmed documents of a stream, deleted ones included, in the order of their ids. */
  confirmedPage(streamId: StreamId, after: DocumentId | null, limit: number): ConfirmedDocument[];
}

export interface ConfirmedDocument {
  readonly id: DocumentId;
  /** null where what is stored cannot be read. */
  readonly state: DocumentState | null;
}

/** How the copy of a stream here was last held against the server's. */
export interface StreamCheck {
  /** The last sequence at which both were found to be the same; null where they never were. */
  readonly verifiedSequence: number | null;
  readonly verifiedAt: string | null;
  /** Documents that were found to differ and were put right, ever, and when last. */
  readonly repairedDocuments: number;
  readonly repairedAt: string | null;
}

export interface CheckTable {
  /** Of all that is confirmed: changes together with it. */
  digest(streamId: StreamId): StateDigest;
  /**
   * Counts the digest anew from the documents. Inside a transaction.
   * @returns whether the one that was kept was right
   */
  recount(streamId: StreamId): boolean;
  of(streamId: StreamId): StreamCheck;
  setVerified(streamId: StreamId, sequence: number, at: string): void;
  addRepaired(streamId: StreamId, documents: number, at: string): void;
}

/** The owner of a change whose process has closed the database. */
export const NOBODY = '';

export interface OutboxTable {
  add(mutation: NewMutation): void;
  get(mutationId: MutationId): PendingMutation | undefined;
  /** Of one document, in order. */
  ofDocument(id: DocumentId): PendingMutation[];
  /** Those that the server has yet to answer (`unanswered` and `settling`), in order, after a position. */
  toSend(streamId: StreamId, afterPosition: number, limit: number): PendingMutation[];
  markAnswered(mutationId: MutationId, sequence: number): void;
  markSettling(mutationId: MutationId): void;
  remove(mutationId: MutationId): void;
  /** Takes out what was answered at or before this sequence; gives the documents concerned. */
  removeAnswered(streamId: StreamId, upToSequence: number): DocumentId[];
  /**
   * For when a snapshot takes the log's place: what was answered is sent again (the server knows what it has done),
   * and no base stays ahead of what is confirmed now.
   */
  startOver(streamId: StreamId): void;
  documentIds(streamId: StreamId): DocumentId[];
  /** This owner is going: its changes are nobody's now (`NOBODY`), and any process may send them at once. */
  release(owner: string): void;
  size(): number;
}

export interface EventTable {
  /** As the server sent them, one after the other; one that is here already gives way, in its place or as a version. */
  add(streamId: StreamId, events: readonly ChangeEvent[]): void;
  at(streamId: StreamId, sequence: number): Sequenced | undefined;
  /** Of one document, after a version, oldest first. */
  after(id: DocumentId, version: number): Sequenced[];
  /** Of one document, before a version (null: from the newest), newest first. */
  before(id: DocumentId, version: number | null, limit: number): Sequenced[];
  /** Drops what lies beyond a sequence: the server has never heard of it. */
  removeAfter(streamId: StreamId, sequence: number): void;
  /** Keeps a document whole as it was at its version, beside the event that led there. */
  addKeyframe(state: DocumentState): void;
  /** The nearest to a version that is less than `within` versions away from it; the earlier one of two. */
  nearestKeyframe(id: DocumentId, version: number, within: number): DocumentState | undefined;
}

export interface ConflictTable {
  /** @returns false where this mutation's loss is recorded already */
  add(conflict: StoredConflict): boolean;
  list(options: { includeDismissed: boolean; documentId?: DocumentId; limit: number }): StoredConflict[];
  get(id: string): StoredConflict | undefined;
  /** Puts it out of sight; the server is to be told, unless it had turned the change down. */
  dismiss(id: string, at: string): DocumentId | undefined;
  /** It was brought back; out of sight as well. An id that is not here is no matter. */
  markApplied(id: string, at: string): void;
  /** One that the server has yet to hear to be dismissed. */
  untold(): string | undefined;
  markTold(id: string): void;
  /** Undismissed ones. */
  count(): number;
}

/**
 * Where the pages of a snapshot wait until the last one is there. Private to this process and gone with it: a crash
 * midway leaves the documents as they were.
 */
export interface SnapshotStage {
  clear(): void;
  /** Its own transaction; not to be called inside one. */
  add(documents: readonly DocumentInText[]): void;
  size(): number;
  /**
   * Makes the staged documents the confirmed ones of the stream: those that it does not hold are no longer confirmed.
   * Views are left as they are: whoever calls it renews those of documents with pending changes. Inside a transaction.
   */
  swapIn(streamId: StreamId): void;
}
