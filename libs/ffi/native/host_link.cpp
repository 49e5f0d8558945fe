// The link's face towards the engines: calls from any thread. Reading is in host_link_read.cpp, the thread in host_link_run.cpp.
#include "host_link.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <utility>

namespace sync_engine_internal {

namespace {

Failure timedOut() { return failureOf(SYNC_ENGINE_ERROR_TIMED_OUT, "the host did not answer in time; it may yet be done"); }

Failure unavailable() {
  return failureOf(SYNC_ENGINE_ERROR_HOST_UNAVAILABLE, "the host is being started again: nothing was done");
}

/// A host that has said nothing for so long, to a call that waits for so long, hangs.
constexpr std::chrono::seconds kHangs{10};

}  // namespace

void HostLink::start() {
  watch_.open();
  // The application's signals are for the application's threads.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    thread_ = std::thread([this] { run(); });
  } catch (...) {
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    throw;
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void HostLink::stop() noexcept {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  watch_.wakeThread();
  thread_.join();
}

void HostLink::abandon() noexcept {
  // Only what a child may do right after a fork: the thread and the locks of this link are not here any more.
  const int socket = socket_.exchange(-1);
  if (socket >= 0) ::close(socket);
  watch_.closeAll();
}

pid_t HostLink::hostPid() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return pid_;
}

std::string HostLink::openingBody(const HostedEngine& engine) const {
  Fields mask;
  mask.add(static_cast<std::int64_t>(engine.mask.load()));
  return engine.openingFields + mask.body();
}

void HostLink::open(const std::shared_ptr<HostedEngine>& engine, std::chrono::milliseconds timeout) {
  const auto deadline = Clock::now() + timeout;
  auto call = std::make_shared<PendingCall>();
  call->engine = engine->number;
  std::uint64_t host = 0;
  std::uint64_t id = 0;
  {
    std::unique_lock<std::mutex> lock(mutex_);
    const std::uint64_t failed = failedStarts_;
    const auto known = [&] { return state_ == State::kUp || failedStarts_ != failed || stopping_; };
    if (!changed_.wait_until(lock, deadline, known)) {
      throw failureOf(SYNC_ENGINE_ERROR_HOST_NOT_STARTED, "the host did not start in time");
    }
    if (state_ != State::kUp) throw notStarted_;
    engines_[engine->number] = engine;
    host = host_;
    id = enter(call);
  }
  const std::string body = openingBody(*engine);
  Reply reply;
  try {
    const auto code = static_cast<std::int32_t>(Operation::kOpen);
    send(encodeFrame(Kind::kRequest, engine->number, code, id, body), host, deadline);
    reply = await(id, *call, deadline);
  } catch (...) {
    close(engine, std::chrono::milliseconds(0));
    throw;
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  if (reply.status != SYNC_ENGINE_OK) {
    engines_.erase(engine->number);
    auto fields = decodeFields(reply.body);
    if (!fields || fields->size() != 3) throw failureOf(SYNC_ENGINE_ERROR_INTERNAL, "the host's failure makes no sense");
    throw Failure{reply.status, (*fields)[0].value_or(""), (*fields)[1].value_or(""), (*fields)[2].value_or("")};
  }
  engine->established = true;
  engine->openIn = host;
  // The host may have died right after its answer: the next one opens the engine again.
  if (host != host_ || state_ != State::kUp) watch_.wakeThread();
}

std::uint64_t HostLink::enter(const std::shared_ptr<PendingCall>& call) {
  const std::uint64_t id = nextCall_++;
  pending_.emplace(id, call);
  return id;
}

Reply HostLink::call(const std::shared_ptr<HostedEngine>& engine, Operation operation, const std::string& body,
                     std::chrono::milliseconds timeout) {
  const auto deadline = Clock::now() + timeout;
  const auto call = std::make_shared<PendingCall>();
  call->engine = engine->number;
  std::uint64_t host = 0;
  std::uint64_t id = 0;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (engines_.count(engine->number) == 0) throw failureOf(SYNC_ENGINE_ERROR_CLIENT_CLOSED, "the engine was destroyed");
    if (state_ != State::kUp) throw notStarted_.status == SYNC_ENGINE_OK ? unavailable() : notStarted_;
    if (engine->openIn != host_) throw engine->reopening.status == SYNC_ENGINE_OK ? unavailable() : engine->reopening;
    host = host_;
    id = enter(call);
  }
  const auto code = static_cast<std::int32_t>(operation);
  send(encodeFrame(Kind::kRequest, engine->number, code, id, body), host, deadline);
  return await(id, *call, deadline);
}

Reply HostLink::await(std::uint64_t id, PendingCall& call, Clock::time_point deadline) {
  std::unique_lock<std::mutex> lock(mutex_);
  const auto begun = Clock::now();
  lead(call, deadline, lock);
  if (!call.answered.wait_until(lock, deadline, [&] { return call.done; })) {
    pending_.erase(id);
    const auto now = Clock::now();
    if (now - begun >= kHangs && now - lastHeard_ >= kHangs && pid_ > 0) kill(pid_, SIGKILL);
    throw timedOut();
  }
  if (call.failure.status != SYNC_ENGINE_OK) throw call.failure;
  return std::move(call.reply);
}

/// A frame that does not get out ends with its call: the thread behind fails what waits for a host that has gone.
bool HostLink::send(const std::string& bytes, std::uint64_t host, Clock::time_point deadline) {
  const std::lock_guard<std::mutex> writing(writeMutex_);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (host != host_ || state_ != State::kUp) return false;
  }
  if (sendAll(bytes, deadline)) return true;
  // Half a frame is out, or the host does not take any more: it cannot be talked to again.
  const std::lock_guard<std::mutex> lock(mutex_);
  if (host == host_ && pid_ > 0) kill(pid_, SIGKILL);
  return false;
}

