// Callbacks: of what, on which thread, and until when.
#include <atomic>
#include <mutex>
#include <set>

#include "harness.hpp"

using testing::Engine;
using testing::Text;

namespace {

struct Told {
  int type;
  int origin;
  int connection;
  int status;
  std::uint64_t missed;
  std::string documentId;
  std::string json;
  std::thread::id thread;
};

/// What callbacks were told, from any thread.
class Recorder {
 public:
  static void callback(const sync_engine_event* event, void* context) {
    static_cast<Recorder*>(context)->keep(*event);
  }
  std::vector<Told> all() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return told_;
  }
  std::size_t count(int type) const {
    std::size_t found = 0;
    for (const Told& one : all()) found += one.type == type ? 1 : 0;
    return found;
  }
  Told first(int type) const {
    for (const Told& one : all()) {
      if (one.type == type) return one;
    }
    throw testing::Failed("no event of type " + std::to_string(type));
  }

 private:
  void keep(const sync_engine_event& event) {
    CHECK_EQUAL(event.struct_size, sizeof(sync_engine_event));
    const std::lock_guard<std::mutex> lock(mutex_);
    told_.push_back({event.type, event.origin, event.connection, event.status, event.missed,
                     event.document_id == nullptr ? "" : event.document_id, event.json, std::this_thread::get_id()});
  }
  mutable std::mutex mutex_;
  std::vector<Told> told_;
};

std::uint64_t subscribe(void* engine, Recorder& recorder, std::uint32_t mask, const char* document = nullptr) {
  std::uint64_t number = 0;
  OK(sync_engine_subscribe(engine, mask, document, Recorder::callback, &recorder, &number));
  CHECK(number != 0);
  return number;
}

/// Processes events until there is one of a type.
void processUntil(void* engine, const Recorder& recorder, int type, std::size_t count = 1) {
  testing::waitFor("events of type " + std::to_string(type), [&] {
    sync_engine_process_events(engine, 0, 20, nullptr);
    return recorder.count(type) >= count;
  });
}

void threaded(sync_engine_options& options) { options.callback_mode = SYNC_ENGINE_CALLBACKS_THREADED; }

}  // namespace

TEST_CASE("events: documents, local and remote, on the thread that processes them") {
  const Engine ada("ada", Engine::kOnline);
  const Engine bob("bob", Engine::kOnline);
  bob.synced();
  Recorder local;
  Recorder remote;
  subscribe(ada, local, SYNC_ENGINE_MASK_DOCUMENTS);
  subscribe(bob, remote, SYNC_ENGINE_MASK_DOCUMENTS);
  const std::string id = ada.create("Milk", "{}");
  OK(sync_engine_update_document(ada, id.c_str(), "Oat milk", nullptr, nullptr));
  OK(sync_engine_delete_document(ada, id.c_str()));
  OK(sync_engine_restore_document(ada, id.c_str(), nullptr));
  CHECK_EQUAL(local.all().size(), 0u);
  processUntil(ada, local, SYNC_ENGINE_EVENT_DOCUMENT_RESTORED);
  const auto kinds = {SYNC_ENGINE_EVENT_DOCUMENT_CREATED, SYNC_ENGINE_EVENT_DOCUMENT_UPDATED,
                      SYNC_ENGINE_EVENT_DOCUMENT_DELETED, SYNC_ENGINE_EVENT_DOCUMENT_RESTORED};
  for (const int kind : kinds) {
    const Told told = local.first(kind);
    CHECK_EQUAL(told.documentId, id);
    CHECK_EQUAL(told.origin, static_cast<int>(SYNC_ENGINE_ORIGIN_LOCAL));
    CHECK(told.thread == std::this_thread::get_id());
    CHECK(told.json.find(id) != std::string::npos);
  }
  ada.synced();
  testing::waitFor("the news at bob's", [&] {
    sync_engine_process_events(bob, 0, 20, nullptr);
    return !remote.all().empty();
  });
  CHECK_EQUAL(remote.all()[0].origin, static_cast<int>(SYNC_ENGINE_ORIGIN_REMOTE));
  CHECK_EQUAL(remote.all()[0].documentId, id);
}

