/**
 * For native addons of Node: the functions of sync_engine.h as a table, since one addon cannot link against another.
 *
 * JavaScript hands a client of the SDK to `attach` of @json-database-sync/ffi and gets `{ api, handle }`: two values for
 * another addon, which takes `Napi::External<sync_engine_api>` and `Napi::External<void>` of them. The functions
 * behave as sync_engine.h says. On the thread of the JavaScript itself, calls fail with `would_deadlock`: it is the one
 * that would have to answer. sync_engine_create and its like are not in it: the engine is the one that was handed over.
 */
#ifndef SYNC_ENGINE_API_HPP
#define SYNC_ENGINE_API_HPP

#include <cstddef>

#include "sync_engine.h"

#define SYNC_ENGINE_API_FUNCTIONS(X) \
  X(destroy)                         \
  X(create_document)                 \
  X(create_document_with_id)         \
  X(update_document)                 \
  X(merge_document)                  \
  X(patch_document)                  \
  X(delete_document)                 \
  X(restore_document)                \
  X(get_document)                    \
  X(list_documents)                  \
  X(find_documents)                  \
  X(search_documents)                \
  X(count_documents)                 \
  X(undo)                            \
  X(redo)                            \
  X(revert)                          \
  X(history)                         \
  X(document_at_version)             \
  X(conflicts)                       \
  X(dismiss_conflict)                \
  X(apply_conflict)                  \
  X(connect)                         \
  X(disconnect)                      \
  X(sync_now)                        \
  X(wait_until_synced)               \
  X(get_status)                      \
  X(pending_count)                   \
  X(subscribe)                       \
  X(unsubscribe)                     \
  X(process_events)                  \
  X(last_error_code)                 \
  X(last_error_message)              \
  X(last_error_remedy)               \
  X(last_error_details)              \
  X(status_name)                     \
  X(version)                         \
  X(free)

/** A later addon may have more functions at the end: `struct_size` says how many there are. */
struct sync_engine_api {
  std::size_t struct_size;
#define SYNC_ENGINE_API_MEMBER(name) decltype(&sync_engine_##name) name;
  SYNC_ENGINE_API_FUNCTIONS(SYNC_ENGINE_API_MEMBER)
#undef SYNC_ENGINE_API_MEMBER
};

#endif
