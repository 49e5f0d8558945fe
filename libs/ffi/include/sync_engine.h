/**
 * sync_engine: JSON documents in a local SQLite file, kept in step with a server. The C ABI.
 *
 * - Every function that can fail returns a status; SYNC_ENGINE_OK is 0. `sync_engine_last_error_message` says more, for
 *   the calling thread. No exception, signal or abort crosses this boundary.
 * - All texts are UTF-8 and end in NUL. JSON goes in and comes out as text. What an `out_...` argument receives belongs to
 *   the caller, who gives it back to `sync_engine_free`; where a call fails it is set to NULL (a number to 0). An
 *   `out_...` text may be NULL where the result is not wanted.
 * - A call that changes a document returns when the change is in SQLite, online or not: it survives a crash of the
 *   program and of the machine. Nothing waits for the network but `sync_engine_wait_until_synced`.
 * - Any thread may use an engine at any time. A handle that has been destroyed is refused, not followed.
 * - Ids of documents are UUIDs.
 *
 * The shapes of the JSON, what happens when the host dies, and `fork` are in the package's README.md.
 */
#ifndef SYNC_ENGINE_H
#define SYNC_ENGINE_H

#include <stddef.h>
#include <stdint.h>

#include "sync_engine_codes.h"

#if defined(SYNC_ENGINE_BUILDING) && (defined(__GNUC__) || defined(__clang__))
#define SYNC_ENGINE_API __attribute__((visibility("default")))
#else
#define SYNC_ENGINE_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- The engine */

/** How an engine is opened. Fill it by `sync_engine_options_init`, then set what is to be otherwise. */
typedef struct sync_engine_options {
  /** sizeof(sync_engine_options), so that a later library knows what this program knows. */
  size_t struct_size;
  /** Path of the SQLite file, or `sqlite:PATH?mode=rwc`. Made if it is not there. Must be set. */
  const char *database_path;
  /** `ws://` or `wss://`. NULL: works offline only. */
  const char *server_url;
  const char *auth_token;
  /** A UUID, for servers in demo mode; elsewhere the token says who it is. NULL: none. */
  const char *user_id;
  /** A UUID for a new database; one that is there already must have just this one. NULL: made. */
  const char *client_id;
  /** `server_wins`, `client_wins`, `manual` or `resolver:NAME`: what the server is told to settle the user's overlaps by.
      NULL: as it is. */
  const char *strategy;
  /** The host: an executable, or a script for Node. NULL: SYNC_ENGINE_HOST of the environment, else beside the library. */
  const char *host_path;
  /** The Node that runs a host that is a script. NULL: SYNC_ENGINE_NODE of the environment, else `node`. */
  const char *node_path;
  /** A sync_engine_log_level: the least severe lines that come as SYNC_ENGINE_EVENT_LOG. Default: warn. */
  int32_t log_level;
  /** A sync_engine_callback_mode. Default: polled. */
  int32_t callback_mode;
  /** Not 0: stays offline until `sync_engine_connect`. */
  int32_t start_offline;
  /** After so many milliseconds without an answer a call gives up, and the host is started anew. Default: 60,000. */
  uint32_t call_timeout_ms;
  /** Events that wait for their callbacks; then the oldest are dropped, and SYNC_ENGINE_EVENT_EVENTS_MISSED tells. Default:
      10,000. */
  uint32_t max_queued_events;
} sync_engine_options;

/**
 * Opens an engine. Does not wait for the network.
 * @param database_path a path, or `sqlite:PATH?mode=rwc`
 * @param server_url `ws://` or `wss://`; NULL works offline only
 * @param auth_token NULL is none
 * @return a handle; NULL where it failed, and `sync_engine_last_error_message` says why
 */
SYNC_ENGINE_API void *sync_engine_create(const char *database_path, const char *server_url, const char *auth_token);
/** Closes it. What other threads are waiting for fails with `client_closed`. After it returns no callback is called any
    more, but for one that calls this. NULL, and what has been destroyed, are left alone. */
SYNC_ENGINE_API void sync_engine_destroy(void *engine);

SYNC_ENGINE_API sync_engine_status sync_engine_options_init(sync_engine_options *options);
SYNC_ENGINE_API sync_engine_status sync_engine_create_with_options(const sync_engine_options *options,
                                                                   void **out_engine);

/* ---- Documents. `out_document` is the document as JSON: id, title, content, version, pending, ... */

/** @param title NULL is an empty one */
SYNC_ENGINE_API sync_engine_status sync_engine_create_document(void *engine, const char *title,
                                                               const char *content_json, char **out_document);
SYNC_ENGINE_API sync_engine_status sync_engine_create_document_with_id(void *engine, const char *id, const char *title,
                                                                       const char *content_json, char **out_document);
