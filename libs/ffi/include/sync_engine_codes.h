/* Made by `npm run ffi:headers` from libs/ffi/src/abi: do not edit. */
#ifndef SYNC_ENGINE_CODES_H
#define SYNC_ENGINE_CODES_H

/** What a call came to. The numbers never change their meaning; new ones may come. */
typedef enum sync_engine_status {
  /** It was done. */
  SYNC_ENGINE_OK = 0,
  /** The token, the password or the user id was not accepted. */
  SYNC_ENGINE_ERROR_INVALID_AUTH = 1,
  /** The connection has not authenticated. */
  SYNC_ENGINE_ERROR_UNAUTHORIZED = 2,
  /** This user may not do that in this stream. */
  SYNC_ENGINE_ERROR_FORBIDDEN = 3,
  /** There is no such document here. */
  SYNC_ENGINE_ERROR_DOCUMENT_NOT_FOUND = 4,
  /** A document with this id exists already, with other content. */
  SYNC_ENGINE_ERROR_DOCUMENT_EXISTS = 5,
  /** The document has been deleted. */
  SYNC_ENGINE_ERROR_DOCUMENT_DELETED = 6,
  /** The document cannot be stored as it is. */
  SYNC_ENGINE_ERROR_INVALID_DOCUMENT = 7,
  /** The patch does not apply, or its checksum does not match the result. */
  SYNC_ENGINE_ERROR_INVALID_PATCH = 8,
  /** A number would lose digits: it is 2^53 or more, or finer than a double. */
  SYNC_ENGINE_ERROR_UNSAFE_NUMBER = 9,
  /** The change names a version that the document does not have. */
  SYNC_ENGINE_ERROR_VERSION_MISMATCH = 10,
  /** Later changes touched the same parts as the change that was to be taken back. */
  SYNC_ENGINE_ERROR_UNDO_OVERLAP = 11,
  /** The creation of a document cannot be undone. */
  SYNC_ENGINE_ERROR_CANNOT_UNDO = 12,
  /** There is no change of this user here that could be undone. */
  SYNC_ENGINE_ERROR_NOTHING_TO_UNDO = 13,
  /** There is no undo of this user here that could be taken back. */
  SYNC_ENGINE_ERROR_NOTHING_TO_REDO = 14,
  /** What was asked for lies further back than can be looked at: too much has happened since, or the log does not reach it. */
  SYNC_ENGINE_ERROR_HISTORY_TOO_LONG = 15,
  /** The log no longer reaches back to this cursor, or has never reached it. */
  SYNC_ENGINE_ERROR_CURSOR_TOO_OLD = 16,
  /** The message is not one that this protocol knows. */
  SYNC_ENGINE_ERROR_INVALID_MESSAGE = 17,
  /** The message is over the size limit. */
  SYNC_ENGINE_ERROR_MESSAGE_TOO_LARGE = 18,
  /** This server does not speak that protocol version. */
  SYNC_ENGINE_ERROR_UNSUPPORTED_PROTOCOL = 19,
  /** Too many requests in a short time. */
  SYNC_ENGINE_ERROR_RATE_LIMIT_EXCEEDED = 20,
  /** Too many requests are waiting on this connection. */
  SYNC_ENGINE_ERROR_TOO_MANY_REQUESTS = 21,
  /** The server has too much to do. */
  SYNC_ENGINE_ERROR_OVERLOADED = 22,
  /** The server failed inside. */
  SYNC_ENGINE_ERROR_SERVER_ERROR = 23,
  /** The connection to the server is gone. */
  SYNC_ENGINE_ERROR_CONNECTION_LOST = 24,
  /** The answer did not come in time. */
  SYNC_ENGINE_ERROR_TIMED_OUT = 25,
  /** The local database could not be read or written. */
  SYNC_ENGINE_ERROR_STORAGE_FAILED = 26,
  /** The local database was written by a newer version, or is not one of ours. */
  SYNC_ENGINE_ERROR_STORAGE_INCOMPATIBLE = 27,
  /** An event of the log is not what was committed, or is missing. */
  SYNC_ENGINE_ERROR_BROKEN_CHAIN = 28,
  /** The client has been closed. */
  SYNC_ENGINE_ERROR_CLIENT_CLOSED = 29,
  /** A function was called with a value that it cannot take. */
  SYNC_ENGINE_ERROR_INVALID_ARGUMENT = 30,
  /** The same client made this change on top of an earlier one to the document, which was rejected. */
  SYNC_ENGINE_ERROR_EARLIER_CHANGE_REJECTED = 31,
  /** The handle is NULL, was never one, or has been destroyed. */
  SYNC_ENGINE_ERROR_INVALID_HANDLE = 100,
  /** An argument that may not be NULL is. */
  SYNC_ENGINE_ERROR_NULL_ARGUMENT = 101,
  /** A text is not UTF-8. */
  SYNC_ENGINE_ERROR_NOT_UTF8 = 102,
  /** A text that has to be JSON is not. */
  SYNC_ENGINE_ERROR_NOT_JSON = 103,
  /** The host is being started again: nothing was done. Try again in a moment. */
  SYNC_ENGINE_ERROR_HOST_UNAVAILABLE = 104,
  /** The host died during the call: it may have been done or not. */
  SYNC_ENGINE_ERROR_HOST_LOST = 105,
  /** The host is of another version than the library. */
  SYNC_ENGINE_ERROR_HOST_INCOMPATIBLE = 106,
  /** The host could not be started. */
  SYNC_ENGINE_ERROR_HOST_NOT_STARTED = 107,
  /** The engine was made in another process, before a fork. */
  SYNC_ENGINE_ERROR_FORKED = 108,
  /** The result is too large to be handed over at once: ask for less. */
  SYNC_ENGINE_ERROR_RESULT_TOO_LARGE = 109,
  /** There is no memory left. */
  SYNC_ENGINE_ERROR_OUT_OF_MEMORY = 110,
  /** The call would wait for the very thread that it is made on. */
  SYNC_ENGINE_ERROR_WOULD_DEADLOCK = 111,
  /** A bug in the library. */
  SYNC_ENGINE_ERROR_INTERNAL = 112
} sync_engine_status;

