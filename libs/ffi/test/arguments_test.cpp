// Every argument of every function, wrong in every way that it can be: a status, never a crash.
#include <cstring>
#include <utility>

#include "harness.hpp"

using testing::Engine;
using testing::Text;

namespace {

const char* const kId = "550e8400-e29b-41d4-a716-446655440000";
const char* const kNotUtf8 = "\xc3\x28";

void noCallback(const sync_engine_event*, void*) {}

/// Each function that takes an engine, with arguments that are right.
std::vector<std::pair<std::string, std::function<int(void*)>>> withEngine() {
  return {
      {"create_document", [](void* e) { return sync_engine_create_document(e, "t", "{}", nullptr); }},
      {"create_document_with_id",
       [](void* e) { return sync_engine_create_document_with_id(e, kId, "t", "{}", nullptr); }},
      {"update_document", [](void* e) { return sync_engine_update_document(e, kId, "t", "{}", nullptr); }},
      {"merge_document", [](void* e) { return sync_engine_merge_document(e, kId, nullptr, "{}", nullptr); }},
      {"patch_document", [](void* e) { return sync_engine_patch_document(e, kId, nullptr, "[]", nullptr); }},
      {"delete_document", [](void* e) { return sync_engine_delete_document(e, kId); }},
      {"restore_document", [](void* e) { return sync_engine_restore_document(e, kId, nullptr); }},
      {"get_document", [](void* e) { return sync_engine_get_document(e, kId, 0, nullptr); }},
      {"list_documents", [](void* e) { return sync_engine_list_documents(e, nullptr, nullptr); }},
      {"find_documents", [](void* e) { return sync_engine_find_documents(e, "{}", nullptr, nullptr); }},
      {"search_documents", [](void* e) { return sync_engine_search_documents(e, "a", 0, nullptr); }},
      {"count_documents",
       [](void* e) {
         std::int64_t count = 7;
         const int status = sync_engine_count_documents(e, 0, &count);
         return count == 0 ? status : -1;
       }},
      {"undo", [](void* e) { return sync_engine_undo(e, kId, 0, 0, nullptr); }},
      {"redo", [](void* e) { return sync_engine_redo(e, kId, 0, nullptr); }},
      {"revert", [](void* e) { return sync_engine_revert(e, kId, 1, nullptr); }},
      {"history", [](void* e) { return sync_engine_history(e, kId, 0, 0, nullptr); }},
      {"document_at_version", [](void* e) { return sync_engine_document_at_version(e, kId, 1, nullptr); }},
      {"conflicts", [](void* e) { return sync_engine_conflicts(e, nullptr, nullptr); }},
      {"dismiss_conflict", [](void* e) { return sync_engine_dismiss_conflict(e, kId); }},
      {"apply_conflict", [](void* e) { return sync_engine_apply_conflict(e, kId, nullptr); }},
      {"connect", [](void* e) { return sync_engine_connect(e); }},
      {"disconnect", [](void* e) { return sync_engine_disconnect(e); }},
      {"sync_now", [](void* e) { return sync_engine_sync_now(e); }},
      {"wait_until_synced", [](void* e) { return sync_engine_wait_until_synced(e, 0); }},
      {"get_status", [](void* e) { return sync_engine_get_status(e, nullptr); }},
      {"pending_count",
       [](void* e) {
         std::int64_t count = 7;
         const int status = sync_engine_pending_count(e, &count);
         return count == 0 ? status : -1;
       }},
      {"subscribe",
       [](void* e) {
         std::uint64_t subscription = 7;
         const int status = sync_engine_subscribe(e, SYNC_ENGINE_MASK_ALL, nullptr, noCallback, nullptr, &subscription);
         return subscription == 0 ? status : -1;
       }},
      {"unsubscribe", [](void* e) { return sync_engine_unsubscribe(e, 1); }},
      {"process_events", [](void* e) { return sync_engine_process_events(e, 0, 0, nullptr); }},
  };
}

using TextCall = std::function<int(void*, const char*)>;

/// Each argument that is a text: whether it may be NULL, and a call with it.
struct TextArgument {
  const char* name;
  bool optional;
  TextCall call;
};

std::vector<TextArgument> textArguments() {
  return {
      {"create title", true, [](void* e, const char* x) { return sync_engine_create_document(e, x, "{}", nullptr); }},
      {"create content", false, [](void* e, const char* x) { return sync_engine_create_document(e, "", x, nullptr); }},
      {"create_with_id id", true,
       [](void* e, const char* x) {
         return x == nullptr ? SYNC_ENGINE_OK : sync_engine_create_document_with_id(e, x, "", "{}", nullptr);
       }},
      {"create_with_id content", false,
       [](void* e, const char* x) { return sync_engine_create_document_with_id(e, kId, "", x, nullptr); }},
      {"update id", false, [](void* e, const char* x) { return sync_engine_update_document(e, x, "", "{}", nullptr); }},
      {"update title", true,
       [](void* e, const char* x) { return sync_engine_update_document(e, kId, x, "{}", nullptr); }},
      {"update content", true,
       [](void* e, const char* x) { return sync_engine_update_document(e, kId, "", x, nullptr); }},
      {"merge id", false, [](void* e, const char* x) { return sync_engine_merge_document(e, x, "", "{}", nullptr); }},
      {"merge title", true, [](void* e, const char* x) { return sync_engine_merge_document(e, kId, x, "{}", nullptr); }},
      {"merge json", false, [](void* e, const char* x) { return sync_engine_merge_document(e, kId, "", x, nullptr); }},
      {"patch id", false, [](void* e, const char* x) { return sync_engine_patch_document(e, x, "", "[]", nullptr); }},
      {"patch title", true, [](void* e, const char* x) { return sync_engine_patch_document(e, kId, x, "[]", nullptr); }},
      {"patch json", false, [](void* e, const char* x) { return sync_engine_patch_document(e, kId, "", x, nullptr); }},
      {"delete id", false, [](void* e, const char* x) { return sync_engine_delete_document(e, x); }},
      {"restore id", false, [](void* e, const char* x) { return sync_engine_restore_document(e, x, nullptr); }},
      {"get id", false, [](void* e, const char* x) { return sync_engine_get_document(e, x, 0, nullptr); }},
      {"list options", true, [](void* e, const char* x) { return sync_engine_list_documents(e, x, nullptr); }},
      {"find where", false, [](void* e, const char* x) { return sync_engine_find_documents(e, x, nullptr, nullptr); }},
      {"find options", true, [](void* e, const char* x) { return sync_engine_find_documents(e, "{}", x, nullptr); }},
      {"search words", false, [](void* e, const char* x) { return sync_engine_search_documents(e, x, 0, nullptr); }},
      {"undo id", false, [](void* e, const char* x) { return sync_engine_undo(e, x, 0, 0, nullptr); }},
      {"redo id", false, [](void* e, const char* x) { return sync_engine_redo(e, x, 0, nullptr); }},
      {"revert id", false, [](void* e, const char* x) { return sync_engine_revert(e, x, 1, nullptr); }},
      {"history id", false, [](void* e, const char* x) { return sync_engine_history(e, x, 0, 0, nullptr); }},
      {"at id", false, [](void* e, const char* x) { return sync_engine_document_at_version(e, x, 1, nullptr); }},
      {"conflicts options", true, [](void* e, const char* x) { return sync_engine_conflicts(e, x, nullptr); }},
      {"dismiss id", false, [](void* e, const char* x) { return sync_engine_dismiss_conflict(e, x); }},
      {"apply id", false, [](void* e, const char* x) { return sync_engine_apply_conflict(e, x, nullptr); }},
      {"subscribe document", true,
       [](void* e, const char* x) {
         std::uint64_t number = 0;
         const int status = sync_engine_subscribe(e, SYNC_ENGINE_MASK_ALL, x, noCallback, nullptr, &number);
         sync_engine_unsubscribe(e, number);
         return status;
       }},
  };
}

int creating(const std::function<void(sync_engine_options&)>& change) {
  sync_engine_options options;
  sync_engine_options_init(&options);
  options.database_path = ":memory:";
  change(options);
  void* engine = nullptr;
  const int status = sync_engine_create_with_options(&options, &engine);
  sync_engine_destroy(engine);
  return status;
}

}  // namespace

