// An engine of the application: what carries its calls out, and its events.
#pragma once
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "backend.hpp"
#include "events.hpp"

namespace sync_engine_internal {

class Engine {
 public:
  Engine(std::unique_ptr<Backend> backend, std::shared_ptr<Events> events, std::chrono::milliseconds callTimeout,
         bool threaded);
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /**
   * @param longer how long the call itself may take, beside what any call may
   * @return its result
   * @throws Failure
   */
  std::string call(Operation operation, const std::string& body,
                   std::chrono::milliseconds longer = std::chrono::milliseconds(0));
  std::uint64_t subscribe(std::uint32_t mask, const char* documentId, sync_engine_callback callback, void* context);
  void unsubscribe(std::uint64_t subscription);
  std::uint32_t processEvents(std::uint32_t maxEvents, std::chrono::milliseconds timeout);
  /// Called once, by whoever has taken it out of the registry.
  void close() noexcept;
  /// The process that it was made in.
  std::uint32_t epoch() const noexcept { return epoch_; }

 private:
  void listen();

  const std::unique_ptr<Backend> backend_;
  const std::shared_ptr<Events> events_;
  const std::chrono::milliseconds callTimeout_;
  const bool threaded_;
  const std::uint32_t epoch_;
  /// One change of what is listened to after the other.
  std::mutex listenMutex_;
  std::uint32_t mask_ = 0;
};

}  // namespace sync_engine_internal
