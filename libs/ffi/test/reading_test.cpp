// Who reads what the host says: a caller that waits reads for all, and the library's thread where nobody waits.
#include <pthread.h>
#include <signal.h>

#include <atomic>

#include "harness.hpp"

using testing::Calling;
using testing::Engine;
using testing::Text;

namespace {

void threaded(sync_engine_options& options) { options.callback_mode = SYNC_ENGINE_CALLBACKS_THREADED; }
void startOffline(sync_engine_options& options) { options.start_offline = 1; }

void count(const sync_engine_event*, void* context) { ++*static_cast<std::atomic<int>*>(context); }

int onlyHost() {
  const auto children = testing::childProcesses();
  CHECK_EQUAL(children.size(), 1u);
  return children[0];
}

}  // namespace

TEST_CASE("reading: while one caller waits long, others are answered, and events are told") {
  const Engine offline("offline", Engine::kOnline, startOffline);
  const Engine engine("engine", Engine::kOffline, threaded);
  std::atomic<int> created{0};
  std::uint64_t number = 0;
  OK(sync_engine_subscribe(engine, SYNC_ENGINE_MASK(SYNC_ENGINE_EVENT_DOCUMENT_CREATED), nullptr, count, &created, &number));
  Calling waiter([&] { return sync_engine_wait_until_synced(offline, 60'000); });
  waiter.waitUntilAsleep();
  for (int i = 1; i <= 20; ++i) {
    engine.create("n", "{}");
    testing::waitFor("the event", [&] { return created == i; });
  }
  // Whoever reads for all is woken when its own engine is destroyed, and the others go on.
  sync_engine_destroy(offline.get());
  CHECK_STATUS(waiter.status(), SYNC_ENGINE_ERROR_CLIENT_CLOSED);
  engine.create("n", "{}");
  testing::waitFor("the event", [&] { return created == 21; });
}

TEST_CASE("reading: when nobody calls, events are told all the same") {
  const Engine here("here", Engine::kOnline, threaded);
  std::atomic<int> created{0};
  std::uint64_t number = 0;
  OK(sync_engine_subscribe(here, SYNC_ENGINE_MASK(SYNC_ENGINE_EVENT_DOCUMENT_CREATED), nullptr, count, &created, &number));
  here.synced();
  const Engine there("there", Engine::kOnline);
  for (int i = 1; i <= 5; ++i) {
    there.create("n", "{}");
    testing::waitFor("the event", [&] { return created == i; });
  }
}

TEST_CASE("reading: a caller whose time is up leaves the reading to others") {
  const Engine hasty("hasty", Engine::kOffline, [](sync_engine_options& options) { options.call_timeout_ms = 300; });
  const Engine patient("patient");
  const int host = onlyHost();
  kill(host, SIGSTOP);
  Calling first([&] { return sync_engine_create_document(hasty, "Milk", "{}", nullptr); });
  first.waitUntilAsleep();
  Calling second([&] { return sync_engine_create_document(patient, "Milk", "{}", nullptr); });
  second.waitUntilAsleep();
  CHECK_STATUS(first.status(), SYNC_ENGINE_ERROR_TIMED_OUT);
  kill(host, SIGCONT);
  CHECK_STATUS(second.status(), SYNC_ENGINE_OK);
  hasty.create("Bread", "{}");
  CHECK_EQUAL(onlyHost(), host);
}

TEST_CASE("reading: answers that are longer than what is read at a time, to many at once") {
  const Engine engine("long");
  const std::string content = "{\"text\":\"" + std::string(300'000, 'x') + "\"}";
  const std::string id = engine.create("long", content);
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 10; ++i) {
        Text document;
        if (sync_engine_get_document(engine, id.c_str(), 0, document.out()) != SYNC_ENGINE_OK) ++wrong;
        if (!document.has(content)) ++wrong;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK_EQUAL(wrong.load(), 0);
}

TEST_CASE("reading: the application's signals interrupt a call without harm") {
  const Engine engine("signals");
  struct sigaction action = {};
  struct sigaction before = {};
  action.sa_handler = [](int) {};
  CHECK(sigaction(SIGUSR1, &action, &before) == 0);
  std::atomic<bool> done{false};
  Calling caller([&] {
    int status = SYNC_ENGINE_OK;
    for (int i = 0; i < 50 && status == SYNC_ENGINE_OK; ++i) {
      status = sync_engine_create_document(engine, "n", "{}", nullptr);
    }
    done = true;
    return status;
  });
  while (!done) {
    pthread_kill(caller.thread().native_handle(), SIGUSR1);
    std::this_thread::yield();
  }
  CHECK_STATUS(caller.status(), SYNC_ENGINE_OK);
  CHECK(sigaction(SIGUSR1, &before, nullptr) == 0);
}

namespace {

struct Cancelled {
  void* engine;
  std::atomic<int> status{-1};
  std::atomic<bool> went{false};
};

void* callUntilCancelled(void* context) {
  auto& mine = *static_cast<Cancelled*>(context);
  mine.status = sync_engine_wait_until_synced(mine.engine, 60'000);
  pthread_testcancel();
  mine.went = true;
  return nullptr;
}

}  // namespace

TEST_CASE("reading: a thread that is cancelled in a call ends after it") {
  const Engine offline("offline", Engine::kOnline, startOffline);
  const Engine other("other");
  Cancelled mine{offline.get()};
  pthread_t thread{};
  CHECK(pthread_create(&thread, nullptr, callUntilCancelled, &mine) == 0);
  CHECK(pthread_cancel(thread) == 0);
  other.create("n", "{}");
  sync_engine_destroy(offline.get());
  void* result = nullptr;
  CHECK(pthread_join(thread, &result) == 0);
  CHECK(result == PTHREAD_CANCELED);
  CHECK(!mine.went);
  CHECK(mine.status == SYNC_ENGINE_ERROR_CLIENT_CLOSED || mine.status == SYNC_ENGINE_ERROR_INVALID_HANDLE);
  other.create("n", "{}");
}
