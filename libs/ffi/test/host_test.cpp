// The host: killed, hanging, shared, inherited; many threads, many engines.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <set>

#include "harness.hpp"

using testing::Engine;
using testing::Text;

namespace {

int onlyHost() {
  const auto children = testing::childProcesses();
  if (children.size() != 1) throw testing::Failed("there are " + std::to_string(children.size()) + " hosts, not one");
  return children[0];
}

bool isUp(const Engine& engine) {
  std::int64_t count = 0;
  return sync_engine_count_documents(engine, 0, &count) == SYNC_ENGINE_OK;
}

}  // namespace

TEST_CASE("host: killed while calls are under way, it is started again, and nothing acknowledged is lost") {
  const Engine engine("killed", Engine::kOnline);
  std::atomic<bool> stop{false};
  std::atomic<int> lost{0};
  std::vector<std::vector<std::string>> acknowledged(4);
  std::vector<std::thread> writers;
  for (auto& mine : acknowledged) {
    writers.emplace_back([&] {
      while (!stop) {
        Text document;
        const int status = sync_engine_create_document(engine, "n", "{}", document.out());
        if (status == SYNC_ENGINE_OK) {
          mine.push_back(document.member("id"));
        } else if (status == SYNC_ENGINE_ERROR_HOST_LOST) {
          ++lost;
        } else if (status != SYNC_ENGINE_ERROR_HOST_UNAVAILABLE) {
          throw testing::Failed(std::string("unexpected: ") + sync_engine_status_name(status));
        } else {
          std::this_thread::yield();
        }
      }
    });
  }
  for (int round = 0; round < 3; ++round) {
    testing::waitFor("the engine", [&] { return isUp(engine); });
    const std::size_t before = acknowledged.size();
    std::this_thread::yield();
    kill(onlyHost(), SIGKILL);
    testing::waitFor("the calls to notice", [&] { return lost > round; });
    CHECK_EQUAL(acknowledged.size(), before);
  }
  testing::waitFor("the engine", [&] { return isUp(engine); });
  stop = true;
  for (auto& writer : writers) writer.join();
  for (const auto& mine : acknowledged) {
    for (const std::string& id : mine) OK(sync_engine_get_document(engine, id.c_str(), 0, nullptr));
  }
  engine.synced();
  // Those that were killed have been reaped.
  CHECK_EQUAL(testing::childProcesses().size(), 1u);
}

TEST_CASE("host: a call in the middle of which it dies returns, and so do those that come before it is back") {
  const Engine engine("middle");
  const int host = onlyHost();
  // A host that is stopped answers nothing: whoever has called it waits until it is killed.
  kill(host, SIGSTOP);
  std::string message;
  testing::Calling call([&] {
    const int status = sync_engine_create_document(engine, "Milk", "{}", nullptr);
    message = sync_engine_last_error_message();
    return status;
  });
  call.waitUntilAsleep();
  kill(host, SIGKILL);
  CHECK_STATUS(call.status(), SYNC_ENGINE_ERROR_HOST_LOST);
  CHECK(message.find("died") != std::string::npos);
  std::set<std::string> seen;
  testing::waitFor("the host to be back", [&] {
    std::int64_t count = 0;
    seen.insert(sync_engine_status_name(sync_engine_count_documents(engine, 0, &count)));
    return seen.count("ok") == 1;
  });
  for (const std::string& status : seen) CHECK(status == "ok" || status == "host_unavailable" || status == "host_lost");
}

TEST_CASE("host: subscriptions live on in the next one, which tells that events were missed") {
  const Engine engine("events");
  struct Counts {
    std::atomic<int> created{0};
    std::atomic<int> missed{0};
  } counts;
  const auto callback = [](const sync_engine_event* event, void* context) {
    auto& mine = *static_cast<Counts*>(context);
    ++(event->type == SYNC_ENGINE_EVENT_EVENTS_MISSED ? mine.missed : mine.created);
  };
  std::uint64_t number = 0;
  const std::uint32_t mask =
      SYNC_ENGINE_MASK_DOCUMENTS | SYNC_ENGINE_MASK(SYNC_ENGINE_EVENT_EVENTS_MISSED);
  OK(sync_engine_subscribe(engine, mask, nullptr, callback, &counts, &number));
  const int before = onlyHost();
  kill(before, SIGKILL);
  testing::waitFor("another host", [&] { return isUp(engine) && onlyHost() != before; });
  engine.create("Milk", "{}");
  testing::waitFor("both events", [&] {
    sync_engine_process_events(engine, 0, 20, nullptr);
    return counts.created == 1 && counts.missed == 1;
  });
}

TEST_CASE("host: one that hangs costs a call its time and no more") {
  const Engine engine("hangs", Engine::kOffline, [](sync_engine_options& options) { options.call_timeout_ms = 300; });
  const int host = onlyHost();
  kill(host, SIGSTOP);
  CHECK_STATUS(sync_engine_create_document(engine, "Milk", "{}", nullptr), SYNC_ENGINE_ERROR_TIMED_OUT);
  kill(host, SIGCONT);
  testing::waitFor("the host", [&] { return isUp(engine); });
  CHECK_EQUAL(onlyHost(), host);
  // It was late, not lost: what was given up has been done all the same.
  std::int64_t count = 0;
  OK(sync_engine_count_documents(engine, 0, &count));
  CHECK_EQUAL(count, 1);
}

