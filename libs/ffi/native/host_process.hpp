// The host as a process: found, started at one end of a socket pair, and gone without a trace.
#pragma once
#include <sys/types.h>

#include <string>

namespace sync_engine_internal {

/// What to start. Engines with the same command share a process.
struct HostCommand {
  std::string host;
  /// Empty where the host is an executable of its own.
  std::string node;
  bool operator<(const HostCommand& other) const {
    return host != other.host ? host < other.host : node < other.node;
  }
};

/**
 * From the options, the environment (SYNC_ENGINE_HOST, SYNC_ENGINE_NODE), or beside this library.
 * @param hostPath, nodePath NULL where they are not given
 * @throws Failure where there is no such file
 */
HostCommand findHost(const char* hostPath, const char* nodePath);

struct HostProcess {
  pid_t pid = -1;
  /// Our end of the socket pair: non-blocking, closed in every program that is started.
  int socket = -1;
};

/// @throws Failure `host_not_started`
HostProcess startHost(const HostCommand& command);

/// Waits for the process, whose socket must have been closed; kills it where it does not end by itself.
void endHost(pid_t pid) noexcept;

}  // namespace sync_engine_internal
