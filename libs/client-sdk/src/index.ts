/** The client's public surface. */
export { SyncClient, type SyncClientEnvironment } from './client/sync-client.js';
export type { Documents } from './client/documents.js';
export type {
  BlamedChange,
  BlameReport,
  ChangeCause,
  ChangeNotice,
  ChangeRecord,
  ClientNotices,
  ConflictListOptions,
  ConflictNotice,
  ConflictRecord,
  ConnectionNotice,
  Document,
  DocumentChange,
  DocumentVersion,
  Draft,
  DraftEditor,
  FindOptions,
  HistoryOptions,
  ListOptions,
  LiveOptions,
  LiveResult,
  LogEntry,
  PathPredicate,
  PointInHistory,
  SearchOptions,
  SyncClientOptions,
  SyncProgress,
  SyncStatus,
  UndoObstacle,
  UndoOptions,
  UndoPreview,
  Where,
} from './client/types.js';
export type { CancelTimer, Platform } from './platform/platform.js';
export type { Connection, Transport, TransportHandlers } from './transport/transport.js';
export {
  SyncError,
  isErrorCode,
  type ConflictDetail,
  type ErrorCode,
  type JsonPatch,
  type JsonPatchOperation,
  type JsonValue,
  type WireConflict,
} from '@json-database-sync/domain';
