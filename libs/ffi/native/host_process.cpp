#include "host_process.hpp"

#if !defined(__linux__)
#error "Only Linux is built and tested so far."
#endif

#include <dlfcn.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <vector>

#include "failure.hpp"

namespace sync_engine_internal {

namespace {

/// Where the host finds its socket.
constexpr int kHostSocket = 3;
constexpr int kEndSteps = 400;
constexpr useconds_t kEndStepMicroseconds = 5'000;

Failure notStarted(const std::string& what, int error) {
  return failureOf(SYNC_ENGINE_ERROR_HOST_NOT_STARTED, what + ": " + std::strerror(error));
}

bool endsWith(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

bool isScript(const std::string& path) { return endsWith(path, ".cjs") || endsWith(path, ".js") || endsWith(path, ".mjs"); }

/// An executable host is taken before a script, for it needs nothing else.
std::string besideThisLibrary() {
  Dl_info info{};
  if (dladdr(reinterpret_cast<const void*>(&findHost), &info) == 0 || info.dli_fname == nullptr) return "";
  const std::string library = info.dli_fname;
  const std::size_t slash = library.find_last_of('/');
  const std::string folder = slash == std::string::npos ? "." : library.substr(0, slash);
  for (const char* place : {"/sync_engine/sync-engine-host", "/sync_engine/sync-engine-host.cjs"}) {
    if (access((folder + place).c_str(), R_OK) == 0) return folder + place;
  }
  return "";
}

const char* environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : nullptr;
}

class FileActions {
 public:
  FileActions() { posix_spawn_file_actions_init(&actions_); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
  ~FileActions() { posix_spawn_file_actions_destroy(&actions_); }
  posix_spawn_file_actions_t* get() { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

class Attributes {
 public:
  Attributes() {
    posix_spawnattr_init(&attributes_);
    // What the application does with signals is its own; the host begins as any program does.
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  ~Attributes() { posix_spawnattr_destroy(&attributes_); }
  const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_{};
};

}  // namespace

HostCommand findHost(const char* hostPath, const char* nodePath) {
  const char* given = hostPath != nullptr ? hostPath : environment("SYNC_ENGINE_HOST");
  HostCommand command;
  command.host = given != nullptr ? given : besideThisLibrary();
  if (command.host.empty()) {
    throw failureOf(SYNC_ENGINE_ERROR_HOST_NOT_STARTED, "there is no host beside the library, and none was named");
  }
  if (access(command.host.c_str(), R_OK) != 0) throw notStarted("the host " + command.host, errno);
  if (isScript(command.host)) {
    const char* node = nodePath != nullptr ? nodePath : environment("SYNC_ENGINE_NODE");
    command.node = node != nullptr ? node : "node";
  }
  return command;
}

HostProcess startHost(const HostCommand& command) {
  int ends[2] = {-1, -1};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) throw notStarted("no socket pair", errno);
  FileActions actions;
  // The socket first: it may itself have one of the numbers that are taken next.
  posix_spawn_file_actions_adddup2(actions.get(), ends[1], kHostSocket);
  posix_spawn_file_actions_addopen(actions.get(), STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(actions.get(), STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
#if defined(__GLIBC__) && (__GLIBC__ > 2 || (__GLIBC__ == 2 && __GLIBC_MINOR__ >= 34))
  // What the application has left open for its own children is not for the host.
  posix_spawn_file_actions_addclosefrom_np(actions.get(), kHostSocket + 1);
#endif
  const Attributes attributes;
  std::vector<std::string> words;
  if (!command.node.empty()) words.push_back(command.node);
  words.push_back(command.host);
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);

  HostProcess process;
  const int error = posix_spawnp(&process.pid, words.front().c_str(), actions.get(), attributes.get(), arguments.data(), environ);
  close(ends[1]);
  if (error != 0) {
    close(ends[0]);
    throw notStarted("the host was not started with " + words.front(), error);
  }
  process.socket = ends[0];
  fcntl(process.socket, F_SETFL, fcntl(process.socket, F_GETFL) | O_NONBLOCK);
  return process;
}

void endHost(pid_t pid) noexcept {
  // By its number, so that no other child of the application is taken from it. ECHILD: the application has reaped it, or
  // has told the system to.
  for (int step = 0; step < kEndSteps; ++step) {
    if (waitpid(pid, nullptr, WNOHANG) != 0) return;
    usleep(kEndStepMicroseconds);
  }
  kill(pid, SIGKILL);
  while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace sync_engine_internal