TEST_CASE("events: the server's confirmation of a change of ours is an update of local origin") {
  const Engine engine("confirmed", Engine::kOnline);
  engine.synced();
  Recorder heard;
  subscribe(engine, heard, SYNC_ENGINE_MASK_DOCUMENTS);
  const std::string id = engine.create("Milk", "{}");
  processUntil(engine, heard, SYNC_ENGINE_EVENT_DOCUMENT_UPDATED);
  const Told confirmed = heard.first(SYNC_ENGINE_EVENT_DOCUMENT_UPDATED);
  CHECK_EQUAL(confirmed.documentId, id);
  CHECK_EQUAL(confirmed.origin, static_cast<int>(SYNC_ENGINE_ORIGIN_LOCAL));
}

TEST_CASE("events: a filter by type and by document") {
  const Engine engine("filter");
  const std::string milk = engine.create("Milk", "{}");
  const std::string bread = engine.create("Bread", "{}");
  Recorder updates;
  Recorder ofMilk;
  subscribe(engine, updates, SYNC_ENGINE_MASK(SYNC_ENGINE_EVENT_DOCUMENT_UPDATED));
  subscribe(engine, ofMilk, SYNC_ENGINE_MASK_ALL, milk.c_str());
  OK(sync_engine_update_document(engine, milk.c_str(), "a", nullptr, nullptr));
  OK(sync_engine_update_document(engine, bread.c_str(), "b", nullptr, nullptr));
  OK(sync_engine_delete_document(engine, milk.c_str()));
  processUntil(engine, updates, SYNC_ENGINE_EVENT_DOCUMENT_UPDATED, 2);
  processUntil(engine, ofMilk, SYNC_ENGINE_EVENT_DOCUMENT_DELETED);
  CHECK_EQUAL(updates.all().size(), 2u);
  CHECK_EQUAL(ofMilk.all().size(), 2u);
}

TEST_CASE("events: connection, sync, conflict and log lines") {
  const Engine ada("ada", Engine::kOnline);
  const std::string id = ada.create("Milk", R"({"litres":1})");
  ada.synced();
  const Engine bob("bob", Engine::kOnline, [](sync_engine_options& options) { options.start_offline = 1; });
  Recorder recorder;
  subscribe(bob, recorder, SYNC_ENGINE_MASK_ALL);
  OK(sync_engine_connect(bob));
  processUntil(bob, recorder, SYNC_ENGINE_EVENT_SYNC_COMPLETED);
  CHECK_EQUAL(recorder.first(SYNC_ENGINE_EVENT_CONNECTION).connection, static_cast<int>(SYNC_ENGINE_CONNECTION_CONNECTING));
  CHECK(recorder.count(SYNC_ENGINE_EVENT_SYNC_STARTED) >= 1);
  OK(sync_engine_disconnect(bob));
  OK(sync_engine_merge_document(ada, id.c_str(), nullptr, R"({"litres":2})", nullptr));
  ada.synced();
  OK(sync_engine_merge_document(bob, id.c_str(), nullptr, R"({"litres":3})", nullptr));
  OK(sync_engine_connect(bob));
  processUntil(bob, recorder, SYNC_ENGINE_EVENT_CONFLICT);
  CHECK_EQUAL(recorder.first(SYNC_ENGINE_EVENT_CONFLICT).documentId, id);

  const Engine refused("refused", Engine::kOnline, [](sync_engine_options& options) {
    options.auth_token = "wrong";
    options.start_offline = 1;
  });
  Recorder errors;
  subscribe(refused, errors, SYNC_ENGINE_MASK_SYNC | SYNC_ENGINE_MASK(SYNC_ENGINE_EVENT_LOG));
  OK(sync_engine_connect(refused));
  processUntil(refused, errors, SYNC_ENGINE_EVENT_SYNC_ERROR);
  CHECK_EQUAL(errors.first(SYNC_ENGINE_EVENT_SYNC_ERROR).status, static_cast<int>(SYNC_ENGINE_ERROR_INVALID_AUTH));
  processUntil(refused, errors, SYNC_ENGINE_EVENT_LOG);
  CHECK_EQUAL(errors.first(SYNC_ENGINE_EVENT_LOG).status, static_cast<int>(SYNC_ENGINE_LOG_WARN));
}