/** New title, new content, or both; NULL leaves it as it is. */
SYNC_ENGINE_API sync_engine_status sync_engine_update_document(void *engine, const char *id, const char *title,
                                                               const char *content_json, char **out_document);
/** RFC 7396. @param title NULL leaves it as it is, here and below */
SYNC_ENGINE_API sync_engine_status sync_engine_merge_document(void *engine, const char *id, const char *title,
                                                              const char *merge_json, char **out_document);
/** RFC 6902. */
SYNC_ENGINE_API sync_engine_status sync_engine_patch_document(void *engine, const char *id, const char *title,
                                                              const char *patch_json, char **out_document);
/** Soft: it can be restored. Deleting what is deleted succeeds. */
SYNC_ENGINE_API sync_engine_status sync_engine_delete_document(void *engine, const char *id);
SYNC_ENGINE_API sync_engine_status sync_engine_restore_document(void *engine, const char *id, char **out_document);
/** @param flags of sync_engine_document_flags @return SYNC_ENGINE_ERROR_DOCUMENT_NOT_FOUND where there is none */
SYNC_ENGINE_API sync_engine_status sync_engine_get_document(void *engine, const char *id, uint32_t flags,
                                                            char **out_document);
/** @param options_json NULL, or `{"limit", "offset", "order_by", "descending", "include_deleted"}`, each optional */
SYNC_ENGINE_API sync_engine_status sync_engine_list_documents(void *engine, const char *options_json,
                                                              char **out_documents);
/** @param where_json paths and what is wanted there, such as `{"done": false, "rank": {"gte": 2}}` */
SYNC_ENGINE_API sync_engine_status sync_engine_find_documents(void *engine, const char *where_json,
                                                              const char *options_json, char **out_documents);
/** By words in the title or the content, the best first. @param limit 0 is 50 */
SYNC_ENGINE_API sync_engine_status sync_engine_search_documents(void *engine, const char *words, uint32_t limit,
                                                                char **out_documents);
SYNC_ENGINE_API sync_engine_status sync_engine_count_documents(void *engine, uint32_t flags, int64_t *out_count);

/* ---- History */

/** Takes back one change. @param version that the change made; 0 is the user's own latest. @param flags of sync_engine_undo_flags */
SYNC_ENGINE_API sync_engine_status sync_engine_undo(void *engine, const char *id, int64_t version, uint32_t flags,
                                                    char **out_document);
/** Takes back the user's last undo. */
SYNC_ENGINE_API sync_engine_status sync_engine_redo(void *engine, const char *id, uint32_t flags, char **out_document);
/** Makes the document what it was at a version, as a new change. */
SYNC_ENGINE_API sync_engine_status sync_engine_revert(void *engine, const char *id, int64_t version,
                                                      char **out_document);
/** Its changes, newest first. @param limit 0 is 50 @param before_version only what is older; 0 is all */
SYNC_ENGINE_API sync_engine_status sync_engine_history(void *engine, const char *id, uint32_t limit,
                                                       int64_t before_version, char **out_changes);
/** The document as it was at a version that the server has confirmed. */
SYNC_ENGINE_API sync_engine_status sync_engine_document_at_version(void *engine, const char *id, int64_t version,
                                                                   char **out_document);

/* ---- Conflicts: changes of this database's that lost, whole */

/** @param options_json NULL, or `{"document_id", "include_dismissed", "limit"}`, each optional */
SYNC_ENGINE_API sync_engine_status sync_engine_conflicts(void *engine, const char *options_json, char **out_conflicts);
SYNC_ENGINE_API sync_engine_status sync_engine_dismiss_conflict(void *engine, const char *conflict_id);
/** Brings back what was lost, as a new change. */
SYNC_ENGINE_API sync_engine_status sync_engine_apply_conflict(void *engine, const char *conflict_id,
                                                              char **out_document);

/* ---- Sync */

/** Goes online, and stays so through every loss of the connection. Does not wait for it. */
SYNC_ENGINE_API sync_engine_status sync_engine_connect(void *engine);
/** Stays offline on purpose. */
SYNC_ENGINE_API sync_engine_status sync_engine_disconnect(void *engine);
/** Syncs at once, also where the next attempt would be later; connects if need be. Does not wait for it. */
SYNC_ENGINE_API sync_engine_status sync_engine_sync_now(void *engine);
/** Waits until everything of ours is confirmed and everything of theirs is here. @return SYNC_ENGINE_ERROR_TIMED_OUT */
SYNC_ENGINE_API sync_engine_status sync_engine_wait_until_synced(void *engine, uint32_t timeout_ms);
/** As JSON: connection, pending, documents, conflicts, caught_up, client_id, ... */
SYNC_ENGINE_API sync_engine_status sync_engine_get_status(void *engine, char **out_status);
/** Changes that the server has not confirmed. */
SYNC_ENGINE_API sync_engine_status sync_engine_pending_count(void *engine, int64_t *out_count);

