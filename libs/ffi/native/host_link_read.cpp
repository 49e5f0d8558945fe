// Reading what the host says: by a caller that waits for its answer, or by the link's thread. An answer that its own caller reads
// wakes one thread; one that is passed on wakes two.
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "host_link.hpp"

namespace sync_engine_internal {

namespace {

constexpr std::size_t kReadBytes = 64 * 1024;

}  // namespace

void HostLink::lead(const PendingCall& call, Clock::time_point deadline, std::unique_lock<std::mutex>& lock) noexcept {
  if (call.done || reading_ || ended_ || state_ != State::kUp) return;
  reading_ = true;
  leader_ = &call;
  watch_.takeFromThread();
  while (!call.done && !ended_) {
    lock.unlock();
    const bool readable = watch_.waitAsLeader(deadline);
    // What comes after the leader's own answer is for the next one to read.
    const bool more = !readable || readAvailable(false);
    lock.lock();
    if (!more) {
      ended_ = true;
      watch_.wakeThread();
    }
    // A host that has much to say to others must not make this call any longer.
    if (Clock::now() >= deadline) break;
  }
  leader_ = nullptr;
  reading_ = false;
  watch_.giveToThread();
  hasRead_.notify_all();
}

bool HostLink::readAsThread() noexcept {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (reading_) return true;
    reading_ = true;
  }
  const bool more = readAvailable(true);
  const std::lock_guard<std::mutex> lock(mutex_);
  reading_ = false;
  watch_.giveToThread();
  return more;
}

/// @param all or what one look at the socket brings. @return whether there can be more to come
bool HostLink::readAvailable(bool all) noexcept {
  try {
    bytes_.resize(kReadBytes);
    for (;;) {
      const ssize_t count = recv(socket_.load(), bytes_.data(), bytes_.size(), 0);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return true;
      if (count <= 0) return false;
      reader_.append(bytes_.data(), static_cast<std::size_t>(count));
      bool broken = false;
      while (auto frame = reader_.next(broken)) {
        if (!receive(std::move(*frame))) return false;
      }
      if (broken) return false;
      // A short read has emptied the socket.
      if (!all || static_cast<std::size_t>(count) < bytes_.size()) return true;
    }
  } catch (...) {
    // No memory for what the host says: another is started, when there may be some.
    return false;
  }
}

bool HostLink::receive(Frame&& frame) {
  switch (frame.kind) {
    case Kind::kHello:
      return cameUp(frame.code);
    case Kind::kResponse:
      receiveResponse(std::move(frame));
      return true;
    case Kind::kEvent:
      receiveEvent(frame);
      return true;
    case Kind::kRequest:
      break;
  }
  return false;
}

bool HostLink::cameUp(std::int32_t protocol) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (protocol != kProtocol) {
    notStarted_ = failureOf(SYNC_ENGINE_ERROR_HOST_INCOMPATIBLE, "the host is of another version than the library");
    return false;
  }
  state_ = State::kUp;
  ++host_;
  failedStarts_ = 0;
  notStarted_ = Failure{};
  lastHeard_ = Clock::now();
  changed_.notify_all();
  return true;
}

void HostLink::receiveResponse(Frame&& frame) {
  const std::lock_guard<std::mutex> lock(mutex_);
  lastHeard_ = Clock::now();
  const auto found = pending_.find(frame.id);
  // One that was given up is answered in vain.
  if (found == pending_.end()) return;
  PendingCall& call = *found->second;
  if (call.reopened) {
    reopened(*call.reopened, frame);
  } else {
    call.reply = Reply{frame.code, std::move(frame.body)};
    call.done = true;
    call.answered.notify_one();
  }
  pending_.erase(found);
}

void HostLink::receiveEvent(const Frame& frame) {
  std::shared_ptr<Events> events;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    lastHeard_ = Clock::now();
    const auto found = engines_.find(frame.engine);
    if (found == engines_.end()) return;
    events = found->second->events;
  }
  if (auto event = decodeEvent(frame.code, frame.body)) events->push(std::move(*event));
}

}  // namespace sync_engine_internal