TEST_CASE("arguments: an engine that is NULL, never was, or is gone is refused by every function") {
  void* gone = nullptr;
  {
    const Engine engine("gone");
    gone = engine.get();
  }
  int local = 0;
  for (const auto& [name, call] : withEngine()) {
    for (void* handle : {static_cast<void*>(nullptr), gone, static_cast<void*>(&local)}) {
      testing::checkEqual(testing::describe(call(handle)), std::string("invalid_handle"), name.c_str(), __FILE__, __LINE__);
    }
  }
  sync_engine_destroy(nullptr);
  sync_engine_destroy(gone);
  sync_engine_destroy(&local);
}

TEST_CASE("arguments: a text that is NULL, is not UTF-8, or is too long") {
  const Engine engine("texts");
  const std::string long_text(64u * 1024 * 1024 + 1, 'x');
  for (const auto& [name, optional, call] : textArguments()) {
    const auto check = [&name = name](int status, const char* expected) {
      testing::checkEqual(testing::describe(status), std::string(expected), name, __FILE__, __LINE__);
    };
    if (!optional) check(call(engine, nullptr), "null_argument");
    for (const char* bad : {kNotUtf8, "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc0\xaf", "a\xff", "\xe2\x82"}) {
      check(call(engine, bad), "not_utf8");
    }
    check(call(engine, long_text.c_str()), "invalid_argument");
  }
}

