/** What the application sees of the client. */
import type { ErrorCode, JsonPatch, JsonPatchOperation, JsonValue, SyncError } from '@json-database-sync/domain';
import type { PathPredicate, Where } from '../query/condition.js';
import type { ListOptions } from '../store/local-store.js';
import type { StoredConflict } from '../store/stored-conflict.js';
import type { BackoffLimits } from '../sync/backoff.js';
import type { ConnectionNotice, LogEntry, RepairNotice, SyncProgress, VerifiedNotice } from '../sync/engine-events.js';
import type { TokenSource } from '../sync/handshake.js';
import type { RepairedDocument } from '../sync/repair-documents.js';
import type { VerifyReport } from '../sync/verifier.js';

export type {
  ConnectionNotice,
  ListOptions,
  LogEntry,
  PathPredicate,
  RepairNotice,
  RepairedDocument,
  SyncProgress,
  VerifiedNotice,
  VerifyReport,
  Where,
};

export interface SyncClientOptions {
  /** Path of the SQLite file; folders are made. `sqlite:path?mode=rwc` is understood too. */
  readonly database: string;
  /** `ws://` or `wss://`. Without it the client works offline only. */
  readonly url?: string;
  /** A function is asked before each connection, so that it can renew the token. */
  readonly token?: TokenSource;
  /** For servers in demo mode; elsewhere the token says who it is. */
  readonly userId?: string;
  /** A UUID of one's own choice for a new database; one that is there already has to have just this one. */
  readonly clientId?: string;
  /** Default: true where there is a url. */
  readonly autoConnect?: boolean;
  /** Between attempts to connect. Default: 250 ms doubling to 30 s, with full jitter. */
  readonly backoff?: BackoffLimits;
  /** Never told of tokens or of what documents hold. */
  readonly log?: (entry: LogEntry) => void;
}

export interface Document {
  readonly id: string;
  readonly title: string;
  readonly content: JsonValue;
  /** The version that the server has confirmed; 0 while it is not yet on the server. */
  readonly version: number;
  readonly revisionId: string | null;
  /** Who created it, as the server knows it. */
  readonly userId: string | null;
  /** RFC 3339 UTC, as are the next two. */
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly deletedAt: string | null;
  /** It has changes that the server has not confirmed. */
  readonly pending: boolean;
  /** A change of ours to it lost, and has not been dismissed. */
  readonly conflicted: boolean;
}

/** How to change a document. A function gets a copy of the content to edit, or returns the new content. */
export type DocumentChange =
  | { readonly content?: JsonValue; readonly title?: string }
  | { readonly merge: JsonValue; readonly title?: string }
  | { readonly patch: JsonPatch; readonly title?: string }
  | DraftEditor;

/** Edits the draft in place, or returns the new content. Synchronous; it makes no other change meanwhile. */
export type DraftEditor = (draft: Draft) => JsonValue | void;

/** A mutable deep copy of a document's content. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- only the application knows what its documents hold
export type Draft = any;

export interface FindOptions extends ListOptions {
  readonly where: Where;
}

export interface SearchOptions {
  /** Default 50. */
  readonly limit?: number;
  readonly offset?: number;
  readonly where?: Where;
}

export interface LiveOptions {
  readonly where?: Where;
  /** Words, as for `search`. */
  readonly search?: string;
  /** Default: none, and 50 with `search`. */
  readonly limit?: number;
  /** Default: by creation, and with `search` the best first. */
  readonly orderBy?: ListOptions['orderBy'];
  readonly descending?: boolean;
}

export interface LiveResult {
  /** The result as it is now; each time an array of its own. */
  readonly current: Document[];
  /** The listener is not called again. Closing the client stops it, too. */
  stop(): void;
}

export interface HistoryOptions {
  /** Default 50. */
  readonly limit?: number;
  /** Only what is older than this version. */
  readonly beforeVersion?: number;
}

/** One change of a document's history. */
export interface ChangeRecord {
  /** Its place in the stream; 0 while pending. */
  readonly sequence: number;
  /** The document's version after it; 0 while pending. */
  readonly version: number;
  readonly type: 'create' | 'update' | 'delete' | 'restore';
  readonly userId: string | null;
  readonly clientId: string;
  /** Made by this database's client. */
  readonly local: boolean;
  readonly createdAt: string;
  readonly title: { readonly from: string; readonly to: string } | null;
  /** Of an update; null for the other types. */
  readonly patch: JsonPatch | null;
  readonly mutationId: string;
  /** What it takes back, brings back or goes back to; null for a change of its own making. */
  readonly cause: ChangeCause | null;
  /** The server has not confirmed it yet. */
  readonly pending?: boolean;
}