/* ---- Events */

/** What a callback is told. It and its texts are valid until the callback returns. */
typedef struct sync_engine_event {
  size_t struct_size;
  /** A sync_engine_event_type. */
  int32_t type;
  /** Of a document: a sync_engine_origin. */
  int32_t origin;
  /** Of SYNC_ENGINE_EVENT_CONNECTION: a sync_engine_connection_state; else -1. */
  int32_t connection;
  /** Of SYNC_ENGINE_EVENT_SYNC_ERROR: a sync_engine_status; of a log line: its sync_engine_log_level. */
  int32_t status;
  /** Of SYNC_ENGINE_EVENT_EVENTS_MISSED: how many; 0 is not known. */
  uint64_t missed;
  /** Of a document or a conflict; else NULL. */
  const char *document_id;
  /** In words; may be NULL. */
  const char *message;
  /** All that there is to tell, as a JSON object. */
  const char *json;
} sync_engine_event;

/** May call any function of the library, on any engine. An exception that leaves it is swallowed. */
typedef void (*sync_engine_callback)(const sync_engine_event *event, void *context);

/** The bit of a type in a mask of events. */
#define SYNC_ENGINE_MASK(type) (UINT32_C(1) << (type))
#define SYNC_ENGINE_MASK_DOCUMENTS                        \
  (SYNC_ENGINE_MASK(SYNC_ENGINE_EVENT_DOCUMENT_CREATED) | \
   SYNC_ENGINE_MASK(SYNC_ENGINE_EVENT_DOCUMENT_UPDATED) | \
   SYNC_ENGINE_MASK(SYNC_ENGINE_EVENT_DOCUMENT_DELETED) | \
   SYNC_ENGINE_MASK(SYNC_ENGINE_EVENT_DOCUMENT_RESTORED))
#define SYNC_ENGINE_MASK_SYNC                        \
  (SYNC_ENGINE_MASK(SYNC_ENGINE_EVENT_SYNC_STARTED) | \
   SYNC_ENGINE_MASK(SYNC_ENGINE_EVENT_SYNC_COMPLETED) | SYNC_ENGINE_MASK(SYNC_ENGINE_EVENT_SYNC_ERROR))
#define SYNC_ENGINE_MASK_ALL UINT32_C(0xfffffffe)

/**
 * Registers a callback for what happens from now on.
 * @param mask of SYNC_ENGINE_MASK(...) of the types that are wanted
 * @param document_id only what is about this document; NULL is all
 * @param context handed to the callback as it is
 * @param out_subscription for `sync_engine_unsubscribe`; never 0
 */
SYNC_ENGINE_API sync_engine_status sync_engine_subscribe(void *engine, uint32_t mask, const char *document_id,
                                                         sync_engine_callback callback, void *context,
                                                         uint64_t *out_subscription);
/** When it returns, the callback is not running and will not be called, but for one that calls this itself. A number that
    is not known any more is left alone. */
SYNC_ENGINE_API sync_engine_status sync_engine_unsubscribe(void *engine, uint64_t subscription);
/**
 * Calls the callbacks of what has happened, on this thread. For engines with polled callbacks; called from inside a
 * callback it does nothing.
 * @param max_events 0 is as many as there are
 * @param timeout_ms how long to wait for a first event; 0 does not wait
 * @param out_processed may be NULL
 */
SYNC_ENGINE_API sync_engine_status sync_engine_process_events(void *engine, uint32_t max_events, uint32_t timeout_ms,
                                                              uint32_t *out_processed);

/* ---- The library */

/** Of the last call on this thread that failed. */
SYNC_ENGINE_API sync_engine_status sync_engine_last_error_code(void);
/** Never NULL; valid until the next call on this thread. Empty where none has failed. */
SYNC_ENGINE_API const char *sync_engine_last_error_message(void);
/** What to do about it. Never NULL, and valid as long. */
SYNC_ENGINE_API const char *sync_engine_last_error_remedy(void);
/** Facts for a program, as a JSON object; empty where there are none. Never NULL, and valid as long. */
SYNC_ENGINE_API const char *sync_engine_last_error_details(void);
/** `document_not_found` and the like; `unknown` for a number that is none. Never to be freed. */
SYNC_ENGINE_API const char *sync_engine_status_name(int32_t status);
/** Such as `0.1.0`. Never to be freed. */
SYNC_ENGINE_API const char *sync_engine_version(void);
/** Gives back what an `out_...` argument received. NULL is left alone. */
SYNC_ENGINE_API void sync_engine_free(void *text);

#ifdef __cplusplus
}
#endif

#endif
