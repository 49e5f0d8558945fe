// The C++17 wrapper.
#include "sync_engine.hpp"

#include <type_traits>

#include "harness.hpp"

namespace {

sync_engine::Options offline(const std::string& name) {
  sync_engine::Options options;
  options.database = testing::databasePath(name);
  return options;
}

sync_engine::Options online(const std::string& name) {
  sync_engine::Options options = offline(name);
  options.url = testing::serverUrl();
  options.token = "demo-token";
  options.user_id = testing::userId();
  return options;
}

std::string idOf(const std::string& json) { return json.substr(json.find("\"id\":\"") + 6, 36); }

bool has(const std::string& json, const std::string& part) { return json.find(part) != std::string::npos; }

static_assert(!std::is_copy_constructible_v<sync_engine::Engine>);
static_assert(!std::is_copy_constructible_v<sync_engine::Subscription>);
static_assert(std::is_nothrow_move_constructible_v<sync_engine::Engine>);
static_assert(std::is_nothrow_move_assignable_v<sync_engine::Subscription>);

}  // namespace

TEST_CASE("wrapper: every function") {
  sync_engine::Engine engine(online("all"));
  const std::string id = idOf(engine.create_document("Milk", R"({"litres":1})"));
  CHECK(has(engine.merge_document(id, R"({"litres":2})"), R"("litres":2)"));
  CHECK(has(engine.patch_document(id, R"([{"op":"remove","path":"/litres"}])", "Oat milk"), "Oat milk"));
  CHECK(has(engine.update_document(id, std::nullopt, R"({"litres":3})"), R"("litres":3)"));
  engine.delete_document(id);
  CHECK(!engine.get_document(id).has_value());
  CHECK(engine.get_document(id, true).has_value());
  engine.restore_document(id);
  CHECK(has(engine.undo(id), id));
  CHECK(has(engine.redo(id), id));
  const std::string own = testing::newUuid();
  CHECK_EQUAL(idOf(engine.create_document_with_id(own, "", "{}")), own);
  CHECK_EQUAL(engine.count_documents(), 2);
  CHECK(has(engine.list_documents(), own));
  CHECK(has(engine.find_documents(R"({"litres":{"exists":true}})"), id));
  CHECK(has(engine.search_documents("oat"), id));
  CHECK(engine.wait_until_synced(std::chrono::seconds(20)));
  CHECK_EQUAL(engine.pending_count(), 0);
  CHECK(has(engine.history(id), "create"));
  CHECK(has(engine.document_at_version(id, 1), R"("litres":1)"));
  CHECK(has(engine.revert(id, 1), R"("litres":1)"));
  CHECK_EQUAL(engine.conflicts(), std::string("[]"));
  engine.disconnect();
  CHECK(!engine.wait_until_synced(std::chrono::milliseconds(1)));
  engine.connect();
  engine.sync_now();
  CHECK(has(engine.status(), testing::userId()));
  CHECK_EQUAL(std::string(sync_engine_version()), std::string("0.1.0"));
}

TEST_CASE("wrapper: exceptions have the code, its name, the remedy and details") {
  sync_engine::Engine engine(offline("errors"));
  try {
    engine.merge_document(testing::newUuid(), "{}");
    CHECK(false);
  } catch (const sync_engine::Error& error) {
    CHECK_EQUAL(error.code(), SYNC_ENGINE_ERROR_DOCUMENT_NOT_FOUND);
    CHECK_EQUAL(std::string(error.name()), std::string("document_not_found"));
    CHECK(!error.remedy().empty() && std::string(error.what()).size() > 5);
  }
  bool refused = false;
  try {
    sync_engine::Options options = offline("x");
    options.url = "http://localhost";
    const sync_engine::Engine none(options);
  } catch (const sync_engine::Error& error) {
    refused = error.code() == SYNC_ENGINE_ERROR_INVALID_ARGUMENT;
  }
  CHECK(refused);
  for (const auto& call : std::vector<std::function<void()>>{[&] { engine.dismiss_conflict("x"); },
                                                             [&] { engine.apply_conflict("x"); },
                                                             [&] { engine.restore_document("x"); }}) {
    refused = false;
    try {
      call();
    } catch (const sync_engine::Error&) {
      refused = true;
    }
    CHECK(refused);
  }
}

TEST_CASE("wrapper: an engine that is moved, assigned and gone") {
  sync_engine::Engine first(offline("moved"));
  const std::string id = idOf(first.create_document("Milk", "{}"));
  sync_engine::Engine second(std::move(first));
  CHECK(second.get_document(id).has_value());
  second = sync_engine::Engine(offline("moved-2"));
  CHECK(!second.get_document(id).has_value());
  bool refused = false;
  try {
    first.count_documents();
  } catch (const sync_engine::Error& error) {
    refused = error.code() == SYNC_ENGINE_ERROR_INVALID_HANDLE;
  }
  CHECK(refused);
}

TEST_CASE("wrapper: callbacks, until their subscription goes, and what they throw") {
  sync_engine::Subscription later;
  sync_engine::Engine engine(offline("callbacks"));
  std::vector<std::string> told;
  {
    const auto subscription = engine.on(SYNC_ENGINE_MASK_DOCUMENTS, [&](const sync_engine::Event& event) {
      told.emplace_back(event.document_id);
      CHECK_EQUAL(event.origin, SYNC_ENGINE_ORIGIN_LOCAL);
    });
    const std::string id = idOf(engine.create_document("Milk", "{}"));
    testing::waitFor("the event", [&] { return engine.process_events(std::chrono::milliseconds(20)) == 1; });
    CHECK_EQUAL(told.at(0), id);
  }
  engine.create_document("Bread", "{}");
  CHECK_EQUAL(engine.process_events(std::chrono::milliseconds(50)), 0u);
  CHECK_EQUAL(told.size(), 1u);

  later = engine.on(SYNC_ENGINE_MASK_ALL, [&](const sync_engine::Event&) {
    later.reset();
    throw std::out_of_range("from the callback");
  });
  engine.create_document("Butter", "{}");
  bool thrown = false;
  testing::waitFor("the exception", [&] {
    try {
      engine.process_events(std::chrono::milliseconds(20));
    } catch (const std::out_of_range&) {
      thrown = true;
    }
    return thrown;
  });
}
