// The link's thread: it starts the host, opens the engines in it, and starts another when it dies.
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
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
    reader_ = FrameReader();
    ended_ = false;
    watch_.add(process.socket);
  }
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
    if (watch_.waitAsThread(wait) && !readAsThread()) return;
    const std::lock_guard<std::mutex> lock(mutex_);
    if (ended_) return;
    if (state_ != State::kUp && Clock::now() - begun > kHelloWithin) {
      notStarted_ = failureOf(SYNC_ENGINE_ERROR_HOST_NOT_STARTED, "the host said nothing after it was started");
      kill(process.pid, SIGKILL);
      return;
    }
  }
}

void HostLink::wentDown() noexcept {
  const std::lock_guard<std::mutex> writing(writeMutex_);
  std::unique_lock<std::mutex> lock(mutex_);
  const bool wasUp = state_ == State::kUp;
  state_ = State::kDown;
  // Once it is reaped its number may be another process's, which nobody here may kill.
  pid_ = -1;
  const int socket = socket_.load();
  if (socket >= 0) {
    // Whoever leads comes to the end of the socket, and leaves it.
    shutdown(socket, SHUT_RDWR);
    hasRead_.wait(lock, [&] { return !reading_; });
    watch_.remove();
    socket_ = -1;
    ::close(socket);
  }
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