typedef enum sync_engine_event_type {
  SYNC_ENGINE_EVENT_DOCUMENT_CREATED = 1,
  SYNC_ENGINE_EVENT_DOCUMENT_UPDATED = 2,
  SYNC_ENGINE_EVENT_DOCUMENT_DELETED = 3,
  SYNC_ENGINE_EVENT_DOCUMENT_RESTORED = 4,
  SYNC_ENGINE_EVENT_SYNC_STARTED = 5,
  SYNC_ENGINE_EVENT_SYNC_COMPLETED = 6,
  SYNC_ENGINE_EVENT_SYNC_ERROR = 7,
  SYNC_ENGINE_EVENT_CONFLICT = 8,
  SYNC_ENGINE_EVENT_CONNECTION = 9,
  SYNC_ENGINE_EVENT_LOG = 10,
  SYNC_ENGINE_EVENT_EVENTS_MISSED = 11
} sync_engine_event_type;

typedef enum sync_engine_origin {
  SYNC_ENGINE_ORIGIN_NONE = 0,
  SYNC_ENGINE_ORIGIN_LOCAL = 1,
  SYNC_ENGINE_ORIGIN_REMOTE = 2
} sync_engine_origin;

typedef enum sync_engine_connection_state {
  SYNC_ENGINE_CONNECTION_OFFLINE = 0,
  SYNC_ENGINE_CONNECTION_CONNECTING = 1,
  SYNC_ENGINE_CONNECTION_ONLINE = 2
} sync_engine_connection_state;

typedef enum sync_engine_log_level {
  SYNC_ENGINE_LOG_OFF = 0,
  SYNC_ENGINE_LOG_ERROR = 1,
  SYNC_ENGINE_LOG_WARN = 2,
  SYNC_ENGINE_LOG_INFO = 3,
  SYNC_ENGINE_LOG_DEBUG = 4
} sync_engine_log_level;

typedef enum sync_engine_callback_mode {
  SYNC_ENGINE_CALLBACKS_POLLED = 0,
  SYNC_ENGINE_CALLBACKS_THREADED = 1
} sync_engine_callback_mode;

typedef enum sync_engine_document_flags {
  SYNC_ENGINE_DOCUMENT_NONE = 0,
  SYNC_ENGINE_DOCUMENT_INCLUDE_DELETED = 1
} sync_engine_document_flags;

typedef enum sync_engine_undo_flags {
  SYNC_ENGINE_UNDO_NONE = 0,
  SYNC_ENGINE_UNDO_FORCE = 1
} sync_engine_undo_flags;

/** Every status with its name. */
#define SYNC_ENGINE_STATUS_NAMES(X) \
  X(0, "ok") \
  X(1, "invalid_auth") \
  X(2, "unauthorized") \
  X(3, "forbidden") \
  X(4, "document_not_found") \
  X(5, "document_exists") \
  X(6, "document_deleted") \
  X(7, "invalid_document") \
  X(8, "invalid_patch") \
  X(9, "unsafe_number") \
  X(10, "version_mismatch") \
  X(11, "undo_overlap") \
  X(12, "cannot_undo") \
  X(13, "nothing_to_undo") \
  X(14, "nothing_to_redo") \
  X(15, "history_too_long") \
  X(16, "cursor_too_old") \
  X(17, "invalid_message") \
  X(18, "message_too_large") \
  X(19, "unsupported_protocol") \
  X(20, "rate_limit_exceeded") \
  X(21, "too_many_requests") \
  X(22, "overloaded") \
  X(23, "server_error") \
  X(24, "connection_lost") \
  X(25, "timed_out") \
  X(26, "storage_failed") \
  X(27, "storage_incompatible") \
  X(28, "broken_chain") \
  X(29, "client_closed") \
  X(30, "invalid_argument") \
  X(31, "earlier_change_rejected") \
  X(100, "invalid_handle") \
  X(101, "null_argument") \
  X(102, "not_utf8") \
  X(103, "not_json") \
  X(104, "host_unavailable") \
  X(105, "host_lost") \
  X(106, "host_incompatible") \
  X(107, "host_not_started") \
  X(108, "forked") \
  X(109, "result_too_large") \
  X(110, "out_of_memory") \
  X(111, "would_deadlock") \
  X(112, "internal")

#endif
