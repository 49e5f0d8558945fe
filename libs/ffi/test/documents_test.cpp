// Every function about documents, their history and their conflicts.
#include "harness.hpp"

using testing::Engine;
using testing::Text;

TEST_CASE("documents: the seed's create and destroy open and close an engine") {
  const std::string path = testing::databasePath("seed");
  void* engine = sync_engine_create(path.c_str(), testing::serverUrl().c_str(), "demo-token");
  CHECK(engine != nullptr);
  std::int64_t count = -1;
  OK(sync_engine_count_documents(engine, 0, &count));
  CHECK_EQUAL(count, 0);
  sync_engine_destroy(engine);
  CHECK_STATUS(sync_engine_count_documents(engine, 0, &count), SYNC_ENGINE_ERROR_INVALID_HANDLE);
}

TEST_CASE("documents: a sqlite: URL names the same file as a path") {
  const std::string path = testing::databasePath("url");
  const std::string url = "sqlite:" + path + "?mode=rwc";
  void* engine = sync_engine_create(url.c_str(), nullptr, nullptr);
  CHECK(engine != nullptr);
  Text status;
  OK(sync_engine_get_status(engine, status.out()));
  CHECK_EQUAL(status.member("database"), path);
  sync_engine_destroy(engine);
}

TEST_CASE("documents: create, get, update, merge, patch, delete, restore") {
  const Engine engine("one");
  Text document;
  OK(sync_engine_create_document(engine, "Milk", R"({"litres":1,"tags":[]})", document.out()));
  CHECK(document.has(R"("title":"Milk","content":{"litres":1,"tags":[]},"version":0)"));
  CHECK(document.has(R"("pending":true)"));
  const std::string id = document.member("id");

  OK(sync_engine_merge_document(engine, id.c_str(), nullptr, R"({"litres":2})", document.out()));
  CHECK(document.has(R"("title":"Milk","content":{"litres":2,"tags":[]})"));
  const char* patch = R"([{"op":"add","path":"/tags/-","value":"shop"}])";
  OK(sync_engine_patch_document(engine, id.c_str(), "Oat milk", patch, document.out()));
  CHECK(document.has(R"("title":"Oat milk","content":{"litres":2,"tags":["shop"]})"));
  OK(sync_engine_update_document(engine, id.c_str(), nullptr, R"({"litres":3})", document.out()));
  CHECK(document.has(R"("title":"Oat milk","content":{"litres":3})"));
  OK(sync_engine_update_document(engine, id.c_str(), "Soy milk", nullptr, document.out()));
  CHECK(document.has(R"("title":"Soy milk","content":{"litres":3})"));

  OK(sync_engine_delete_document(engine, id.c_str()));
  OK(sync_engine_delete_document(engine, id.c_str()));
  CHECK_STATUS(sync_engine_get_document(engine, id.c_str(), 0, document.out()), SYNC_ENGINE_ERROR_DOCUMENT_NOT_FOUND);
  CHECK(document.isNull());
  CHECK_STATUS(sync_engine_merge_document(engine, id.c_str(), nullptr, "{}", document.out()),
               SYNC_ENGINE_ERROR_DOCUMENT_DELETED);
  OK(sync_engine_get_document(engine, id.c_str(), SYNC_ENGINE_DOCUMENT_INCLUDE_DELETED, document.out()));
  CHECK(!document.has(R"("deleted_at":null)"));
  OK(sync_engine_restore_document(engine, id.c_str(), document.out()));
  CHECK(document.has(R"("deleted_at":null)"));
  OK(sync_engine_get_document(engine, id.c_str(), 0, document.out()));
  CHECK(document.has(R"("content":{"litres":3})"));
}

TEST_CASE("documents: one's own id, once") {
  const Engine engine("ids");
  const std::string id = testing::newUuid();
  Text document;
  OK(sync_engine_create_document_with_id(engine, id.c_str(), "A", "[]", document.out()));
  CHECK_EQUAL(document.member("id"), id);
  CHECK_STATUS(sync_engine_create_document_with_id(engine, id.c_str(), "A", "[]", nullptr),
               SYNC_ENGINE_ERROR_DOCUMENT_EXISTS);
  // A result that is not wanted, and no title.
  OK(sync_engine_create_document(engine, nullptr, "null", nullptr));
}

