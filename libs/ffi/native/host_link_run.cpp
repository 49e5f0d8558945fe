// The link's thread: it starts the host, takes what the host says, and starts another when it dies.
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

#include "host_link.hpp"

namespace sync_engine_internal {

namespace {

constexpr std::chrono::milliseconds kFirstDelay{20};
constexpr std::chrono::milliseconds kLongestDelay{5'000};
/// A host that has lived for so long was all right: the next start is not the next try of the same.
constexpr std::chrono::seconds kSteady{10};
constexpr std::chrono::seconds kHelloWithin{30};
constexpr std::size_t kReadBytes = 64 * 1024;

constexpr Clock::time_point kNever = Clock::time_point::max();

}  // namespace

void HostLink::run() noexcept {
  auto delay = kFirstDelay;
  for (;;) {
    const auto begun = Clock::now();
    HostProcess process;
    try {
      process = startHost(command_);
      serve(process);
    } catch (const Failure& failure) {
      const std::lock_guard<std::mutex> lock(mutex_);
      notStarted_ = failure;
    } catch (...) {
      // No memory for what the host says: it is started anew, when there may be some.
    }
    wentDown();
    if (process.pid > 0) endHost(process.pid);
    if (Clock::now() - begun >= kSteady) delay = kFirstDelay;
    std::unique_lock<std::mutex> lock(mutex_);
    if (changed_.wait_for(lock, delay, [&] { return stopping_; })) break;
    delay = std::min(delay * 2, kLongestDelay);
  }
}

void HostLink::serve(const HostProcess& process) {
  {
    const std::lock_guard<std::mutex> writing(writeMutex_);
    const std::lock_guard<std::mutex> lock(mutex_);
    socket_ = process.socket;
    pid_ = process.pid;
  }
  FrameReader reader;
  const auto begun = Clock::now();
  for (;;) {
    Clock::time_point next = reopenDue();
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (stopping_) return;
      if (state_ != State::kUp) next = std::min(next, begun + kHelloWithin);
    }
    int wait = -1;
    if (next != kNever) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(next - Clock::now()).count();
      wait = static_cast<int>(std::clamp<std::int64_t>(left + 1, 0, 60'000));
    }
    std::array<pollfd, 2> waiting{{{process.socket, POLLIN, 0}, {wakeEvent_, POLLIN, 0}}};
    if (poll(waiting.data(), waiting.size(), wait) < 0 && errno != EINTR) return;
    if ((waiting[1].revents & POLLIN) != 0) {
      std::uint64_t count = 0;
      [[maybe_unused]] const auto taken = read(wakeEvent_, &count, sizeof count);
    }
    if ((waiting[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0 && !readAvailable(process.socket, reader)) return;
    const std::lock_guard<std::mutex> lock(mutex_);
    if (state_ != State::kUp && Clock::now() - begun > kHelloWithin) {
      notStarted_ = failureOf(SYNC_ENGINE_ERROR_HOST_NOT_STARTED, "the host said nothing after it was started");
      kill(process.pid, SIGKILL);
      return;
    }
  }
}

bool HostLink::readAvailable(int socket, FrameReader& reader) {
  std::array<char, kReadBytes> bytes;
  for (;;) {
    const ssize_t count = recv(socket, bytes.data(), bytes.size(), 0);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return true;
    if (count <= 0) return false;
    reader.append(bytes.data(), static_cast<std::size_t>(count));
    bool broken = false;
    while (auto frame = reader.next(broken)) {
      if (!receive(std::move(*frame))) return false;
    }
    if (broken) return false;
    // A short read has emptied the socket.
    if (static_cast<std::size_t>(count) < bytes.size()) return true;
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

void HostLink::wentDown() noexcept {
  const std::lock_guard<std::mutex> writing(writeMutex_);
  const std::lock_guard<std::mutex> lock(mutex_);
  const bool wasUp = state_ == State::kUp;
  state_ = State::kDown;
  // Once it is reaped its number may be another process's, which nobody here may kill.
  pid_ = -1;
  const int socket = socket_.exchange(-1);
  if (socket >= 0) ::close(socket);
  if (!wasUp) {
    ++failedStarts_;
    if (notStarted_.status == SYNC_ENGINE_OK) {
      notStarted_.status = SYNC_ENGINE_ERROR_HOST_NOT_STARTED;
      try {
        notStarted_ = failureOf(SYNC_ENGINE_ERROR_HOST_NOT_STARTED, "the host ended as soon as it was started");
      } catch (...) {
        // The number says it.
      }
    }
  }
  for (const auto& [number, engine] : engines_) engine->opening = false;
  try {
    failCalls(failureOf(SYNC_ENGINE_ERROR_HOST_LOST, "the host died during the call: it may have been done or not"), 0);
  } catch (...) {
    failCalls(Failure{SYNC_ENGINE_ERROR_HOST_LOST, {}, {}, {}}, 0);
  }
  changed_.notify_all();
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

Clock::time_point HostLink::reopenDue() {
  std::vector<std::string> frames;
  std::uint64_t host = 0;
  Clock::time_point next = kNever;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (state_ != State::kUp) return kNever;
    host = host_;
    const auto now = Clock::now();
    for (const auto& [number, engine] : engines_) {
      if (!engine->established || engine->opening || engine->openIn == host_) continue;
      if (engine->retryAt > now) {
        next = std::min(next, engine->retryAt);
        continue;
      }
      auto call = std::make_shared<PendingCall>();
      call->engine = number;
      call->reopened = engine;
      engine->opening = true;
      const auto code = static_cast<std::int32_t>(Operation::kOpen);
      frames.push_back(encodeFrame(Kind::kRequest, number, code, enter(call), openingBody(*engine)));
    }
  }
  for (const std::string& frame : frames) send(frame, host, Clock::now() + std::chrono::seconds(1));
  return next;
}

void HostLink::reopened(HostedEngine& engine, const Frame& frame) {
  engine.opening = false;
  if (frame.code == SYNC_ENGINE_OK) {
    engine.openIn = host_;
    engine.reopening = Failure{};
    engine.retryDelay = std::chrono::milliseconds(0);
    engine.retryAt = Clock::time_point{};
    // What happened while there was no host was told to nobody.
    engine.events->pushMissed();
    return;
  }
  auto fields = decodeFields(frame.body);
  engine.reopening = Failure{frame.code, {}, {}, {}};
  if (fields && fields->size() == 3) {
    engine.reopening.message = (*fields)[0].value_or("");
    engine.reopening.remedy = (*fields)[1].value_or("");
  }
  engine.retryDelay = std::clamp(engine.retryDelay * 2, kFirstDelay, kLongestDelay);
  engine.retryAt = Clock::now() + engine.retryDelay;
}

}  // namespace sync_engine_internal
