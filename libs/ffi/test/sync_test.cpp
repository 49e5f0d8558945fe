// Engines and a server: with it, without it, and when it comes back.
#include "harness.hpp"

using testing::Engine;
using testing::Text;

namespace {

bool hasTitle(const Engine& engine, const std::string& id, const std::string& title) {
  Text document;
  return sync_engine_get_document(engine, id.c_str(), 0, document.out()) == SYNC_ENGINE_OK &&
         document.member("title") == title;
}

}  // namespace

TEST_CASE("sync: what one engine writes, another has") {
  const Engine ada("ada", Engine::kOnline);
  const Engine bob("bob", Engine::kOnline);
  const std::string id = ada.create("Milk", R"({"litres":1})");
  testing::waitFor("the document at bob's", [&] { return hasTitle(bob, id, "Milk"); });
  OK(sync_engine_update_document(bob, id.c_str(), "Oat milk", nullptr, nullptr));
  testing::waitFor("the title at ada's", [&] { return hasTitle(ada, id, "Oat milk"); });
  std::int64_t pending = -1;
  ada.synced();
  OK(sync_engine_pending_count(ada, &pending));
  CHECK_EQUAL(pending, 0);
  Text status;
  OK(sync_engine_get_status(ada, status.out()));
  CHECK(status.has(R"("connection":"online")") && status.has(R"("caught_up":true)"));
  CHECK_EQUAL(status.member("user_id"), testing::userId());
}

TEST_CASE("sync: offline until it is told to connect, and again when it is told to disconnect") {
  const Engine engine("one", Engine::kOnline, [](sync_engine_options& options) { options.start_offline = 1; });
  engine.create("Milk", "{}");
  CHECK_STATUS(sync_engine_wait_until_synced(engine, 50), SYNC_ENGINE_ERROR_TIMED_OUT);
  std::int64_t pending = 0;
  OK(sync_engine_pending_count(engine, &pending));
  CHECK_EQUAL(pending, 1);
  OK(sync_engine_connect(engine));
  engine.synced();
  OK(sync_engine_disconnect(engine));
  Text status;
  OK(sync_engine_get_status(engine, status.out()));
  CHECK_EQUAL(status.member("connection"), std::string("offline"));
  engine.create("Bread", "{}");
  OK(sync_engine_sync_now(engine));
  engine.synced();
}

TEST_CASE("sync: an engine without a server has nothing to connect to") {
  const Engine engine("lonely");
  CHECK_STATUS(sync_engine_connect(engine), SYNC_ENGINE_ERROR_INVALID_ARGUMENT);
  CHECK_STATUS(sync_engine_sync_now(engine), SYNC_ENGINE_ERROR_INVALID_ARGUMENT);
  OK(sync_engine_disconnect(engine));
}

TEST_CASE("sync: the server goes and comes back, and nothing is lost") {
  const Engine ada("ada", Engine::kOnline);
  const Engine bob("bob", Engine::kOnline);
  const std::string before = ada.create("Before", "{}");
  ada.synced();
  bob.synced();
  testing::order("server down");
  const std::string while_down = ada.create("Meanwhile", "{}");
  OK(sync_engine_update_document(bob, before.c_str(), "Before, changed", nullptr, nullptr));
  std::int64_t pending = 0;
  OK(sync_engine_pending_count(ada, &pending));
  CHECK_EQUAL(pending, 1);
  testing::order("server up");
  OK(sync_engine_sync_now(ada));
  OK(sync_engine_sync_now(bob));
  ada.synced();
  bob.synced();
  testing::waitFor("ada to see the change", [&] { return hasTitle(ada, before, "Before, changed"); });
  testing::waitFor("bob to see the document", [&] { return hasTitle(bob, while_down, "Meanwhile"); });
}

TEST_CASE("sync: opening does not wait for a server that is not there") {
  testing::order("server down");
  {
    const Engine engine("early", Engine::kOnline);
    engine.create("Milk", "{}");
    testing::order("server up");
    OK(sync_engine_sync_now(engine));
    engine.synced();
  }
}

TEST_CASE("sync: a token that the server does not take") {
  // In demo mode the first token that a user comes with is the user's.
  const auto with = [](const char* token) {
    return [token](sync_engine_options& options) { options.auth_token = token; };
  };
  const Engine first("first", Engine::kOnline, with("mine"));
  first.synced();
  const Engine engine("refused", Engine::kOnline, with("wrong"));
  const std::string id = engine.create("Milk", "{}");
  testing::waitFor("the refusal", [&] {
    return sync_engine_wait_until_synced(engine, 200) == SYNC_ENGINE_ERROR_INVALID_AUTH;
  });
  CHECK(hasTitle(engine, id, "Milk"));
}

TEST_CASE("sync: a client id of one's own, and no other for the same file") {
  const std::string client = testing::newUuid();
  const auto with = [&](const std::string& id) {
    return [&id](sync_engine_options& options) { options.client_id = id.c_str(); };
  };
  {
    const Engine engine("client", Engine::kOffline, with(client));
    Text status;
    OK(sync_engine_get_status(engine, status.out()));
    CHECK_EQUAL(status.member("client_id"), client);
  }
  bool refused = false;
  try {
    const Engine other("client", Engine::kOffline, with(testing::newUuid()));
  } catch (const testing::Failed&) {
    refused = sync_engine_last_error_code() == SYNC_ENGINE_ERROR_INVALID_ARGUMENT;
  }
  CHECK(refused);
}

TEST_CASE("sync: a strategy that is asked for is the server's, and settles what overlaps") {
  const auto wish = [](sync_engine_options& options) { options.strategy = "client_wins"; };
  const Engine ada("ada", Engine::kOnline, wish);
  const std::string id = ada.create("Milk", R"({"litres":1})");
  ada.synced();
  testing::order("strategy of " + testing::userId() + " is client_wins");
  const Engine bob("bob", Engine::kOnline);
  bob.synced();
  OK(sync_engine_disconnect(bob));
  OK(sync_engine_merge_document(ada, id.c_str(), nullptr, R"({"litres":2})", nullptr));
  ada.synced();
  OK(sync_engine_merge_document(bob, id.c_str(), nullptr, R"({"litres":3})", nullptr));
  OK(sync_engine_connect(bob));
  bob.synced();
  Text document;
  OK(sync_engine_get_document(bob, id.c_str(), 0, document.out()));
  CHECK(document.has(R"("content":{"litres":3})"));
}