TEST_CASE("arguments: a text that has to be JSON and is not, or not of the right kind") {
  const Engine engine("json");
  const std::string id = engine.create("t", "{}");
  Text out;
  for (const char* bad : {"", "{", "{a:1}", "nul", "[1,]", "\"\n\"", "{} {}"}) {
    CHECK_STATUS(sync_engine_create_document(engine, "", bad, out.out()), SYNC_ENGINE_ERROR_NOT_JSON);
    CHECK_STATUS(sync_engine_update_document(engine, id.c_str(), nullptr, bad, out.out()), SYNC_ENGINE_ERROR_NOT_JSON);
    CHECK_STATUS(sync_engine_merge_document(engine, id.c_str(), nullptr, bad, out.out()), SYNC_ENGINE_ERROR_NOT_JSON);
    CHECK_STATUS(sync_engine_patch_document(engine, id.c_str(), nullptr, bad, out.out()), SYNC_ENGINE_ERROR_NOT_JSON);
    CHECK_STATUS(sync_engine_list_documents(engine, bad, out.out()), SYNC_ENGINE_ERROR_NOT_JSON);
    CHECK_STATUS(sync_engine_find_documents(engine, bad, nullptr, out.out()), SYNC_ENGINE_ERROR_NOT_JSON);
    CHECK_STATUS(sync_engine_find_documents(engine, "{}", bad, out.out()), SYNC_ENGINE_ERROR_NOT_JSON);
    CHECK_STATUS(sync_engine_conflicts(engine, bad, out.out()), SYNC_ENGINE_ERROR_NOT_JSON);
    CHECK(out.isNull());
    CHECK(std::strlen(sync_engine_last_error_message()) > 0);
  }
  CHECK_STATUS(sync_engine_create_document(engine, "", "9007199254740993", nullptr), SYNC_ENGINE_ERROR_UNSAFE_NUMBER);
  CHECK_STATUS(sync_engine_create_document(engine, "", R"({"a":1,"a":2})", nullptr), SYNC_ENGINE_ERROR_INVALID_DOCUMENT);
  CHECK_STATUS(sync_engine_create_document(engine, "", R"("\u0000")", nullptr), SYNC_ENGINE_ERROR_INVALID_DOCUMENT);
  const std::string deep = std::string(500, '[') + std::string(500, ']');
  CHECK_STATUS(sync_engine_create_document(engine, "", deep.c_str(), nullptr), SYNC_ENGINE_ERROR_INVALID_DOCUMENT);
  for (const char* bad : {"{}", "[{}]", R"([{"op":"fly","path":""}])", "[1]"}) {
    CHECK_STATUS(sync_engine_patch_document(engine, id.c_str(), nullptr, bad, nullptr), SYNC_ENGINE_ERROR_INVALID_PATCH);
  }
  for (const char* bad : {"[]", "1", R"({"limit":-1})", R"({"limit":"1"})", R"({"order_by":"x"})", R"({"unknown":1})"}) {
    CHECK_STATUS(sync_engine_list_documents(engine, bad, nullptr), SYNC_ENGINE_ERROR_INVALID_ARGUMENT);
  }
  for (const char* bad : {"[]", "1", "null", R"({"a":{}})", R"({"a":{"near":1}})", R"({"a":[]})"}) {
    CHECK_STATUS(sync_engine_find_documents(engine, bad, nullptr, nullptr), SYNC_ENGINE_ERROR_INVALID_ARGUMENT);
  }
  CHECK_STATUS(sync_engine_conflicts(engine, R"({"document_id":"x"})", nullptr), SYNC_ENGINE_ERROR_INVALID_ARGUMENT);
}

