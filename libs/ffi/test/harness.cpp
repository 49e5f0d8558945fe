#include "harness.hpp"

#include <dirent.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <random>

namespace testing {

namespace {

// Until a case has one of its own.
std::string currentUser = "550e8400-e29b-41d4-a716-446655440999";

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr) throw Failed(std::string(name) + " is not set: the spec sets it");
  return value;
}

/// What /proc/self/status says of it.
std::size_t ofThisProcess(const std::string& what) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind(what + ":", 0) == 0) return std::stoul(line.substr(what.size() + 1));
  }
  throw Failed("/proc/self/status has no " + what);
}

}  // namespace

std::vector<Case>& cases() {
  static std::vector<Case> all;
  return all;
}

void order(const std::string& what) {
  std::cout << "order " << what << std::endl;
  std::string answer;
  if (!std::getline(std::cin, answer) || answer != "done") throw Failed("the spec did not do: " + what);
}

std::string databasePath(const std::string& name) {
  return environment("TEST_FOLDER") + "/" + currentUser + "-" + name + ".sqlite3";
}

std::string serverUrl() { return environment("TEST_SERVER"); }
std::string userId() { return currentUser; }

std::string newUuid() {
  static std::random_device random;
  const char* digits = "0123456789abcdef";
  std::string id = "xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx";
  for (char& sign : id) {
    if (sign == 'x') sign = digits[random() % 16];
  }
  return id;
}

std::vector<int> childProcesses() {
  std::vector<int> children;
  DIR* processes = opendir("/proc");
  if (processes == nullptr) throw Failed("there is no /proc");
  while (const dirent* entry = readdir(processes)) {
    const int pid = std::atoi(entry->d_name);
    if (pid <= 0) continue;
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string stat;
    std::getline(file, stat);
    const std::size_t end = stat.rfind(')');
    if (end == std::string::npos) continue;
    // ") S ppid": the state is one letter.
    if (std::atoi(stat.c_str() + end + 4) == getpid()) children.push_back(pid);
  }
  closedir(processes);
  return children;
}

std::size_t openDescriptors() {
  DIR* folder = opendir("/proc/self/fd");
  if (folder == nullptr) throw Failed("there is no /proc");
  std::size_t count = 0;
  while (const dirent* entry = readdir(folder)) count += entry->d_name[0] == '.' ? 0 : 1;
  closedir(folder);
  return count - 1;
}

std::size_t threadCount() { return ofThisProcess("Threads"); }
std::size_t residentKib() { return ofThisProcess("VmRSS"); }

void waitFor(const std::string& what, const std::function<bool()>& probe, int timeoutMs) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeoutMs);
  while (!probe()) {
    if (std::chrono::steady_clock::now() > deadline) throw Failed("waited in vain for " + what);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

std::string Text::member(const std::string& name) const {
  const std::string text = str();
  const std::string key = "\"" + name + "\":\"";
  const std::size_t begin = text.find(key);
  if (begin == std::string::npos) throw Failed("no text " + name + " in " + text);
  const std::size_t value = begin + key.size();
  return text.substr(value, text.find('"', value) - value);
}

namespace {

/// The state in a `stat` file of /proc: S waits for something, Z is dead and not reaped; nothing where there is no such file.
std::string stateIn(const std::string& path) {
  std::ifstream file(path);
  std::string stat;
  std::getline(file, stat);
  const std::size_t end = stat.rfind(')');
  return end == std::string::npos || end + 2 >= stat.size() ? "" : stat.substr(end + 2, 1);
}

}  // namespace

bool isDead(int process) {
  const std::string state = stateIn("/proc/" + std::to_string(process) + "/stat");
  return state.empty() || state == "Z";
}

Calling::Calling(std::function<int()> call) {
  thread_ = std::thread([this, call = std::move(call)] {
    id_ = gettid();
    status_ = call();
  });
}

Calling::~Calling() {
  if (thread_.joinable()) thread_.join();
}

void Calling::waitUntilAsleep() const {
  waitFor("a call to wait", [&] {
    return id_ > 0 && stateIn("/proc/self/task/" + std::to_string(id_) + "/stat") == "S";
  });
}

int Calling::status() {
  thread_.join();
  return status_;
}

std::string describe(int status) { return sync_engine_status_name(status); }

Engine::Engine(const std::string& name, Mode mode, const std::function<void(sync_engine_options&)>& change) {
  const std::string path = databasePath(name);
  const std::string url = serverUrl();
  const std::string user = userId();
  sync_engine_options options;
  OK(sync_engine_options_init(&options));
  options.database_path = path.c_str();
  if (mode == kOnline) {
    options.server_url = url.c_str();
    options.auth_token = "demo-token";
    options.user_id = user.c_str();
  }
  if (change) change(options);
  if (sync_engine_create_with_options(&options, &handle_) != SYNC_ENGINE_OK) {
    throw Failed(std::string("no engine: ") + sync_engine_last_error_message());
  }
}

void Engine::destroy() {
  sync_engine_destroy(handle_);
  handle_ = nullptr;
}

std::string Engine::create(const std::string& title, const std::string& content) const {
  Text document;
  OK(sync_engine_create_document(handle_, title.c_str(), content.c_str(), document.out()));
  return document.member("id");
}

void Engine::synced() const { OK(sync_engine_wait_until_synced(handle_, 20'000)); }

int runAll(const std::vector<std::string>& wanted) {
  int failed = 0;
  for (const Case& each : cases()) {
    if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), each.name) == wanted.end()) continue;
    currentUser = newUuid();
    try {
      each.run();
      std::cout << "passed " << each.name << std::endl;
    } catch (const std::exception& error) {
      ++failed;
      std::cout << "failed " << each.name << ": " << error.what() << std::endl;
      const std::string said = sync_engine_last_error_message();
      if (!said.empty()) std::cout << "  the last error of this thread: " << said << std::endl;
    }
  }
  return failed;
}

}  // namespace testing
