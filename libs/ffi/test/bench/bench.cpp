// What the C ABI costs, measured from C++; `npm run bench -- ffi` starts it.
//   engine-bench FOLDER CALLS CREATES NODE ECHO_HOST SDK_PROGRAM     prints one JSON object; times in microseconds
//
// Each kind of call is measured in turn with the others, the SDK's own creations in Node among them, a slice at a time, so that
// whatever else the machine and its disk do meets all of them.
#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <iostream>
#include <stdexcept>
#include <string>
#include <sync_engine.hpp>
#include <thread>
#include <vector>

extern char** environ;

namespace {

using Clock = std::chrono::steady_clock;

double microseconds(Clock::duration time) { return std::chrono::duration<double, std::micro>(time).count(); }

/// A program in Node at the other end of the same kind of socket pair as a host has.
class Peer {
 public:
  Peer(const char* node, std::vector<std::string> words) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) throw std::runtime_error("no socket pair");
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 3);
    words.insert(words.begin(), node);
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    if (posix_spawnp(&pid_, node, &actions, nullptr, arguments.data(), environ) != 0) throw std::runtime_error("no peer");
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    socket_ = ends[0];
  }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;
  ~Peer() {
    close(socket_);
    waitpid(pid_, nullptr, 0);
  }
  void call(const void* question, std::size_t size, void* answer, std::size_t answerSize) {
    if (send(socket_, question, size, MSG_NOSIGNAL) != static_cast<ssize_t>(size)) throw std::runtime_error("the peer ended");
    for (std::size_t got = 0; got < answerSize;) {
      const ssize_t count = recv(socket_, static_cast<char*>(answer) + got, answerSize - got, 0);
      if (count <= 0) throw std::runtime_error("the peer ended");
      got += static_cast<std::size_t>(count);
    }
  }

 private:
  pid_t pid_ = -1;
  int socket_ = -1;
};

struct Samples {
  std::vector<double> all;
  void measure(int count, const std::function<void()>& call) {
    for (int i = 0; i < count; ++i) {
      const auto begin = Clock::now();
      call();
      all.push_back(microseconds(Clock::now() - begin));
    }
  }
  double quantile(double part) {
    std::sort(all.begin(), all.end());
    return all.at(static_cast<std::size_t>(part * static_cast<double>(all.size() - 1)));
  }
};

/// @return calls a second
double rate(int threads, int calls, const std::function<void()>& call) {
  std::vector<std::thread> running;
  const auto begin = Clock::now();
  for (int t = 0; t < threads; ++t) {
    running.emplace_back([&] {
      for (int i = 0; i < calls / threads; ++i) call();
    });
  }
  for (auto& thread : running) thread.join();
  return calls * 1e6 / microseconds(Clock::now() - begin);
}

/// From the first event to the last of as many changes as eight threads can make.
double eventRate(const sync_engine::Options& base, int count) {
  sync_engine::Options options = base;
  options.max_queued_events = 1'000'000;
  options.threaded_callbacks = true;
  sync_engine::Engine listening(options);
  std::atomic<int> heard{0};
  std::atomic<Clock::rep> first{0};
  const auto subscription = listening.on(SYNC_ENGINE_MASK_DOCUMENTS, [&](const sync_engine::Event&) {
    if (heard++ == 0) first = Clock::now().time_since_epoch().count();
  });
  rate(8, count, [&] { listening.create_document("n", "{}"); });
  while (heard < count) std::this_thread::yield();
  const Clock::duration began{first.load()};
  return (count - 1) * 1e6 / microseconds(Clock::now().time_since_epoch() - began);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 7) return 2;
  const std::string folder = argv[1];
  const int calls = std::atoi(argv[2]);
  const int creates = std::atoi(argv[3]);
  // Sends back what it is sent: the least that a call can cost.
  Peer echoHost(argv[4], {argv[5]});
  const auto echo = [&] {
    char bytes[64] = {};
    echoHost.call(bytes, sizeof bytes, bytes, sizeof bytes);
  };
  // Creates as many documents as it is told to, and sends back how long each took.
  Peer sdk(argv[4], {argv[6], folder + "/sdk.sqlite3"});
  sync_engine::Options options;
  options.database = folder + "/native.sqlite3";
  sync_engine::Engine engine(options);
  const std::string text(900, 'x');
  const std::string content = "{\"text\":\"" + text + "\"}";
  const std::string id = engine.create_document("Milk", content).substr(7, 36);
  const auto get = [&] { engine.get_document(id); };

  Samples echoed;
  Samples gotten;
  Samples created;
  Samples createdInNode;
  constexpr int kSlices = 20;
  for (int slice = 0; slice < kSlices; ++slice) {
    echoed.measure(calls / kSlices, echo);
    gotten.measure(calls / kSlices, get);
    created.measure(creates / kSlices, [&] { engine.create_document("Milk", content); });
    const auto count = static_cast<std::uint32_t>(creates / kSlices);
    std::vector<double> times(count);
    sdk.call(&count, sizeof count, times.data(), times.size() * sizeof(double));
    createdInNode.all.insert(createdInNode.all.end(), times.begin(), times.end());
  }
  const double echoRate = rate(1, calls, echo);
  const double one = rate(1, calls, get);
  const double eight = rate(8, calls, get);
  sync_engine::Options others = options;
  others.database = folder + "/events.sqlite3";
  std::cout << "{\"echo_p50\":" << echoed.quantile(0.5) << ",\"echo_p99\":" << echoed.quantile(0.99)
            << ",\"get_p50\":" << gotten.quantile(0.5) << ",\"get_p99\":" << gotten.quantile(0.99)
            << ",\"create_p50\":" << created.quantile(0.5) << ",\"create_p99\":" << created.quantile(0.99)
            << ",\"sdk_create_p50\":" << createdInNode.quantile(0.5) << ",\"echo_rate\":" << echoRate << ",\"one\":" << one << ",\"eight\":" << eight
            << ",\"events\":" << eventRate(others, creates) << "}" << std::endl;
}
