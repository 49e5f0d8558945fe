// The C ABI: documents, their history, conflicts and sync. Each function checks its arguments and says which operation it is;
// libs/ffi/src/host/operations.ts carries it out, and has the fields of each.
#include <chrono>

#include "boundary.hpp"

using namespace sync_engine_internal;

namespace {

sync_engine_status countCall(void* engine, Operation operation, std::int64_t* out, const Fields& fields) noexcept {
  if (out != nullptr) *out = 0;
  return atBoundary([&] {
    const auto found = engineOf(engine);
    requiredOut(out, "out_count");
    *out = countOf(found->call(operation, fields.body()));
  });
}

sync_engine_status plainCall(void* engine, Operation operation) noexcept {
  return textCall(engine, operation, nullptr, [](Fields&) {});
}

sync_engine_status idCall(void* engine, Operation operation, const char* id, const char* name, char** out) noexcept {
  return textCall(engine, operation, out, [&](Fields& fields) { fields.add(requiredText(id, name)); });
}

/// Merge patch and JSON Patch differ in the operation only.
sync_engine_status changeCall(void* engine, Operation operation, const char* id, const char* title, const char* json,
                              const char* name, char** out) noexcept {
  return textCall(engine, operation, out, [&](Fields& fields) {
    fields.add(requiredText(id, "id")).add(optionalText(title, "title")).add(requiredText(json, name));
  });
}

}  // namespace

sync_engine_status sync_engine_create_document(void* engine, const char* title, const char* content_json,
                                               char** out_document) {
  return textCall(engine, Operation::kCreate, out_document, [&](Fields& fields) {
    const char* none = nullptr;
    fields.add(none).add(optionalText(title, "title")).add(requiredText(content_json, "content_json"));
  });
}

sync_engine_status sync_engine_create_document_with_id(void* engine, const char* id, const char* title,
                                                       const char* content_json, char** out_document) {
  return changeCall(engine, Operation::kCreate, id, title, content_json, "content_json", out_document);
}

sync_engine_status sync_engine_update_document(void* engine, const char* id, const char* title,
                                               const char* content_json, char** out_document) {
  return textCall(engine, Operation::kUpdate, out_document, [&](Fields& fields) {
    fields.add(requiredText(id, "id")).add(optionalText(title, "title")).add(optionalText(content_json, "content_json"));
  });
}

sync_engine_status sync_engine_merge_document(void* engine, const char* id, const char* title, const char* merge_json,
                                              char** out_document) {
  return changeCall(engine, Operation::kMerge, id, title, merge_json, "merge_json", out_document);
}

sync_engine_status sync_engine_patch_document(void* engine, const char* id, const char* title, const char* patch_json,
                                              char** out_document) {
  return changeCall(engine, Operation::kPatch, id, title, patch_json, "patch_json", out_document);
}

sync_engine_status sync_engine_delete_document(void* engine, const char* id) {
  return idCall(engine, Operation::kDelete, id, "id", nullptr);
}

sync_engine_status sync_engine_restore_document(void* engine, const char* id, char** out_document) {
  return idCall(engine, Operation::kRestore, id, "id", out_document);
}

sync_engine_status sync_engine_get_document(void* engine, const char* id, std::uint32_t flags, char** out_document) {
  return textCall(engine, Operation::kGet, out_document,
                  [&](Fields& fields) { fields.add(requiredText(id, "id")).add(std::int64_t{flags}); });
}

sync_engine_status sync_engine_list_documents(void* engine, const char* options_json, char** out_documents) {
  return textCall(engine, Operation::kList, out_documents,
                  [&](Fields& fields) { fields.add(optionalText(options_json, "options_json")); });
}

sync_engine_status sync_engine_find_documents(void* engine, const char* where_json, const char* options_json,
                                              char** out_documents) {
  return textCall(engine, Operation::kFind, out_documents, [&](Fields& fields) {
    fields.add(requiredText(where_json, "where_json")).add(optionalText(options_json, "options_json"));
  });
}

sync_engine_status sync_engine_search_documents(void* engine, const char* words, std::uint32_t limit,
                                                char** out_documents) {
  return textCall(engine, Operation::kSearch, out_documents,
                  [&](Fields& fields) { fields.add(requiredText(words, "words")).add(std::int64_t{limit}); });
}

sync_engine_status sync_engine_count_documents(void* engine, std::uint32_t flags, std::int64_t* out_count) {
  Fields fields;
  fields.add(std::int64_t{flags});
  return countCall(engine, Operation::kCount, out_count, fields);
}

sync_engine_status sync_engine_undo(void* engine, const char* id, std::int64_t version, std::uint32_t flags,
                                    char** out_document) {
  return textCall(engine, Operation::kUndo, out_document, [&](Fields& fields) {
    fields.add(requiredText(id, "id")).add(version).add(std::int64_t{flags});
  });
}

sync_engine_status sync_engine_redo(void* engine, const char* id, std::uint32_t flags, char** out_document) {
  return textCall(engine, Operation::kRedo, out_document,
                  [&](Fields& fields) { fields.add(requiredText(id, "id")).add(std::int64_t{flags}); });
}

sync_engine_status sync_engine_revert(void* engine, const char* id, std::int64_t version, char** out_document) {
  return textCall(engine, Operation::kRevert, out_document,
                  [&](Fields& fields) { fields.add(requiredText(id, "id")).add(version); });
}

sync_engine_status sync_engine_history(void* engine, const char* id, std::uint32_t limit, std::int64_t before_version,
                                       char** out_changes) {
  return textCall(engine, Operation::kHistory, out_changes, [&](Fields& fields) {
    fields.add(requiredText(id, "id")).add(std::int64_t{limit}).add(before_version);
  });
}

sync_engine_status sync_engine_document_at_version(void* engine, const char* id, std::int64_t version,
                                                   char** out_document) {
  return textCall(engine, Operation::kAtVersion, out_document,
                  [&](Fields& fields) { fields.add(requiredText(id, "id")).add(version); });
}

sync_engine_status sync_engine_conflicts(void* engine, const char* options_json, char** out_conflicts) {
  return textCall(engine, Operation::kConflicts, out_conflicts,
                  [&](Fields& fields) { fields.add(optionalText(options_json, "options_json")); });
}

sync_engine_status sync_engine_dismiss_conflict(void* engine, const char* conflict_id) {
  return idCall(engine, Operation::kDismissConflict, conflict_id, "conflict_id", nullptr);
}

sync_engine_status sync_engine_apply_conflict(void* engine, const char* conflict_id, char** out_document) {
  return idCall(engine, Operation::kApplyConflict, conflict_id, "conflict_id", out_document);
}

sync_engine_status sync_engine_connect(void* engine) { return plainCall(engine, Operation::kConnect); }
sync_engine_status sync_engine_disconnect(void* engine) { return plainCall(engine, Operation::kDisconnect); }
sync_engine_status sync_engine_sync_now(void* engine) { return plainCall(engine, Operation::kSyncNow); }

sync_engine_status sync_engine_wait_until_synced(void* engine, std::uint32_t timeout_ms) {
  return atBoundary([&] {
    Fields fields;
    fields.add(std::int64_t{timeout_ms});
    engineOf(engine)->call(Operation::kSynced, fields.body(), std::chrono::milliseconds(timeout_ms));
  });
}

sync_engine_status sync_engine_get_status(void* engine, char** out_status) {
  return textCall(engine, Operation::kStatus, out_status, [](Fields&) {});
}

sync_engine_status sync_engine_pending_count(void* engine, std::int64_t* out_count) {
  return countCall(engine, Operation::kPending, out_count, Fields());
}