bool HostLink::sendAll(const std::string& bytes, Clock::time_point deadline) {
  const int socket = socket_.load();
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t count = ::send(socket, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (count >= 0) {
      sent += static_cast<std::size_t>(count);
      continue;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) return false;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) return false;
    pollfd writable{socket, POLLOUT, 0};
    if (poll(&writable, 1, static_cast<int>(std::min<std::int64_t>(left, 60'000))) < 0 && errno != EINTR) return false;
  }
  return true;
}

void HostLink::close(const std::shared_ptr<HostedEngine>& engine, std::chrono::milliseconds timeout) noexcept {
  try {
    const auto deadline = Clock::now() + timeout;
    const auto call = std::make_shared<PendingCall>();
    std::uint64_t host = 0;
    std::uint64_t id = 0;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (engines_.erase(engine->number) == 0) return;
      failCalls(failureOf(SYNC_ENGINE_ERROR_CLIENT_CLOSED, "the engine was destroyed"), engine->number);
      // An engine whose opening was not waited for is open in the host all the same.
      const bool inHost = engine->openIn == host_ || engine->opening || !engine->established;
      if (state_ != State::kUp || !inHost) return;
      host = host_;
      id = enter(call);
    }
    const auto code = static_cast<std::int32_t>(Operation::kClose);
    if (!send(encodeFrame(Kind::kRequest, engine->number, code, id, {}), host, deadline + std::chrono::seconds(1))) {
      const std::lock_guard<std::mutex> lock(mutex_);
      pending_.erase(id);
      return;
    }
    await(id, *call, deadline);
  } catch (...) {
    // The engine is gone here; in the host it goes with the host at the latest.
  }
}

void HostLink::failCalls(const Failure& failure, std::uint32_t engine) {
  for (auto entry = pending_.begin(); entry != pending_.end();) {
    PendingCall& call = *entry->second;
    if (engine != 0 && call.engine != engine) {
      ++entry;
      continue;
    }
    call.failure = failure;
    call.done = true;
    call.answered.notify_one();
    if (&call == leader_) watch_.wakeLeader();
    entry = pending_.erase(entry);
  }
}

}  // namespace sync_engine_internal