TEST_CASE("arguments: ids that are none, and those of nothing") {
  const Engine engine("ids");
  for (const auto& [name, optional, call] : textArguments()) {
    const std::string title = name;
    if (title.size() < 3 || title.substr(title.size() - 3) != " id") continue;
    testing::checkEqual(testing::describe(call(engine, "no-uuid")), std::string("invalid_argument"), name, __FILE__,
                        __LINE__);
    testing::checkEqual(testing::describe(call(engine, "")), std::string("invalid_argument"), name, __FILE__, __LINE__);
  }
  CHECK_STATUS(sync_engine_get_document(engine, kId, 0, nullptr), SYNC_ENGINE_ERROR_DOCUMENT_NOT_FOUND);
  CHECK_STATUS(sync_engine_merge_document(engine, kId, nullptr, "{}", nullptr), SYNC_ENGINE_ERROR_DOCUMENT_NOT_FOUND);
  CHECK_STATUS(sync_engine_delete_document(engine, kId), SYNC_ENGINE_ERROR_DOCUMENT_NOT_FOUND);
  CHECK_STATUS(sync_engine_restore_document(engine, kId, nullptr), SYNC_ENGINE_ERROR_DOCUMENT_NOT_FOUND);
  CHECK_STATUS(sync_engine_undo(engine, kId, 0, 0, nullptr), SYNC_ENGINE_ERROR_DOCUMENT_NOT_FOUND);
  const std::string too_long(1'001, 'x');
  CHECK_STATUS(sync_engine_create_document(engine, too_long.c_str(), "{}", nullptr), SYNC_ENGINE_ERROR_INVALID_ARGUMENT);
}

TEST_CASE("arguments: numbers that are out of range") {
  const Engine engine("numbers");
  const std::string id = engine.create("t", "{}");
  const std::int64_t most = INT64_MAX;
  for (const std::int64_t version : {std::int64_t{-1}, std::int64_t{2'147'483'648}}) {
    CHECK_STATUS(sync_engine_undo(engine, id.c_str(), version, 0, nullptr), SYNC_ENGINE_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(sync_engine_revert(engine, id.c_str(), version, nullptr), SYNC_ENGINE_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(sync_engine_document_at_version(engine, id.c_str(), version, nullptr), SYNC_ENGINE_ERROR_INVALID_ARGUMENT);
  }
  CHECK_STATUS(sync_engine_revert(engine, id.c_str(), 0, nullptr), SYNC_ENGINE_ERROR_INVALID_ARGUMENT);
  CHECK_STATUS(sync_engine_undo(engine, id.c_str(), most, 0, nullptr), SYNC_ENGINE_ERROR_INVALID_ARGUMENT);
  CHECK_STATUS(sync_engine_history(engine, id.c_str(), 0, most, nullptr), SYNC_ENGINE_ERROR_INVALID_ARGUMENT);
  CHECK_STATUS(sync_engine_history(engine, id.c_str(), 0, -1, nullptr), SYNC_ENGINE_ERROR_INVALID_ARGUMENT);
  OK(sync_engine_history(engine, id.c_str(), UINT32_MAX, 0, nullptr));
  // Bits that mean nothing yet are left alone.
  OK(sync_engine_get_document(engine, id.c_str(), 0xfffffff0u, nullptr));
}

TEST_CASE("arguments: where results go") {
  const Engine engine("outs");
  CHECK_STATUS(sync_engine_count_documents(engine, 0, nullptr), SYNC_ENGINE_ERROR_NULL_ARGUMENT);
  CHECK_STATUS(sync_engine_pending_count(engine, nullptr), SYNC_ENGINE_ERROR_NULL_ARGUMENT);
  std::uint64_t number = 7;
  CHECK_STATUS(sync_engine_subscribe(engine, 2, nullptr, nullptr, nullptr, &number), SYNC_ENGINE_ERROR_NULL_ARGUMENT);
  CHECK_EQUAL(number, 0u);
  CHECK_STATUS(sync_engine_subscribe(engine, 2, nullptr, noCallback, nullptr, nullptr), SYNC_ENGINE_ERROR_NULL_ARGUMENT);
  CHECK_STATUS(sync_engine_subscribe(engine, 1, nullptr, noCallback, nullptr, &number), SYNC_ENGINE_ERROR_INVALID_ARGUMENT);
  for (const std::uint64_t unknown : {0u, 12'345u}) OK(sync_engine_unsubscribe(engine, unknown));
  sync_engine_free(nullptr);
}

TEST_CASE("arguments: options, each of them") {
  using Options = sync_engine_options;
  void* engine = nullptr;
  Options options;
  CHECK_STATUS(sync_engine_options_init(nullptr), SYNC_ENGINE_ERROR_NULL_ARGUMENT);
  OK(sync_engine_options_init(&options));
  CHECK_STATUS(sync_engine_create_with_options(nullptr, &engine), SYNC_ENGINE_ERROR_NULL_ARGUMENT);
  CHECK_STATUS(sync_engine_create_with_options(&options, nullptr), SYNC_ENGINE_ERROR_NULL_ARGUMENT);
  CHECK_STATUS(sync_engine_create_with_options(&options, &engine), SYNC_ENGINE_ERROR_NULL_ARGUMENT);
  CHECK(engine == nullptr);
  OK(creating([](Options&) {}));
  const auto refused = [](const std::function<void(Options&)>& change) {
    CHECK_STATUS(creating(change), SYNC_ENGINE_ERROR_INVALID_ARGUMENT);
  };
  refused([](Options& o) { o.struct_size = 0; });
  refused([](Options& o) { o.database_path = ""; });
  refused([](Options& o) { o.database_path = "sqlite:x?mode=ro"; });
  refused([](Options& o) { o.server_url = ""; });
  refused([](Options& o) { o.server_url = "http://localhost:1/ws"; });
  refused([](Options& o) { o.server_url = "no url"; });
  refused([](Options& o) { o.user_id = "ada"; });
  refused([](Options& o) { o.client_id = "this one"; });
  refused([](Options& o) { o.strategy = "mine"; });
  refused([](Options& o) { o.log_level = 5; });
  refused([](Options& o) { o.log_level = -1; });
  refused([](Options& o) { o.callback_mode = 2; });
  refused([](Options& o) { o.start_offline = 2; });
  refused([](Options& o) { o.call_timeout_ms = 0; });
  refused([](Options& o) { o.max_queued_events = 0; });
  refused([](Options& o) { o.max_queued_events = UINT32_MAX; });
  const std::vector<const char* Options::*> texts = {&Options::database_path, &Options::server_url, &Options::auth_token,
                                                     &Options::user_id,       &Options::client_id,  &Options::strategy,
                                                     &Options::host_path,     &Options::node_path};
  for (const auto text : texts) {
    CHECK_STATUS(creating([&](Options& o) { o.*text = kNotUtf8; }), SYNC_ENGINE_ERROR_NOT_UTF8);
  }
  CHECK_STATUS(creating([](Options& o) { o.host_path = "/nowhere/host"; }), SYNC_ENGINE_ERROR_HOST_NOT_STARTED);
  CHECK_STATUS(creating([](Options& o) { o.node_path = "/nowhere/node"; }), SYNC_ENGINE_ERROR_HOST_NOT_STARTED);
  // A program that is there, and is no host.
  CHECK_STATUS(creating([](Options& o) { o.host_path = "/bin/true"; }), SYNC_ENGINE_ERROR_HOST_NOT_STARTED);
  CHECK_STATUS(creating([](Options& o) { o.database_path = "sqlite:/nowhere/x.sqlite3?mode=rw"; }),
               SYNC_ENGINE_ERROR_STORAGE_FAILED);
  CHECK(sync_engine_create(nullptr, nullptr, nullptr) == nullptr);
  CHECK_STATUS(sync_engine_last_error_code(), SYNC_ENGINE_ERROR_NULL_ARGUMENT);
}

TEST_CASE("arguments: errors are of the thread that met them, and every status has a name") {
  CHECK_STATUS(sync_engine_connect(nullptr), SYNC_ENGINE_ERROR_INVALID_HANDLE);
  std::thread([] {
    CHECK_STATUS(sync_engine_last_error_code(), SYNC_ENGINE_OK);
    CHECK_EQUAL(std::string(sync_engine_last_error_message()), std::string());
  }).join();
  CHECK_STATUS(sync_engine_last_error_code(), SYNC_ENGINE_ERROR_INVALID_HANDLE);
  CHECK(std::strlen(sync_engine_last_error_remedy()) > 0);
  CHECK_EQUAL(std::string(sync_engine_last_error_details()), std::string());
  CHECK_EQUAL(std::string(sync_engine_status_name(4)), std::string("document_not_found"));
  for (const int number : {-1, 99, 1'000, INT32_MIN, INT32_MAX}) {
    CHECK_EQUAL(std::string(sync_engine_status_name(number)), std::string("unknown"));
  }
  CHECK_EQUAL(std::string(sync_engine_version()), std::string("0.1.0"));
}