TEST_CASE("events: on the library's thread, in order") {
  const Engine engine("threaded", Engine::kOffline, threaded);
  Recorder recorder;
  subscribe(engine, recorder, SYNC_ENGINE_MASK_DOCUMENTS);
  std::vector<std::string> ids;
  for (int i = 0; i < 20; ++i) ids.push_back(engine.create("n", "{}"));
  testing::waitFor("all events", [&] { return recorder.all().size() == ids.size(); });
  const auto all = recorder.all();
  for (std::size_t i = 0; i < ids.size(); ++i) CHECK_EQUAL(all[i].documentId, ids[i]);
  CHECK(all[0].thread != std::this_thread::get_id());
  CHECK(all[0].thread == all[19].thread);
  CHECK_STATUS(sync_engine_process_events(engine, 0, 0, nullptr), SYNC_ENGINE_ERROR_INVALID_ARGUMENT);
}

TEST_CASE("events: a callback may call the engine, subscribe and unsubscribe, and destroy it") {
  struct Context {
    void* engine = nullptr;
    std::uint64_t self = 0;
    std::atomic<int> calls{0};
    std::string title;
    std::uint32_t nested = 7;
  };
  Engine engine("reentrant");
  Context context;
  context.engine = engine.get();
  const auto callback = [](const sync_engine_event* event, void* given) {
    auto& mine = *static_cast<Context*>(given);
    ++mine.calls;
    Text document;
    OK(sync_engine_get_document(mine.engine, event->document_id, 0, document.out()));
    mine.title = document.member("title");
    OK(sync_engine_create_document(mine.engine, "from the callback", "{}", nullptr));
    OK(sync_engine_process_events(mine.engine, 0, 0, &mine.nested));
    OK(sync_engine_unsubscribe(mine.engine, mine.self));
  };
  OK(sync_engine_subscribe(engine, SYNC_ENGINE_MASK_DOCUMENTS, nullptr, callback, &context, &context.self));
  engine.create("Milk", "{}");
  testing::waitFor("the callback", [&] {
    sync_engine_process_events(engine, 0, 20, nullptr);
    return context.calls == 1;
  });
  CHECK_EQUAL(context.title, std::string("Milk"));
  CHECK_EQUAL(context.nested, 0u);
  OK(sync_engine_process_events(engine, 0, 50, nullptr));
  CHECK_EQUAL(context.calls.load(), 1);

  for (const bool onOurThread : {true, false}) {
    Engine ending("ending", Engine::kOffline, onOurThread ? std::function<void(sync_engine_options&)>() : threaded);
    struct End {
      void* engine = nullptr;
      std::atomic<bool> done{false};
    } end;
    end.engine = ending.get();
    const auto destroy = [](const sync_engine_event*, void* given) {
      auto& mine = *static_cast<End*>(given);
      sync_engine_destroy(mine.engine);
      mine.done = true;
    };
    std::uint64_t number = 0;
    OK(sync_engine_subscribe(ending, SYNC_ENGINE_MASK_DOCUMENTS, nullptr, destroy, &end, &number));
    // The callback may be called, and the engine be gone, before this returns.
    sync_engine_create_document(ending, "Milk", "{}", nullptr);
    testing::waitFor("the end", [&] {
      if (onOurThread) sync_engine_process_events(ending, 0, 20, nullptr);
      return end.done.load();
    });
    std::int64_t count = 0;
    CHECK_STATUS(sync_engine_count_documents(ending, 0, &count), SYNC_ENGINE_ERROR_INVALID_HANDLE);
  }
}

