// What carries the calls of an engine out: the host in a process of its own, or Node in this one.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>

#include "wire_codes.hpp"

namespace sync_engine_internal {

using Clock = std::chrono::steady_clock;

/// Of a call: its result, or where the status is not SYNC_ENGINE_OK the fields of its failure.
struct Reply {
  std::int32_t status = 0;
  std::string body;
};

/// One engine. Every call may come from any thread, several at once.
class Backend {
 public:
  Backend() = default;
  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;
  virtual ~Backend() = default;

  /// @throws Failure where there is nobody to carry it out, or no answer in time
  virtual Reply call(Operation operation, const std::string& body, std::chrono::milliseconds timeout) = 0;
  /// Which events are wanted from now on, also after whatever carries the calls out was started anew. @throws Failure
  virtual void listen(std::uint32_t mask, std::chrono::milliseconds timeout) = 0;
  /// Ends what is waiting, and the engine. Called once.
  virtual void close() noexcept = 0;
};

}  // namespace sync_engine_internal
