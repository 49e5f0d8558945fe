// The events of one engine: queued where they come in, told where the application wants to be told.
//
// - What comes in never waits for a callback. The queue is bounded: past it the oldest is dropped, and that is told.
// - A callback is called on one thread at a time, in the order of events, with no lock of the library held.
// - After `unsubscribe` and `stop` return, a callback is neither running nor to come; but for the one that called them.
#pragma once
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "sync_engine.h"

namespace sync_engine_internal {

struct Event {
  std::int32_t type = 0;
  std::int32_t origin = SYNC_ENGINE_ORIGIN_NONE;
  std::int32_t connection = -1;
  std::int32_t status = 0;
  std::uint64_t missed = 0;
  std::optional<std::string> documentId;
  std::optional<std::string> message;
  std::string json;
};

/// An event as the host tells it; nothing where the body makes no sense.
std::optional<Event> decodeEvent(std::int32_t type, const std::string& body);

class Events : public std::enable_shared_from_this<Events> {
 public:
  explicit Events(std::size_t capacity) : capacity_(capacity) {}
  Events(const Events&) = delete;
  Events& operator=(const Events&) = delete;
  ~Events();

  void push(Event event);
  /// There were events that nobody knows of.
  void pushMissed();

  std::uint64_t subscribe(std::uint32_t mask, const char* documentId, sync_engine_callback callback, void* context);
  void unsubscribe(std::uint64_t subscription);
  /// Of all subscriptions together.
  std::uint32_t mask() const;

  /// @return how many were told
  std::uint32_t process(std::uint32_t maxEvents, std::chrono::milliseconds timeout);
  void startThread();
  /// No callback after this.
  void stop() noexcept;

 private:
  struct Subscription {
    std::uint32_t mask;
    std::optional<std::string> documentId;
    sync_engine_callback callback;
    void* context;
  };

  class Turn;

  std::optional<Event> take();
  void tell(const Event& event);
  void run();

  mutable std::mutex mutex_;
  std::condition_variable arrived_;
  /// A callback has returned, or a thread has done with telling.
  std::condition_variable told_;
  const std::size_t capacity_;
  std::deque<Event> queue_;
  std::uint64_t missed_ = 0;
  bool unknownMissed_ = false;
  bool stopped_ = false;
  std::map<std::uint64_t, Subscription> subscriptions_;
  std::uint64_t nextSubscription_ = 1;
  /// The thread that is telling, and which subscription's callback it is in; 0 is none.
  std::thread::id telling_;
  std::uint64_t inCallback_ = 0;
  std::thread thread_;
};

}  // namespace sync_engine_internal