TEST_CASE("documents: any JSON value and any sign come back as they were") {
  const Engine engine("signs");
  const std::string content = R"({"a":[1.5,true,null,"\u0001"],"ü":"😀 \" \\ "})";
  const std::string id = engine.create("Größe 😀", content);
  Text document;
  OK(sync_engine_get_document(engine, id.c_str(), 0, document.out()));
  CHECK(document.has(content));
  CHECK_EQUAL(document.member("title"), std::string("Größe 😀"));
  for (const char* scalar : {"0", "\"\"", "false", "null", "[]"}) engine.create("", scalar);
}

TEST_CASE("documents: list, find, search, count") {
  const Engine engine("many");
  for (int rank = 0; rank < 5; ++rank) {
    engine.create("Task " + std::to_string(rank), R"({"rank":)" + std::to_string(rank) + R"(,"word":"milk"})");
  }
  const std::string gone = engine.create("Gone", "{}");
  OK(sync_engine_delete_document(engine, gone.c_str()));
  std::int64_t count = 0;
  OK(sync_engine_count_documents(engine, 0, &count));
  CHECK_EQUAL(count, 5);
  OK(sync_engine_count_documents(engine, SYNC_ENGINE_DOCUMENT_INCLUDE_DELETED, &count));
  CHECK_EQUAL(count, 6);

  Text found;
  OK(sync_engine_list_documents(engine, nullptr, found.out()));
  CHECK(found.has("Task 0") && found.has("Task 4") && !found.has("Gone"));
  OK(sync_engine_list_documents(engine, R"({"order_by":"title","descending":true,"limit":1,"offset":1})", found.out()));
  CHECK(found.has("Task 3") && !found.has("Task 4"));
  OK(sync_engine_list_documents(engine, R"({"include_deleted":true})", found.out()));
  CHECK(found.has("Gone"));
  OK(sync_engine_find_documents(engine, R"({"rank":{"gte":3}})", nullptr, found.out()));
  CHECK(found.has("Task 3") && found.has("Task 4") && !found.has("Task 2"));
  OK(sync_engine_find_documents(engine, "{}", R"({"limit":2,"order_by":"created_at"})", found.out()));
  CHECK(found.has("Task 1") && !found.has("Task 2"));
  OK(sync_engine_search_documents(engine, "mil task", 0, found.out()));
  CHECK(found.has("Task 0") && found.has("Task 4"));
  OK(sync_engine_search_documents(engine, "nothing", 3, found.out()));
  CHECK_EQUAL(found.str(), std::string("[]"));
}

TEST_CASE("documents: what was acknowledged is there when the file is opened again") {
  std::string id;
  {
    const Engine engine("again");
    id = engine.create("Milk", "{}");
  }
  const Engine engine("again");
  Text document;
  OK(sync_engine_get_document(engine, id.c_str(), 0, document.out()));
  CHECK_EQUAL(document.member("title"), std::string("Milk"));
}