export interface ChangeCause {
  readonly kind: 'undo' | 'redo' | 'revert';
  /** Of the change that was taken back or brought back, or that the document went back to; 0 while that is pending. */
  readonly version: number;
}

export interface UndoOptions {
  /** The version that the change made, whoever made it. Left out: the user's own latest change that stands. */
  readonly version?: number;
  /** Also where later changes are in the way: what it wrote becomes what it was before it. */
  readonly force?: boolean;
}

/** What an undo would do. */
export interface UndoPreview {
  readonly cause: ChangeCause;
  /** Whether it would change anything. */
  readonly changes: boolean;
  /** From the content now to `content`. */
  readonly patch: JsonPatch;
  /** The document as it would be. */
  readonly title: string;
  readonly content: JsonValue;
  readonly deleted: boolean;
  /** Later changes that are in its way, oldest first. */
  readonly overlaps: readonly UndoObstacle[];
  /** It is refused as it was asked for: there are overlaps, and the rest tells what it would be with `force`. */
  readonly needsForce: boolean;
}

export interface UndoObstacle {
  /** 0 while pending. */
  readonly version: number;
  readonly userId: string;
  /** JSON pointers to what it wrote of the same parts. */
  readonly paths: readonly string[];
  /** It changed the title as well. */
  readonly title: boolean;
}

/** The point in a document's history that is meant: a version, or what was current at a time (RFC 3339). */
export type PointInHistory = { readonly version: number } | { readonly time: string | Date };

/** A document as it was. */
export interface DocumentVersion {
  readonly id: string;
  readonly version: number;
  readonly revisionId: string;
  readonly title: string;
  readonly content: JsonValue;
  readonly userId: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly deletedAt: string | null;
}

/** All documents as they were. */
export interface StreamVersion {
  /** The sequence that the stream had come to. */
  readonly sequence: number;
  /** In the order of their ids. */
  readonly documents: readonly DocumentVersion[];
}

/** Who made what stands in a document. null where that was there before the oldest change that can be looked at. */
export interface BlameReport {
  readonly title: BlamedChange | null;
  /** For each scalar, empty array and empty object of the content, in its order. */
  readonly leaves: readonly {
    /** JSON pointer. */
    readonly path: string;
    readonly value: JsonValue;
    readonly change: BlamedChange | null;
  }[];
}

export type BlamedChange = Pick<
  ChangeRecord,
  'version' | 'type' | 'userId' | 'clientId' | 'local' | 'createdAt' | 'mutationId' | 'cause' | 'pending'
>;

export interface ChangeNotice {
  readonly documents: readonly {
    readonly id: string;
    readonly kind: 'created' | 'updated' | 'deleted' | 'restored';
    readonly origin: 'local' | 'remote';
  }[];
}

export interface ConflictNotice {
  readonly conflictId: string;
  readonly documentId: string;
  readonly reason: string;
  readonly dropped: readonly { readonly index: number | null; readonly operation: JsonPatchOperation | null }[];
  readonly droppedTitle?: string;
}

/** A change of ours that lost, whole. */
export type ConflictRecord = StoredConflict;

export interface ConflictListOptions {
  readonly documentId?: string;
  readonly includeDismissed?: boolean;
  /** Default 100. */
  readonly limit?: number;
}

export interface SyncStatus {
  readonly connection: ConnectionNotice['state'];
  readonly url: string | null;
  readonly userId: string | null;
  readonly clientId: string;
  /** Changes that the server has not confirmed. */
  readonly pending: number;
  /** The last sequence of the stream that is in the database; 0 before the first sync. */
  readonly cursor: number;
  /** The last one that the server is known to have; null before the first connection. */
  readonly serverSequence: number | null;
  /** Online, nothing pending, nothing missing. */
  readonly caughtUp: boolean;
  readonly lastSyncAt: string | null;
  /** The last sequence at which this copy was compared with the server's and found to be the same; null: never yet. */
  readonly verifiedSequence: number | null;
  readonly verifiedAt: string | null;
  /** Documents that were found to differ and were put right, over the life of this database, and when last. */
  readonly repairedDocuments: number;
  readonly repairedAt: string | null;
  /** Live documents. */
  readonly documents: number;
  readonly conflicts: number;
  readonly lastError: { readonly code: ErrorCode; readonly message: string; readonly remedy: string } | null;
  readonly databasePath: string;
}

export interface ClientNotices {
  change: ChangeNotice;
  sync: SyncProgress;
  conflict: ConflictNotice;
  connection: ConnectionNotice;
  verified: VerifiedNotice;
  repair: RepairNotice;
  error: SyncError;
}
