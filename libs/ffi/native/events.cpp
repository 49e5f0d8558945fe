#include "events.hpp"

#include <cstdlib>
#include <utility>
#include <vector>

#include "frame.hpp"

namespace sync_engine_internal {

namespace {

std::int32_t numberOf(const Field& field) {
  return field ? static_cast<std::int32_t>(std::strtol(field->c_str(), nullptr, 10)) : 0;
}

bool isWanted(std::uint32_t mask, std::int32_t type) { return (mask & SYNC_ENGINE_MASK(static_cast<unsigned>(type))) != 0; }

const char* textOf(const std::optional<std::string>& text) { return text ? text->c_str() : nullptr; }

}  // namespace

std::optional<Event> decodeEvent(std::int32_t type, const std::string& body) {
  auto fields = decodeFields(body);
  if (!fields || fields->size() != 6 || type < 1 || type > 31) return std::nullopt;
  Event event;
  event.type = type;
  event.documentId = std::move((*fields)[0]);
  event.message = std::move((*fields)[1]);
  event.json = (*fields)[2].value_or("{}");
  event.origin = numberOf((*fields)[3]);
  event.connection = numberOf((*fields)[4]);
  event.status = numberOf((*fields)[5]);
  return event;
}

Events::~Events() {
  // The last one to let go of the events may be their own thread.
  if (thread_.joinable()) thread_.detach();
}

void Events::push(Event event) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (stopped_) return;
  if (queue_.size() >= capacity_) {
    queue_.pop_front();
    ++missed_;
  }
  queue_.push_back(std::move(event));
  arrived_.notify_one();
}

void Events::pushMissed() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (stopped_) return;
  unknownMissed_ = true;
  arrived_.notify_one();
}

std::uint64_t Events::subscribe(std::uint32_t mask, const char* documentId, sync_engine_callback callback,
                                void* context) {
  std::optional<std::string> document;
  if (documentId != nullptr) document = documentId;
  const std::lock_guard<std::mutex> lock(mutex_);
  const std::uint64_t number = nextSubscription_++;
  subscriptions_.emplace(number, Subscription{mask, std::move(document), callback, context});
  return number;
}

void Events::unsubscribe(std::uint64_t subscription) {
  std::unique_lock<std::mutex> lock(mutex_);
  subscriptions_.erase(subscription);
  // 0 is no subscription's number, but what stands there while no callback is running.
  if (subscription == 0 || telling_ == std::this_thread::get_id()) return;
  told_.wait(lock, [&] { return inCallback_ != subscription; });
}

std::uint32_t Events::mask() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::uint32_t all = 0;
  for (const auto& [number, subscription] : subscriptions_) all |= subscription.mask;
  return all;
}

std::optional<Event> Events::take() {
  if (missed_ > 0 || unknownMissed_) {
    Event event;
    event.type = SYNC_ENGINE_EVENT_EVENTS_MISSED;
    event.missed = unknownMissed_ ? 0 : missed_;
    event.json = "{\"missed\":" + std::to_string(event.missed) + "}";
    missed_ = 0;
    unknownMissed_ = false;
    return event;
  }
  if (queue_.empty()) return std::nullopt;
  Event event = std::move(queue_.front());
  queue_.pop_front();
  return event;
}

void Events::tell(const Event& event) {
  std::vector<std::uint64_t> numbers;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (const auto& [number, subscription] : subscriptions_) {
      if (!isWanted(subscription.mask, event.type)) continue;
      if (!subscription.documentId || subscription.documentId == event.documentId) numbers.push_back(number);
    }
  }
  const sync_engine_event told{sizeof(sync_engine_event), event.type,   event.origin,
                               event.connection,          event.status, event.missed,
                               textOf(event.documentId),  textOf(event.message),
                               event.json.c_str()};
  for (const std::uint64_t number : numbers) {
    std::unique_lock<std::mutex> lock(mutex_);
    const auto found = subscriptions_.find(number);
    // One callback may have taken another off.
    if (stopped_ || found == subscriptions_.end()) continue;
    const auto [callback, context] = std::pair(found->second.callback, found->second.context);
    inCallback_ = number;
    lock.unlock();
    try {
      callback(&told, context);
    } catch (...) {
      // C has no exceptions; the C++ wrapper has kept its user's already.
    }
    lock.lock();
    inCallback_ = 0;
    told_.notify_all();
  }
}

/// A thread's turn to tell, which ends however it ends.
class Events::Turn {
 public:
  Turn(Events& events, std::unique_lock<std::mutex>& lock, std::thread::id self) : events_(events), lock_(lock) {
    events_.telling_ = self;
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() {
    if (!lock_.owns_lock()) lock_.lock();
    events_.telling_ = std::thread::id();
    events_.told_.notify_all();
  }

 private:
  Events& events_;
  std::unique_lock<std::mutex>& lock_;
};

std::uint32_t Events::process(std::uint32_t maxEvents, std::chrono::milliseconds timeout) {
  const auto self = std::this_thread::get_id();
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  std::unique_lock<std::mutex> lock(mutex_);
  if (telling_ == self) return 0;
  // Another thread is telling: its turn comes first.
  told_.wait(lock, [&] { return telling_ == std::thread::id() || stopped_; });
  const auto something = [&] { return stopped_ || unknownMissed_ || missed_ > 0 || !queue_.empty(); };
  if (!arrived_.wait_until(lock, deadline, something) || stopped_ || telling_ != std::thread::id()) return 0;
  const Turn turn(*this, lock, self);
  // What comes in while these are told is for the next time, or a busy server would never let the caller go.
  const std::size_t waiting = queue_.size() + (missed_ > 0 || unknownMissed_ ? 1 : 0);
  const std::size_t most = maxEvents == 0 ? waiting : maxEvents;
  std::uint32_t count = 0;
  while (count < most && !stopped_) {
    std::optional<Event> event = take();
    if (!event) break;
    lock.unlock();
    tell(*event);
    lock.lock();
    ++count;
  }
  return count;
}

void Events::startThread() {
  // It holds the events, not the engine, so that an engine may be destroyed from one of its callbacks.
  const std::lock_guard<std::mutex> lock(mutex_);
  thread_ = std::thread([self = shared_from_this()] { self->run(); });
}

void Events::run() {
  for (;;) {
    try {
      process(0, std::chrono::hours(1));
    } catch (...) {
      // There was no memory for this event; the next one may be told.
    }
    const std::lock_guard<std::mutex> lock(mutex_);
    if (stopped_) return;
  }
}

void Events::stop() noexcept {
  const auto self = std::this_thread::get_id();
  std::unique_lock<std::mutex> lock(mutex_);
  stopped_ = true;
  queue_.clear();
  arrived_.notify_all();
  told_.notify_all();
  if (thread_.joinable() && thread_.get_id() != self) {
    std::thread ending = std::move(thread_);
    lock.unlock();
    ending.join();
    return;
  }
  if (thread_.joinable()) thread_.detach();
  told_.wait(lock, [&] { return telling_ == std::thread::id() || telling_ == self; });
}

}  // namespace sync_engine_internal