TEST_CASE("documents: undo, redo, revert, history, a version of the past") {
  const Engine engine("history", Engine::kOnline);
  const std::string id = engine.create("Milk", R"({"litres":1})");
  OK(sync_engine_merge_document(engine, id.c_str(), nullptr, R"({"litres":2})", nullptr));
  Text document;
  OK(sync_engine_undo(engine, id.c_str(), 0, 0, document.out()));
  CHECK(document.has(R"("content":{"litres":1})"));
  OK(sync_engine_redo(engine, id.c_str(), 0, document.out()));
  CHECK(document.has(R"("content":{"litres":2})"));
  engine.synced();

  OK(sync_engine_document_at_version(engine, id.c_str(), 1, document.out()));
  CHECK(document.has(R"("content":{"litres":1})"));
  CHECK_STATUS(sync_engine_document_at_version(engine, id.c_str(), 99, document.out()),
               SYNC_ENGINE_ERROR_VERSION_MISMATCH);
  OK(sync_engine_revert(engine, id.c_str(), 1, document.out()));
  CHECK(document.has(R"("content":{"litres":1})"));
  CHECK_STATUS(sync_engine_undo(engine, id.c_str(), 1, 0, document.out()), SYNC_ENGINE_ERROR_CANNOT_UNDO);
  Text changes;
  OK(sync_engine_history(engine, id.c_str(), 0, 0, changes.out()));
  CHECK(changes.has(R"("kind":"revert")") && changes.has(R"("kind":"redo")") && changes.has(R"("type":"create")"));
  OK(sync_engine_history(engine, id.c_str(), 1, 2, changes.out()));
  CHECK(changes.has(R"("type":"create")") && !changes.has(R"("type":"update")"));
}

TEST_CASE("documents: an undo that later changes are in the way of, with its details, and by force") {
  const Engine engine("force");
  const std::string id = engine.create("Milk", R"({"litres":1})");
  OK(sync_engine_merge_document(engine, id.c_str(), nullptr, R"({"litres":2})", nullptr));
  Engine online("force-online", Engine::kOnline);
  const std::string other = online.create("Milk", R"({"litres":1})");
  OK(sync_engine_merge_document(online, other.c_str(), nullptr, R"({"litres":2})", nullptr));
  OK(sync_engine_merge_document(online, other.c_str(), nullptr, R"({"litres":3})", nullptr));
  online.synced();
  Text document;
  CHECK_STATUS(sync_engine_undo(online, other.c_str(), 2, 0, document.out()), SYNC_ENGINE_ERROR_UNDO_OVERLAP);
  CHECK(std::string(sync_engine_last_error_details()).find("litres") != std::string::npos);
  CHECK(std::string(sync_engine_last_error_remedy()).size() > 10);
  OK(sync_engine_undo(online, other.c_str(), 2, SYNC_ENGINE_UNDO_FORCE, document.out()));
  CHECK(document.has(R"("content":{"litres":1})"));
  CHECK_STATUS(sync_engine_redo(engine, id.c_str(), 0, document.out()), SYNC_ENGINE_ERROR_NOTHING_TO_REDO);
}

TEST_CASE("documents: a change that lost is in the ledger, is dismissed, and is brought back") {
  Engine ada("ada", Engine::kOnline);
  const std::string id = ada.create("Milk", R"({"litres":1})");
  ada.synced();
  const Engine bob("bob", Engine::kOnline);
  bob.synced();
  OK(sync_engine_disconnect(bob));
  OK(sync_engine_merge_document(ada, id.c_str(), nullptr, R"({"litres":2})", nullptr));
  ada.synced();
  OK(sync_engine_merge_document(bob, id.c_str(), nullptr, R"({"litres":3})", nullptr));
  OK(sync_engine_connect(bob));
  bob.synced();

  Text conflicts;
  OK(sync_engine_conflicts(bob, nullptr, conflicts.out()));
  CHECK(conflicts.has(id));
  const std::string conflict = conflicts.member("id");
  Text document;
  OK(sync_engine_get_document(bob, id.c_str(), 0, document.out()));
  CHECK(document.has(R"("content":{"litres":2})") && document.has(R"("conflicted":true)"));
  OK(sync_engine_dismiss_conflict(bob, conflict.c_str()));
  OK(sync_engine_conflicts(bob, R"({"limit":5})", conflicts.out()));
  CHECK_EQUAL(conflicts.str(), std::string("[]"));
  const std::string options = R"({"include_dismissed":true,"document_id":")" + id + "\"}";
  OK(sync_engine_conflicts(bob, options.c_str(), conflicts.out()));
  CHECK(conflicts.has(conflict));
  OK(sync_engine_apply_conflict(bob, conflict.c_str(), document.out()));
  CHECK(document.has(R"("content":{"litres":3})"));
}