TEST_CASE("host: engines share one, and the last takes it along") {
  CHECK_EQUAL(testing::childProcesses().size(), 0u);
  const std::size_t descriptors = testing::openDescriptors();
  {
    std::vector<std::unique_ptr<Engine>> engines;
    for (int i = 0; i < 10; ++i) engines.push_back(std::make_unique<Engine>("shared" + std::to_string(i)));
    onlyHost();
    for (int i = 0; i < 10; ++i) {
      const Engine& engine = *engines[static_cast<std::size_t>(i)];
      for (int n = 0; n <= i; ++n) engine.create("n", "{}");
    }
    for (int i = 0; i < 10; ++i) {
      std::int64_t count = 0;
      OK(sync_engine_count_documents(*engines[static_cast<std::size_t>(i)], 0, &count));
      CHECK_EQUAL(count, i + 1);
    }
    engines.pop_back();
    onlyHost();
  }
  CHECK_EQUAL(testing::childProcesses().size(), 0u);
  CHECK_EQUAL(testing::openDescriptors(), descriptors);
}

TEST_CASE("host: eight threads on one engine") {
  const Engine engine("threads", Engine::kOnline);
  constexpr int kThreads = 8;
  constexpr int kEach = 25;
  std::atomic<int> failed{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        const std::string title = std::to_string(t) + "/" + std::to_string(i);
        Text document;
        if (sync_engine_create_document(engine, title.c_str(), "{}", document.out()) != SYNC_ENGINE_OK) ++failed;
        const std::string id = document.member("id");
        if (document.member("title") != title) ++failed;
        if (sync_engine_merge_document(engine, id.c_str(), nullptr, R"({"n":1})", nullptr) != SYNC_ENGINE_OK) ++failed;
        // An error of one thread is not another's.
        if (sync_engine_get_document(engine, "no-id", 0, nullptr) != SYNC_ENGINE_ERROR_INVALID_ARGUMENT) ++failed;
        if (sync_engine_last_error_code() != SYNC_ENGINE_ERROR_INVALID_ARGUMENT) ++failed;
        if (sync_engine_list_documents(engine, R"({"limit":1})", document.out()) != SYNC_ENGINE_OK) ++failed;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK_EQUAL(failed.load(), 0);
  std::int64_t count = 0;
  OK(sync_engine_count_documents(engine, 0, &count));
  CHECK_EQUAL(count, kThreads * kEach);
  engine.synced();
}

TEST_CASE("host: destroying an engine ends what other threads wait for") {
  const Engine engine("destroyed", Engine::kOnline, [](sync_engine_options& options) { options.start_offline = 1; });
  const Engine other("other");
  void* handle = engine.get();
  std::atomic<int> status{0};
  std::atomic<bool> waiting{false};
  std::thread waiter([&] {
    waiting = true;
    status = sync_engine_wait_until_synced(handle, 60'000);
  });
  testing::waitFor("the waiter", [&] { return waiting.load(); });
  sync_engine_destroy(handle);
  waiter.join();
  CHECK(status == SYNC_ENGINE_ERROR_CLIENT_CLOSED || status == SYNC_ENGINE_ERROR_INVALID_HANDLE);
  CHECK(isUp(other));
}

TEST_CASE("host: it dies with an application that is killed") {
  int ends[2];
  CHECK(pipe(ends) == 0);
  const pid_t application = fork();
  if (application == 0) {
    // A child of a program that has no engine yet is a program like any other.
    const std::string path = testing::databasePath("orphan");
    void* engine = sync_engine_create(path.c_str(), nullptr, nullptr);
    const auto children = testing::childProcesses();
    const int host = engine == nullptr || children.size() != 1 ? -1 : children[0];
    if (write(ends[1], &host, sizeof host) != sizeof host) _exit(1);
    for (;;) pause();
  }
  int host = -1;
  CHECK(read(ends[0], &host, sizeof host) == sizeof host);
  CHECK(host > 0);
  kill(application, SIGKILL);
  waitpid(application, nullptr, 0);
  close(ends[0]);
  close(ends[1]);
  testing::waitFor("the host to go", [&] { return testing::isDead(host); });
}

namespace {

/// Forks, and runs the child's part. @return the child's exit code
int inChild(const std::function<int()>& part) {
  const pid_t child = fork();
  if (child == 0) _exit(part());
  int status = -1;
  CHECK(waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

TEST_CASE("host: after a fork the child's engines are refused, and the parent's go on") {
  const Engine engine("fork");
  engine.create("Milk", "{}");
  const int host = onlyHost();
  const int code = inChild([&] {
    std::int64_t count = 0;
    if (sync_engine_count_documents(engine, 0, &count) != SYNC_ENGINE_ERROR_FORKED) return 1;
    sync_engine_destroy(engine.get());
    return sync_engine_count_documents(engine, 0, &count) == SYNC_ENGINE_ERROR_INVALID_HANDLE ? 0 : 2;
  });
  CHECK_EQUAL(code, 0);
  CHECK(isUp(engine));
  CHECK_EQUAL(onlyHost(), host);
}

TEST_CASE("host: after a fork the child can have engines of its own") {
  const Engine engine("fork");
  engine.create("Milk", "{}");
  const int code = inChild([] {
    const std::string path = testing::databasePath("fork");
    void* mine = sync_engine_create(path.c_str(), nullptr, nullptr);
    if (mine == nullptr) return 1;
    std::int64_t count = 0;
    if (sync_engine_count_documents(mine, 0, &count) != SYNC_ENGINE_OK || count != 1) return 2;
    sync_engine_destroy(mine);
    return 0;
  });
  CHECK_EQUAL(code, 0);
  CHECK(isUp(engine));
}

TEST_CASE("host: signals to the application's group are the application's") {
  const Engine engine("signals");
  const int host = onlyHost();
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) kill(host, signal);
  engine.create("Milk", "{}");
  CHECK_EQUAL(onlyHost(), host);
}
