// Test cases in C++ and what they stand on. The program runs all of them, or those that are named, and prints a line for each; the
// jest spec beside it starts the program with a server at hand and reports each case by its name.
#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "sync_engine.h"

namespace testing {

struct Failed : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Case {
  const char* name;
  void (*run)();
};

std::vector<Case>& cases();
/// @return how many failed
int runAll(const std::vector<std::string>& wanted);

struct Registered {
  Registered(const char* name, void (*run)()) { cases().push_back({name, run}); }
};

/// Orders something of the spec that started this program (`server down`), and waits until it is done.
void order(const std::string& what);
/// A database of its own for each name and case.
std::string databasePath(const std::string& name);
std::string serverUrl();
/// A user of its own for each case.
std::string userId();
std::string newUuid();
/// The processes that this one has started and that live, zombies included.
std::vector<int> childProcesses();
/// Whoever inherits the children of the dead may take its time to reap them.
bool isDead(int process);
std::size_t openDescriptors();
std::size_t threadCount();
/// Of this process, in KiB.
std::size_t residentKib();

/// Waits for a state, never for an amount of time.
void waitFor(const std::string& what, const std::function<bool()>& probe, int timeoutMs = 20'000);

/// A text that the library has handed out.
class Text {
 public:
  Text() = default;
  Text(const Text&) = delete;
  Text& operator=(const Text&) = delete;
  ~Text() { sync_engine_free(text_); }
  char** out() {
    sync_engine_free(text_);
    text_ = nullptr;
    return &text_;
  }
  std::string str() const { return text_ == nullptr ? "" : text_; }
  bool isNull() const { return text_ == nullptr; }
  bool has(const std::string& part) const { return str().find(part) != std::string::npos; }
  /// The value of a member that is a text, wherever it first stands.
  std::string member(const std::string& name) const;

 private:
  char* text_ = nullptr;
};

/// An engine that is destroyed with its scope.
class Engine {
 public:
  enum Mode { kOffline, kOnline };
  explicit Engine(const std::string& name, Mode mode = kOffline,
                  const std::function<void(sync_engine_options&)>& change = {});
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  ~Engine() { destroy(); }
  void* get() const { return handle_; }
  operator void*() const { return handle_; }
  void destroy();
  /// Creates a document. @return its id
  std::string create(const std::string& title, const std::string& content) const;
  void synced() const;

 private:
  void* handle_ = nullptr;
};

/// A call on a thread of its own.
class Calling {
 public:
  explicit Calling(std::function<int()> call);
  Calling(const Calling&) = delete;
  Calling& operator=(const Calling&) = delete;
  ~Calling();
  /// Until it waits for something: its answer, where nothing else can hold it up.
  void waitUntilAsleep() const;
  /// What it comes to, when it does.
  int status();
  std::thread& thread() { return thread_; }

 private:
  std::atomic<int> id_{0};
  int status_ = -1;
  std::thread thread_;
};

std::string describe(int status);

template <typename Left, typename Right>
void checkEqual(const Left& left, const Right& right, const char* what, const char* file, int line) {
  if (left == right) return;
  std::ostringstream message;
  message << file << ":" << line << ": " << what << ": " << left << " is not " << right;
  throw Failed(message.str());
}

}  // namespace testing

#define TEST_JOIN2(a, b) a##b
#define TEST_JOIN(a, b) TEST_JOIN2(a, b)
#define TEST_CASE(name) TEST_NAMED(name, TEST_JOIN(testCase, __LINE__), TEST_JOIN(testEntry, __LINE__))
#define TEST_NAMED(name, function, entry)                  \
  static void function();                                  \
  static const testing::Registered entry(name, function); \
  static void function()

#define CHECK(condition)                                                                             \
  do {                                                                                               \
    if (!(condition)) {                                                                              \
      throw testing::Failed(std::string(__FILE__) + ":" + std::to_string(__LINE__) + ": " #condition); \
    }                                                                                                \
  } while (false)
#define CHECK_EQUAL(left, right) testing::checkEqual(left, right, #left, __FILE__, __LINE__)
/// That a call comes to a status, OK as a rule.
#define CHECK_STATUS(call, expected) \
  testing::checkEqual(testing::describe(call), testing::describe(expected), #call, __FILE__, __LINE__)
#define OK(call) CHECK_STATUS(call, SYNC_ENGINE_OK)