TEST_CASE("events: after unsubscribe and destroy no callback is running or to come") {
  struct Context {
    std::atomic<bool> alive{true};
    std::atomic<int> late{0};
  };
  const auto callback = [](const sync_engine_event*, void* given) {
    auto& mine = *static_cast<Context*>(given);
    std::this_thread::yield();
    if (!mine.alive) ++mine.late;
  };
  for (int round = 0; round < 10; ++round) {
    Engine engine("late" + std::to_string(round), Engine::kOffline, threaded);
    Context ofUnsubscribe;
    Context ofDestroy;
    std::uint64_t number = 0;
    OK(sync_engine_subscribe(engine, SYNC_ENGINE_MASK_ALL, nullptr, callback, &ofUnsubscribe, &number));
    std::uint64_t other = 0;
    OK(sync_engine_subscribe(engine, SYNC_ENGINE_MASK_ALL, nullptr, callback, &ofDestroy, &other));
    std::thread writer([&] {
      while (sync_engine_create_document(engine, "n", "{}", nullptr) == SYNC_ENGINE_OK) {
      }
    });
    OK(sync_engine_unsubscribe(engine, number));
    ofUnsubscribe.alive = false;
    sync_engine_destroy(engine.get());
    ofDestroy.alive = false;
    writer.join();
    CHECK_EQUAL(ofUnsubscribe.late.load(), 0);
    CHECK_EQUAL(ofDestroy.late.load(), 0);
  }
}

TEST_CASE("events: a full queue drops the oldest, and says so") {
  const Engine engine("full", Engine::kOffline, [](sync_engine_options& options) { options.max_queued_events = 5; });
  Recorder recorder;
  subscribe(engine, recorder, SYNC_ENGINE_MASK_ALL);
  std::string last;
  for (int i = 0; i < 20; ++i) last = engine.create("n", "{}");
  std::int64_t count = 0;
  OK(sync_engine_count_documents(engine, 0, &count));
  processUntil(engine, recorder, SYNC_ENGINE_EVENT_DOCUMENT_CREATED, 5);
  CHECK_EQUAL(recorder.all()[0].type, static_cast<int>(SYNC_ENGINE_EVENT_EVENTS_MISSED));
  CHECK_EQUAL(recorder.all()[0].missed, 15u);
  CHECK_EQUAL(recorder.all().back().documentId, last);
}

TEST_CASE("events: an exception that leaves a callback goes nowhere") {
  const Engine engine("throwing");
  std::uint64_t number = 0;
  const auto callback = [](const sync_engine_event*, void*) { throw 1; };
  OK(sync_engine_subscribe(engine, SYNC_ENGINE_MASK_DOCUMENTS, nullptr, callback, nullptr, &number));
  Recorder recorder;
  subscribe(engine, recorder, SYNC_ENGINE_MASK_DOCUMENTS);
  engine.create("Milk", "{}");
  processUntil(engine, recorder, SYNC_ENGINE_EVENT_DOCUMENT_CREATED);
}

TEST_CASE("events: no more of them at once than is asked for") {
  const Engine engine("some");
  Recorder recorder;
  subscribe(engine, recorder, SYNC_ENGINE_MASK_DOCUMENTS);
  for (int i = 0; i < 3; ++i) engine.create("n", "{}");
  std::uint32_t processed = 0;
  OK(sync_engine_process_events(engine, 2, 1'000, &processed));
  CHECK(processed >= 1 && processed <= 2);
  processUntil(engine, recorder, SYNC_ENGINE_EVENT_DOCUMENT_CREATED, 3);
  OK(sync_engine_process_events(engine, 0, 0, &processed));
  CHECK_EQUAL(processed, 0u);
}
